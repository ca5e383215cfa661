"""`manifest.json`: the settings and files of a generation, and the rows and digest of each table."""

import dataclasses
import datetime as dt
import hashlib
import json
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from supplychain import schema
from supplychain.dataset.storage import Storage
from supplychain.settings import FORMAT_VERSION, DayOrToday, SeedSettings, read, render

MANIFEST = "manifest.json"
"""The name of the file, next to the folders of the tables."""

_GENERATION: Final = (r"[0-9a-f]{16}", "16 hexadecimal digits")
_FINGERPRINT: Final = _GENERATION
_DIGEST: Final = (r"[0-9a-f]{64}", "64 hexadecimal digits")
_SETTING_NAME: Final = (r"[a-z_]{1,64}", "1 to 64 of a-z and _")
_SETTING_VALUE: Final = (r"[^\x00-\x1f\ud800-\udfff]{0,64}", "at most 64 characters of text")
"""Patterns, and what they accept in words."""

_LARGEST: Final = 2**63 - 1
_SHOWN: Final = 80
"""The most characters of a refused value that a message shows."""


@dataclass(frozen=True)
class File:
    """A file of a table: its path relative to the manifest, its size in bytes and its number of rows."""

    path: str
    size: int
    rows: int


@dataclass(frozen=True)
class TableContents:
    """The contents of a table; `digest` is computed by `supplychain.dataset.digest.TableDigest`."""

    rows: int
    digest: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Manifest:
    """A complete generation. The manifest does not depend on the clock or the machine."""

    generation: str
    settings: Mapping[str, str]
    as_of: dt.date
    seed: int
    tables: Mapping[str, TableContents]
    format_version: int = FORMAT_VERSION
    schema: str = ""

    @classmethod
    def of(cls, settings: SeedSettings, as_of: dt.date, tables: Mapping[str, TableContents]) -> "Manifest":
        """Return the manifest of the generation of `settings`, generated with the resolved `as_of`."""
        return cls(
            generation=settings.generation,
            settings=render(settings),
            as_of=as_of,
            seed=settings.seed,
            tables=tables,
            schema=schema.fingerprint(),
        )

    @property
    def rows(self) -> int:
        """The total number of rows."""
        return sum(table.rows for table in self.tables.values())

    @property
    def digest(self) -> str:
        """The digest of all tables, 64 hexadecimal digits."""
        lines = "".join(f"{name} {self.tables[name].digest}\n" for name in schema.TABLE_NAMES)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def format(self) -> Literal["csv", "parquet"]:
        """The format of all files."""
        return "csv" if self.tables[schema.TABLE_NAMES[0]].files[0].path.endswith(".csv") else "parquet"

    @property
    def size(self) -> int:
        """The total size of the files in bytes."""
        return sum(file.size for table in self.tables.values() for file in table.files)

    def to_json(self) -> bytes:
        """Return the text of the file."""
        fields = asdict(self) | {"as_of": self.as_of.isoformat()}
        return (json.dumps(fields, indent=2) + "\n").encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Return the manifest that `to_json` wrote.

        Raises
        ------
        ValueError
            If the text is not a manifest of this version of the app; the message is one line and names the value.
        """
        try:
            return _manifest(json.loads(text))
        except RecursionError:
            raise ValueError(f"{MANIFEST} is not a manifest of this app: it is nested too deeply") from None
        except ValueError as error:
            raise ValueError(f"{MANIFEST} is not a manifest of this app: {error}") from None


def _manifest(value: object) -> Manifest:
    version = value.get("format_version") if isinstance(value, dict) else None
    if type(version) is int and version > FORMAT_VERSION:
        raise ValueError(f"it has format_version {version}, this version reads up to {FORMAT_VERSION}: use a newer one")
    fields = _fields(value, MANIFEST, [field.name for field in dataclasses.fields(Manifest)])
    tables = _fields(fields["tables"], "tables", schema.TABLE_NAMES)
    return Manifest(
        generation=_text(fields["generation"], "generation", _GENERATION),
        settings=_settings(fields["settings"]),
        as_of=_day(fields["as_of"]),
        seed=_whole(fields["seed"], "seed"),
        tables={name: _contents(name, tables[name]) for name in schema.TABLE_NAMES},
        format_version=_whole(version, "format_version", low=1),
        schema=_text(fields["schema"], "schema", _FINGERPRINT),
    )


def _settings(value: object) -> dict[str, str]:
    """Return the settings as text. Names that this version does not know are kept."""
    if not isinstance(value, dict):
        raise _refused("settings", value, "an object")
    texts = {
        _text(name, "a name in settings", _SETTING_NAME): _text(text, f"settings.{name}", _SETTING_VALUE)
        for name, text in value.items()
    }
    read(SeedSettings, texts)
    return texts


def _day(value: object) -> dt.date:
    accepts = DayOrToday()
    try:
        day = accepts.parse(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if not isinstance(day, dt.date):
        raise _refused("as_of", value, accepts.accepted.removesuffix(", or today"))
    return day


def _contents(table: str, value: object) -> TableContents:
    where = f"tables.{table}"
    fields = _fields(value, where, [field.name for field in dataclasses.fields(TableContents)])
    listed = fields["files"]
    if not isinstance(listed, list) or not listed:
        raise _refused(f"{where}.files", listed, "a list of at least one file")
    files = tuple(_file(table, f"{where}.files[{number}]", file) for number, file in enumerate(listed))
    rows = _whole(fields["rows"], f"{where}.rows")
    if len({file.path for file in files}) != len(files) or sum(file.rows for file in files) != rows:
        raise ValueError(f"the files of {where} are not different files of {rows} rows in all")
    return TableContents(rows=rows, digest=_text(fields["digest"], f"{where}.digest", _DIGEST), files=files)


def _file(table: str, where: str, value: object) -> File:
    fields = _fields(value, where, [field.name for field in dataclasses.fields(File)])
    # Commands replace the files that a manifest lists, so it must not name any others.
    accepted = (rf"{table}(\.csv|/part-[0-9]{{1,9}}\.parquet)", f"a file of {table}")
    return File(
        path=_text(fields["path"], f"{where}.path", accepted),
        size=_whole(fields["size"], f"{where}.size"),
        rows=_whole(fields["rows"], f"{where}.rows"),
    )


def _fields(value: object, where: str, names: Sequence[str]) -> dict[str, object]:
    """Return a JSON object that must have exactly these fields."""
    if not isinstance(value, dict):
        raise _refused(where, value, "an object")
    different = sorted(value.keys() ^ set(names))
    if different:
        problem = "has an unknown field" if different[0] in value else "lacks the field"
        raise ValueError(f"{where} {problem} {_shortened(different[0])}")
    return value


def _text(value: object, where: str, accepted: tuple[str, str]) -> str:
    pattern, description = accepted
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _refused(where, value, description)
    return value


def _whole(value: object, where: str, low: int = 0) -> int:
    if type(value) is not int or not low <= value <= _LARGEST:  # not a bool, which is an int to isinstance
        raise _refused(where, value, f"a whole number from {low} to {_LARGEST:,}")
    return value


def _refused(where: str, value: object, accepted: str) -> ValueError:
    return ValueError(f"{_shortened(where)}: {_shortened(value)} is not accepted; {accepted}")


def _shortened(value: object) -> str:
    text = value if isinstance(value, str) and value.isprintable() else reprlib.repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def read_manifest(storage: Storage) -> Manifest | None:
    """Return the manifest of a complete generation, or None if the storage has no manifest.

    Raises
    ------
    ValueError
        If manifest.json is not a manifest of this app.
    """
    text = storage.read(MANIFEST)
    return None if text is None else Manifest.from_json(text)


def write_manifest(storage: Storage, manifest: Manifest) -> None:
    """Write the manifest, which completes the generation."""
    file = storage.begin()
    file.write(manifest.to_json())
    storage.commit(file, MANIFEST)
