"""`manifest.json`: the settings and files of a generation, and the rows and digest of each table."""

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
"""The name of the file, next to the folders of the tables."""


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
            If the text is not a manifest; the message is one line.
        """
        try:
            fields = json.loads(text)
            tables = {
                name: TableContents(
                    rows=table["rows"],
                    digest=table["digest"],
                    files=tuple(_checked_file(name, **file) for file in table["files"]),
                )
                for name, table in ((name, fields["tables"][name]) for name in schema.TABLE_NAMES)
            }
            return cls(**fields | {"as_of": dt.date.fromisoformat(fields["as_of"]), "tables": tables})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{MANIFEST} is not a manifest of this app: {error!r}") from None


def _checked_file(table: str, *, path: str, size: int, rows: int) -> File:
    # Commands replace the files that a manifest lists, so it must not name any others.
    if not re.fullmatch(rf"{table}(\.csv|/part-[0-9]+\.parquet)", path):
        raise ValueError(f"{path!r} is not a file of {table}")
    return File(path=path, size=size, rows=rows)


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
