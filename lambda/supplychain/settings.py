"""What the user may choose about the data and its loading: typed, validated, rendered as text.

A setting is written as text wherever it travels (CDK context, custom-resource properties, manifest, command line), so
each has one parser, and its accepted values stand once, in words.
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
"""Version of what the generator makes from the same settings. Raise it with any change to a single byte of the data."""

MAX_WAREHOUSE_PRODUCTS: Final = 10_000_000
"""Most that num_products times warehouses may be: the stock ledger is held in memory."""

MAX_DEPLOYED_ROWS: Final = 20_000_000
"""Most rows expected of a deployment: what one function can make and load in its time."""


COPY_ABOVE_ROWS: Final = 20_000
"""`load_method=auto` picks COPY above this many rows: batched INSERT is for small data."""


class SettingError(ValueError):
    """A setting has a value that is not accepted, or there is no such setting; the message is one line."""


class Accepts(Protocol):
    """What a setting accepts: `parse` raises ValueError on anything else."""

    @property
    def accepted(self) -> str:
        """The accepted values in words."""

    def parse(self, text: str) -> Any:
        """The value that `text` stands for."""


@dataclass(frozen=True)
class Span:
    """A range `low`-`high`, both ends included."""

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
    """Accepts one of a few words."""

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
    """Accepts on or off; true and false, as JSON writes them, mean the same."""

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
    """Accepts an ISO date whose history stays in the calendar's four-digit years, or `today`."""

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
    """Who may read the tables: everybody, a role or a user."""

    kind: Literal["public", "role", "user"]
    name: str = ""

    def __str__(self) -> str:
        return "PUBLIC" if self.kind == "public" else f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Grantees:
    """Accepts `PUBLIC`, `role:NAME`, `user:NAME`, several with commas, or nothing."""

    accepted: str = "PUBLIC, role:NAME, user:NAME, several with commas, or empty"

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
        The value where the user gives none.
    accepts
        What may be given instead.
    meaning
        One line for the references and for ``--help``.
    """
    return dataclasses.field(default=default, metadata={"accepts": accepts, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class SeedSettings:
    """The settings that shape the data: together with the resolved `as_of` they determine every byte of it."""

    num_products: int = setting(150, Whole(1, 10_000_000), "number of products")
    days: int = setting(90, Whole(1, 3_650), "length of the order history in days, ending on as_of")
    warehouses: int = setting(3, Whole(1, 1_000), "number of warehouses")
    orders_per_day: Span = setting(_ORDERS_PER_DAY, WholeSpan(10_000_000), "sales orders on each day")
    purchase_orders_per_week: Span | None = setting(
        None,
        WholeSpan(10_000_000),
        f"purchase orders in each full week; {_PURCHASE_ORDERS_PER_WEEK}, scaled with orders_per_day if unset",
    )
    seed: int = setting(42, Whole(0, 2**63 - 1), "same seed, settings and as_of: byte-identical data")
    as_of: dt.date | Literal["today"] = setting("today", DayOrToday(), "the day on which the history ends")
    reseed: str = setting(
        "",
        Text(r"[^\x00-\x1f]{0,64}", "at most 64 characters"),
        "any new value makes a new generation from unchanged settings",
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
        """Purchase orders in each full week: as set, or the default scaled with orders_per_day."""
        if self.purchase_orders_per_week is not None:
            return self.purchase_orders_per_week
        factor = self.orders_per_day.mean / _ORDERS_PER_DAY.mean
        most = self.num_products * self.warehouses
        ends = (_PURCHASE_ORDERS_PER_WEEK.low, _PURCHASE_ORDERS_PER_WEEK.high)
        low, high = (min(most, max(1, round(end * factor))) for end in ends)
        return Span(low, high)

    @property
    def generation(self) -> str:
        """The id of the generation that these settings name: 16 hexadecimal digits."""
        named = {
            "settings": render(self) | {"purchase_orders_per_week": str(self.purchase_orders)},
            "format": FORMAT_VERSION,
            "schema": schema.fingerprint(),
        }
        return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def expected_rows(self) -> int:
        """About how many rows the six tables will have together: the mean of what the ranges allow."""
        sales = self.days * self.orders_per_day.mean * (1 + 3)
        purchases = self.days / 7 * self.purchase_orders.mean * (1 + 5)
        return round(self.num_products + 0.8 * self.num_products * self.warehouses + sales + purchases)

    def resolved(self, today: dt.date) -> "SeedSettings":
        """The same settings with `today` for an `as_of` of today."""
        return dataclasses.replace(self, as_of=today) if self.as_of == "today" else self

    @property
    def last_day(self) -> dt.date:
        """The resolved `as_of`; ValueError where it is still to be resolved."""
        if self.as_of == "today":
            raise ValueError("as_of is today: resolve the settings first")
        return self.as_of


@dataclass(frozen=True, kw_only=True)
class LoadSettings:
    """The settings that say how a generation is loaded and who may read it; they do not change the data."""

    load_method: str = setting(
        "auto", Choice(("auto", "insert", "copy")), "batched INSERT through the Data API, or COPY from the lake"
    )
    batch_rows: int = setting(100, Whole(1, 10_000), "rows in one INSERT statement, fewer where 100 KB would be passed")
    grant_select_to: tuple[Grantee, ...] = setting((Grantee("public"),), Grantees(), "who may read the tables")
    statement_timeout: int = setting(300, Whole(10, 800), "the longest that one statement may run, in seconds")

    def method(self, rows: int, *, copy_possible: bool) -> Literal["insert", "copy"]:
        """How to load so many rows: as set or, for auto, COPY for many rows where it is possible."""
        if self.load_method == "auto":
            return "copy" if copy_possible and rows > COPY_ABOVE_ROWS else "insert"
        return "copy" if self.load_method == "copy" else "insert"


@dataclass(frozen=True, kw_only=True)
class PlaceSettings:
    """The settings that say where a generation is loaded and catalogued."""

    workgroup: str = setting(
        "supply-chain-mvp",
        Text(r"[a-z0-9-]{3,64}", "3 to 64 of a-z, 0-9 and -"),
        "names the Redshift Serverless workgroup and its namespace",
    )
    database: str = setting(
        "supply_chain_db",
        Text(
            r"(?!(template0|template1|postgres|padb_harvest|awsdatacatalog)$)[a-z_][a-z0-9_$]{0,63}",
            "a Redshift identifier: up to 64 of a-z, 0-9, _ and $, not starting with 0-9 or $, none of Redshift's",
        ),
        "the Redshift database",
    )
    catalog_database: str = setting(
        "supply_chain_catalog",
        Text(r"[a-z0-9_]{1,255}", "1 to 255 of a-z, 0-9 and _"),
        "the AWS Glue database",
    )


Settings = TypeVar("Settings")


def read(cls: type[Settings], given: Mapping[str, object]) -> Settings:
    """The settings of `cls` that `given` holds as text or as JSON's values; defaults for the rest.

    Keys that are no setting of `cls` are left alone: see `refuse_unknown`.

    Raises
    ------
    SettingError
        Where a value is not accepted: names the setting, the value, and what is accepted.
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
    """The settings as text, such as `read` takes; what follows from the others is left out."""
    return {
        definition.name: _as_text(value)
        for definition in dataclasses.fields(settings)  # type: ignore[arg-type]  # as in read
        if (value := getattr(settings, definition.name)) is not None
    }


def names(*classes: type) -> list[str]:
    """The names of the settings of some classes, in order."""
    return [definition.name for cls in classes for definition in dataclasses.fields(cls)]


def refuse_unknown(keys: Iterable[str], known: Iterable[str]) -> None:
    """Raise SettingError for the first of `keys` that is not `known`, with the nearest name."""
    known = list(known)
    for key in keys:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"
            raise SettingError(f"{key}: no such setting; {hint}")
