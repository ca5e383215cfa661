"""What a generation is: its settings, its files, and rows and digest of each table, as `manifest.json`."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from supplychain import schema
from supplychain.dataset.storage import Storage
from supplychain.settings import FORMAT_VERSION, SeedSettings, render

MANIFEST = "manifest.json"
"""The file's name, beside the tables' folders."""


@dataclass(frozen=True)
class File:
    """A file of a table: its path from the manifest, its size in bytes and its rows."""

    path: str
    size: int
    rows: int


@dataclass(frozen=True)
class TableContents:
    """What a generation holds of a table; the digest is `supplychain.dataset.digest.TableDigest`'s."""

    rows: int
    digest: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Manifest:
    """A complete generation. Nothing in it depends on the clock or the machine."""

    generation: str
    settings: Mapping[str, str]
    as_of: dt.date
    seed: int
    tables: Mapping[str, TableContents]
    format_version: int = FORMAT_VERSION
    schema: str = ""

    @classmethod
    def of(cls, asked: SeedSettings, as_of: dt.date, tables: Mapping[str, TableContents]) -> "Manifest":
        """The manifest of the generation that `asked` names, made with the resolved `as_of`."""
        return cls(
            generation=asked.generation,
            settings=render(asked),
            as_of=as_of,
            seed=asked.seed,
            tables=tables,
            schema=schema.fingerprint(),
        )

    @property
    def rows(self) -> int:
        """The rows of all tables together."""
        return sum(table.rows for table in self.tables.values())

    @property
    def digest(self) -> str:
        """One digest of all tables, 64 hexadecimal digits."""
        lines = "".join(f"{name} {self.tables[name].digest}\n" for name in schema.TABLE_NAMES)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def format(self) -> Literal["csv", "parquet"]:
        """The format of all files."""
        return "csv" if self.tables[schema.TABLE_NAMES[0]].files[0].path.endswith(".csv") else "parquet"

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return sum(file.size for table in self.tables.values() for file in table.files)

    def to_json(self) -> bytes:
        """The manifest as the file holds it."""
        fields = asdict(self) | {"as_of": self.as_of.isoformat()}
        return (json.dumps(fields, indent=2) + "\n").encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """The manifest that `to_json` wrote.

        Raises
        ------
        ValueError
            Where the text is no manifest, in one line.
        """
        try:
            fields = json.loads(text)
            tables = {
                name: TableContents(
                    rows=table["rows"],
                    digest=table["digest"],
                    files=tuple(_file(name, **file) for file in table["files"]),
                )
                for name, table in ((name, fields["tables"][name]) for name in schema.TABLE_NAMES)
            }
            return cls(**fields | {"as_of": dt.date.fromisoformat(fields["as_of"]), "tables": tables})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{MANIFEST} is not a manifest of this app: {error!r}") from None


def _file(table: str, *, path: str, size: int, rows: int) -> File:
    """A file of a manifest; ValueError for any other path than generations have: commands replace what is listed."""
    if not re.fullmatch(rf"{table}(\.csv|/part-[0-9]+\.parquet)", path):
        raise ValueError(f"{path!r} is no file of {table}")
    return File(path=path, size=size, rows=rows)


def read_manifest(storage: Storage) -> Manifest | None:
    """The manifest of a complete generation, or None where there is none.

    Raises
    ------
    ValueError
        If there is a manifest.json that is not a manifest of this app.
    """
    text = storage.read(MANIFEST)
    return None if text is None else Manifest.from_json(text)


def write_manifest(storage: Storage, manifest: Manifest) -> None:
    """Write the manifest: from then on the generation is complete."""
    file = storage.begin()
    file.write(manifest.to_json())
    storage.commit(file, MANIFEST)
