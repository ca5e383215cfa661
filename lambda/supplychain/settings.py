"""The settings of the data and of loading it: typed, validated, rendered as text.

A setting is passed as text everywhere (CDK context, custom-resource properties, manifest, command line), so each has
one parser, and its accepted values are described once.
"""

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal, Protocol, TypeVar

from supplychain import schema

FORMAT_VERSION: Final = 1
"""Version of the generator's output. Increment it with any change that alters even one byte of the data."""

MAX_WAREHOUSE_PRODUCTS: Final = 10_000_000
"""Maximum of num_products times warehouses: the stock ledger is held in memory."""

MAX_DEPLOYED_ROWS: Final = 20_000_000
"""Maximum of expected rows in a deployment: what one function can generate and load before it times out."""


COPY_ABOVE_ROWS: Final = 20_000
"""`load_method=auto` picks COPY above this many rows: batched INSERT is for small data."""


class SettingError(ValueError):
    """A setting has a value that is not accepted, or is unknown; the message is one line."""


class Accepts(Protocol):
    """What a setting accepts: `parse` raises ValueError on anything else."""

    @property
    def accepted(self) -> str:
        """Description of the accepted values."""

    def parse(self, text: str) -> Any:
        """Convert `text` to the value."""


@dataclass(frozen=True)
class Span:
    """A range from `low` to `high`, inclusive."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"

    @property
    def mean(self) -> float:
        """The middle of the range."""
        return (self.low + self.high) / 2


_ORDERS_PER_DAY: Final = Span(3, 8)
_PURCHASE_ORDERS_PER_WEEK: Final = Span(2, 5)


@dataclass(frozen=True)
class Whole:
    """Accepts a whole number from `low` to `high`."""

    low: int
    high: int

    @property
    def accepted(self) -> str:
        return f"a whole number from {self.low:,} to {self.high:,}"

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
            raise ValueError(text)
        return self._within(int(text))

    def _within(self, number: int) -> int:
        if not self.low <= number <= self.high:
            raise ValueError(number)
        return number


@dataclass(frozen=True)
class WholeSpan:
    """Accepts a range a-b of whole numbers from 1 to `high`."""

    high: int

    @property
    def accepted(self) -> str:
        return f"a range a-b of whole numbers with 1 ≤ a ≤ b ≤ {self.high:,}"

    def parse(self, text: str) -> Span:
        match = re.fullmatch(r"([0-9]{1,12})-([0-9]{1,12})", text)
        if not match:
            raise ValueError(text)
        span = Span(int(match[1]), int(match[2]))
        if not 1 <= span.low <= span.high <= self.high:
            raise ValueError(text)
        return span


@dataclass(frozen=True)
class Choice:
    """Accepts one of several words."""

    words: tuple[str, ...]

    @property
    def accepted(self) -> str:
        return f"{', '.join(self.words[:-1])} or {self.words[-1]}"

    def parse(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(text)
        return text


@dataclass(frozen=True)
class OnOff:
    """Accepts on or off; JSON's true and false mean the same."""

    accepted: str = "on or off"

    def parse(self, text: str) -> bool:
        match text.lower():
            case "on" | "true":
                return True
            case "off" | "false":
                return False
        raise ValueError(text)


@dataclass(frozen=True)
class DayOrToday:
    """Accepts `today` or an ISO date. The limits keep every date of the history within four-digit years."""

    accepted: str = "a date such as 2026-01-31, from 1950-01-01 to 2199-12-31, or today"

    def parse(self, text: str) -> dt.date | Literal["today"]:
        if text == "today":
            return "today"
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        day = dt.date.fromisoformat(text)
        if not dt.date(1950, 1, 1) <= day <= dt.date(2199, 12, 31):
            raise ValueError(text)
        return day


