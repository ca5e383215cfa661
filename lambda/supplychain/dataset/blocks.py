"""A data set as numbered blocks of rows, and the totals of what was written of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.digest import TableDigest
from supplychain.dataset.manifest import File, TableContents

TABLES_BY_NAME = {table.name: table for table in schema.TABLES}


@dataclass(frozen=True)
class Blocks:
    """A data set as blocks of rows, each of which any process can make."""

    rows: Sequence[Mapping[str, int]]
    """The number of rows of each table in each block."""
    make: Callable[[int], Mapping[str, pa.Table]]
    """Returns the rows of a block, given its number."""

    @property
    def total_rows(self) -> int:
        """The number of rows of all tables."""
        return sum(sum(block.values()) for block in self.rows)


@dataclass(frozen=True)
class Part:
    """Consecutive rows of a table that one call has written, and their column sums at their position in the table."""

    rows: int
    sums: Sequence[int]
    file: File | None = None


class WrittenTables:
    """Adds up what was written of each table, part by part in their order."""

    def __init__(self) -> None:
        self._digests = {table.name: TableDigest(arrow_schema(table)) for table in schema.TABLES}
        self._files: dict[str, list[File]] = {name: [] for name in schema.TABLE_NAMES}
        self._rows = dict.fromkeys(schema.TABLE_NAMES, 0)

    def add(self, parts: Mapping[str, Part]) -> int:
        """Add the next part of each table that has one, and return the number of their rows."""
        for name, part in parts.items():
            self._rows[name] += part.rows
            self._digests[name].add(part.rows, part.sums)
            if part.file is not None:
                self._files[name].append(part.file)
        return sum(part.rows for part in parts.values())

    def rows(self, name: str) -> int:
        """Return the number of rows of a table so far."""
        return self._rows[name]

    def contents(self, files: Mapping[str, Iterable[File]] | None = None) -> dict[str, TableContents]:
        """Return the contents of all tables; `files` are those of tables whose parts have none."""
        return {
            name: TableContents(
                rows=self._rows[name],
                digest=self._digests[name].hexdigest(),
                files=tuple(files[name] if files else self._files[name]),
            )
            for name in schema.TABLE_NAMES
        }