@dataclass(frozen=True)
class Text:
    """Accepts text that matches `pattern` in full, described by `accepted`."""

    pattern: str
    accepted: str

    def parse(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(text)
        return text


@dataclass(frozen=True)
class Grantee:
    """Who may read the tables: PUBLIC, a role or a user."""

    kind: Literal["public", "role", "user"]
    name: str = ""

    def __str__(self) -> str:
        return "PUBLIC" if self.kind == "public" else f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Grantees:
    """Accepts `PUBLIC`, `role:NAME` and `user:NAME`, separated by commas, or nothing."""

    accepted: str = "PUBLIC, role:NAME, user:NAME, several of them separated by commas, or empty"

    def parse(self, text: str) -> tuple[Grantee, ...]:
        return tuple(dict.fromkeys(self._one(word.strip()) for word in text.split(","))) if text.strip() else ()

    @staticmethod
    def _one(word: str) -> Grantee:
        if word.upper() == "PUBLIC":
            return Grantee("public")
        match = re.fullmatch(r"(role|user):([^\s\"\\,]{1,127})", word)
        if not match:
            raise ValueError(word)
        return Grantee("role" if match[1] == "role" else "user", match[2])


def setting(default: Any, accepts: Accepts, meaning: str) -> Any:
    """A dataclass field that is a setting.

    Parameters
    ----------
    default
        The value if the user gives none.
    accepts
        The values that are accepted.
    meaning
        One line for docs/settings.md and ``--help``.
    """
    return dataclasses.field(default=default, metadata={"accepts": accepts, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class SeedSettings:
    """The settings of the data: with the resolved `as_of`, they determine every byte of it."""

    num_products: int = setting(150, Whole(1, 10_000_000), "number of products")
    days: int = setting(90, Whole(1, 3_650), "length of the order history in days, ending on as_of")
    warehouses: int = setting(3, Whole(1, 1_000), "number of warehouses")
    orders_per_day: Span = setting(_ORDERS_PER_DAY, WholeSpan(10_000_000), "sales orders per day")
    purchase_orders_per_week: Span | None = setting(
        None,
        WholeSpan(10_000_000),
        f"purchase orders per full week; if unset, {_PURCHASE_ORDERS_PER_WEEK} scaled with orders_per_day",
    )
    seed: int = setting(
        42, Whole(0, 2**63 - 1), "random seed: the same seed, settings and as_of give byte-identical data"
    )
    as_of: dt.date | Literal["today"] = setting("today", DayOrToday(), "last day of the history")
    reseed: str = setting(
        "",
        Text(r"[^\x00-\x1f]{0,64}", "at most 64 characters"),
        "change it to make a new generation from otherwise unchanged settings",
    )

    def __post_init__(self) -> None:
        cells = self.num_products * self.warehouses
        if cells > MAX_WAREHOUSE_PRODUCTS:
            raise SettingError(
                f"num_products x warehouses: {self.num_products:,} x {self.warehouses:,} = {cells:,} is not accepted; "
                f"at most {MAX_WAREHOUSE_PRODUCTS:,}"
            )

    @property
    def purchase_orders(self) -> Span:
        """Purchase orders per full week: as set, or the default scaled with orders_per_day."""
        if self.purchase_orders_per_week is not None:
            return self.purchase_orders_per_week
        factor = self.orders_per_day.mean / _ORDERS_PER_DAY.mean
        most = self.num_products * self.warehouses
        ends = (_PURCHASE_ORDERS_PER_WEEK.low, _PURCHASE_ORDERS_PER_WEEK.high)
        low, high = (min(most, max(1, round(end * factor))) for end in ends)
        return Span(low, high)

    @property
    def generation(self) -> str:
        """The id of the generation that these settings determine: 16 hexadecimal digits."""
        named = {
            "settings": render(self) | {"purchase_orders_per_week": str(self.purchase_orders)},
            "format": FORMAT_VERSION,
            "schema": schema.fingerprint(),
        }
        return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def expected_rows(self) -> int:
        """Estimated number of rows in all six tables, from the means of the ranges."""
        sales = self.days * self.orders_per_day.mean * (1 + 3)
        purchases = self.days / 7 * self.purchase_orders.mean * (1 + 5)
        return round(self.num_products + 0.8 * self.num_products * self.warehouses + sales + purchases)

    def resolved(self, today: dt.date) -> "SeedSettings":
        """The same settings, with the date `today` for an `as_of` of ``today``."""
        return dataclasses.replace(self, as_of=today) if self.as_of == "today" else self

    @property
    def last_day(self) -> dt.date:
        """The resolved `as_of`; ValueError if it is not resolved yet."""
        if self.as_of == "today":
            raise ValueError("as_of is today: resolve the settings first")
        return self.as_of


@dataclass(frozen=True, kw_only=True)
class LoadSettings:
    """The settings of loading a generation and of read access; they do not change the data."""

    load_method: str = setting(
        "auto",
        Choice(("auto", "insert", "copy")),
        "batched INSERT through the Data API, or COPY from the lake; auto picks one by the number of rows",
    )
    batch_rows: int = setting(100, Whole(1, 10_000), "rows per INSERT statement; fewer if it would exceed 100 KB")
    grant_select_to: tuple[Grantee, ...] = setting((Grantee("public"),), Grantees(), "who may read the tables")
    statement_timeout: int = setting(300, Whole(10, 800), "time limit of a single SQL statement, in seconds")

    def method(self, rows: int, *, copy_possible: bool) -> Literal["insert", "copy"]:
        """How to load so many rows: as set or, for auto, COPY for many rows where it is possible."""
        if self.load_method == "auto":
            return "copy" if copy_possible and rows > COPY_ABOVE_ROWS else "insert"
        return "copy" if self.load_method == "copy" else "insert"


@dataclass(frozen=True, kw_only=True)
class PlaceSettings:
    """The settings of where a generation is loaded and cataloged."""

    workgroup: str = setting(
        "supply-chain-mvp",
        Text(r"[a-z0-9-]{3,63}", "3 to 63 of a-z, 0-9 and -"),
        "name of the Redshift Serverless workgroup and of its namespace",
    )
    database: str = setting(
        "supply_chain_db",
        Text(
            r"(?!(template0|template1|postgres|padb_harvest|awsdatacatalog)$)[a-z_][a-z0-9_$]{0,63}",
            "a Redshift identifier: up to 64 of a-z, 0-9, _ and $, not starting with 0-9 or $; not a reserved name",
        ),
        "name of the Redshift database",
    )
    catalog_database: str = setting(
        "supply_chain_catalog",
        Text(r"[a-z0-9_]{1,255}", "1 to 255 of a-z, 0-9 and _"),
        "name of the AWS Glue database",
    )


Settings = TypeVar("Settings")


def read(cls: type[Settings], given: Mapping[str, object]) -> Settings:
    """Read the settings of `cls` from `given`, which holds text or JSON values; defaults for the rest.

    Other keys are ignored: see `refuse_unknown`.

    Raises
    ------
    SettingError
        Where a value is not accepted; the message names the setting, the value, and what is accepted.
    """
    values = {}
    for definition in dataclasses.fields(cls):  # type: ignore[arg-type]  # every settings class is a dataclass
        if definition.name in given and given[definition.name] is not None:
            values[definition.name] = _parse(definition, given[definition.name])
    return cls(**values)


def _parse(definition: "dataclasses.Field[Any]", raw: object) -> Any:
    accepts: Accepts = definition.metadata["accepts"]
    text = _as_text(raw)
    try:
        return accepts.parse(text)
    except ValueError:
        raise SettingError(f"{definition.name}: {text!r} is not accepted; {accepts.accepted}") from None


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    return str(value)


def render(settings: object) -> dict[str, str]:
    """The settings as text, as `read` takes them; unset ones are left out."""
    return {
        definition.name: _as_text(value)
        for definition in dataclasses.fields(settings)  # type: ignore[arg-type]  # as in read
        if (value := getattr(settings, definition.name)) is not None
    }


def names(*classes: type) -> list[str]:
    """The names of the settings of the classes, in order."""
    return [definition.name for cls in classes for definition in dataclasses.fields(cls)]


def refuse_unknown(keys: Iterable[str], known: Iterable[str]) -> None:
    """Raise SettingError for the first of `keys` that is not `known`, and suggest the closest name."""
    known = list(known)
    for key in keys:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"
            raise SettingError(f"{key}: no such setting; {hint}")
