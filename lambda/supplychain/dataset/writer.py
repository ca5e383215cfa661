"""Write the tables of a data set as files: Parquet in parts, or one CSV file each.

A data set comes as numbered blocks of rows that any process can make. Which blocks go into which part depends on their
numbers of rows alone, so the files do not depend on the number of processes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

import pyarrow as pa

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.csv_encoder import csv_header, csv_lines
from supplychain.dataset.digest import TableDigest, column_sums
from supplychain.dataset.manifest import File, TableContents
from supplychain.dataset.parquet_file import ParquetFile
from supplychain.dataset.progress import Progress, counted
from supplychain.dataset.storage import Storage
from supplychain.dataset.workers import ProcessLostError, Turns, Workers

Format = Literal["csv", "parquet"]

PART_ROWS: Final = 1 << 21
"""Most rows of a Parquet part: 10 to 30 MB, large enough to read well, and enough parts for every slice of a cluster.

Redshift's recommendation for COPY: files of 1 to 125 MB, of about equal size, in a multiple of the number of slices.
"""


@dataclass(frozen=True)
class Blocks:
    """A data set as blocks of rows."""

    rows: Sequence[Mapping[str, int]]
    """Rows of each table in each block."""
    make: Callable[[int], Mapping[str, pa.Table]]
    """Makes the rows of a block by its number, in any process."""

    @property
    def total_rows(self) -> int:
        """Rows of all tables together."""
        return sum(sum(block.values()) for block in self.rows)


def write_tables(
    storage: Storage, blocks: Blocks, files: Format, workers: Workers, progress: Progress | None = None
) -> dict[str, TableContents]:
    """Write all rows; gives what was written of each table, one file at least.

    Memory holds a few blocks of rows for each process.

    Raises
    ------
    ProcessLostError
        If a worker process was killed.
    """
    write = _write_parquet if files == "parquet" else _write_csv
    try:
        return write(storage, blocks, workers, counted(progress, blocks.total_rows))
    except ProcessLostError:
        storage.discard_unfinished()
        raise


@dataclass(frozen=True)
class _Part:
    """Rows of a table that one call wrote, and their column sums at their place in the table."""

    rows: int
    sums: Sequence[int]
    file: File | None = None


class _Contents:
    """What was written of a table, added up part by part in their order."""

    def __init__(self, table: schema.Table) -> None:
        self._digest = TableDigest(arrow_schema(table))
        self._files: list[File] = []
        self.rows = 0

    def add(self, part: _Part) -> None:
        self.rows += part.rows
        self._digest.add(part.rows, part.sums)
        if part.file is not None:
            self.add_file(part.file)

    def add_file(self, file: File) -> None:
        self._files.append(file)

    def result(self) -> TableContents:
        return TableContents(rows=self.rows, digest=self._digest.hexdigest(), files=tuple(self._files))


@dataclass(frozen=True)
class _Run:
    """Consecutive blocks whose rows go into one part of each table that has any."""

    blocks: range
    first_rows: Mapping[str, int]
    """Rows of each table before these blocks."""
    parts: Mapping[str, int]
    """Number of each table's part, from 0."""


def _write_parquet(
    storage: Storage, blocks: Blocks, workers: Workers, placed: Callable[[int], None]
) -> dict[str, TableContents]:
    contents = {table.name: _Contents(table) for table in schema.TABLES}
    for parts in workers.map(_write_run, (storage, blocks), list(_runs(blocks.rows))):
        for name, part in parts.items():
            contents[name].add(part)
        placed(sum(part.rows for part in parts.values()))
    return {name: one.result() for name, one in contents.items()}


def _runs(blocks: Sequence[Mapping[str, int]]) -> Iterator[_Run]:
    """The blocks in runs of at most PART_ROWS rows of a table; a table without rows has an empty first part."""
    before = dict.fromkeys(schema.TABLE_NAMES, 0)
    parts = dict.fromkeys(schema.TABLE_NAMES, 0)
    first = 0
    while first < len(blocks):
        rows = dict(blocks[first])
        stop = first + 1
        while stop < len(blocks) and all(rows[name] + blocks[stop][name] <= PART_ROWS for name in rows):
            rows = {name: rows[name] + blocks[stop][name] for name in rows}
            stop += 1
        last = stop == len(blocks)
        written = {name: parts[name] for name in rows if rows[name] or (last and not parts[name])}
        yield _Run(range(first, stop), dict(before), written)
        before = {name: before[name] + rows[name] for name in rows}
        parts = {name: parts[name] + (name in written) for name in rows}
        first = stop


def _write_run(shared: tuple[Storage, Blocks], run: _Run) -> dict[str, _Part]:
    storage, blocks = shared
    with ExitStack() as open_files:
        writers = {
            name: open_files.enter_context(_PartWriter(storage, _TABLES[name], run.first_rows[name]))
            for name in run.parts
        }
        for number in run.blocks:
            rows = blocks.make(number)
            for name, writer in writers.items():
                if rows[name].num_rows:
                    writer.write(rows[name])
        return {name: writer.commit(f"{name}/part-{run.parts[name]:05d}.parquet") for name, writer in writers.items()}


_TABLES: Final = {table.name: table for table in schema.TABLES}


class _PartWriter:
    """Writes one Parquet part, which is dropped unless `commit` is called."""

    def __init__(self, storage: Storage, table: schema.Table, first_row: int) -> None:
        self._storage = storage
        self._schema = arrow_schema(table)
        self._first_row = first_row
        self._file = storage.begin()
        self._parquet = ParquetFile(table, self._file)
        self._rows = 0
        self._sums = [0] * len(self._schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._file.closed:
            self._parquet.close()
            self._file.close()

    def write(self, rows: pa.Table) -> None:
        sums = column_sums(self._schema, rows, self._first_row + self._rows)
        self._sums = [old + new for old, new in zip(self._sums, sums, strict=True)]
        self._rows += rows.num_rows
        self._parquet.write(rows)

    def commit(self, path: str) -> _Part:
        if not self._rows:  # readers still find the columns
            self._parquet.write(self._schema.empty_table())
        self._parquet.close()
        size = self._storage.commit(self._file, path)
        return _Part(self._rows, self._sums, File(path=path, size=size, rows=self._rows))


def _write_csv(
    storage: Storage, blocks: Blocks, workers: Workers, placed: Callable[[int], None]
) -> dict[str, TableContents]:
    contents = {table.name: _Contents(table) for table in schema.TABLES}
    with ExitStack() as open_files:
        files = {table.name: open_files.enter_context(CsvFile(storage, table)) for table in schema.TABLES}
        output = _CsvOutput(blocks, [(file.path, file.size) for file in files.values()])
        for parts in workers.map_in_turns(_write_block, output, list(_numbered(blocks.rows))):
            for name, part in parts.items():
                contents[name].add(part)
            placed(sum(part.rows for part in parts.values()))
        for name, file in files.items():
            contents[name].add_file(file.commit(contents[name].rows))
    return {name: one.result() for name, one in contents.items()}


@dataclass(frozen=True)
class _CsvOutput:
    """The blocks, and for each table in the schema's order the path of its file and the size of its header."""

    blocks: Blocks
    files: Sequence[tuple[Path, int]]


@dataclass(frozen=True)
class _Numbered:
    """A block's number, and the rows of each table before it."""

    number: int
    first_rows: Mapping[str, int]


def _numbered(blocks: Sequence[Mapping[str, int]]) -> Iterator[_Numbered]:
    before = dict.fromkeys(schema.TABLE_NAMES, 0)
    for number, rows in enumerate(blocks):
        yield _Numbered(number, dict(before))
        before = {name: before[name] + rows[name] for name in before}


def _write_block(output: _CsvOutput, block: _Numbered, turns: Turns) -> dict[str, _Part]:
    try:
        made = output.blocks.make(block.number)
        pieces = [list(csv_lines(made[name])) for name in schema.TABLE_NAMES]
    except BaseException:
        turns.place(block.number, [0] * len(output.files))  # later blocks wait for it
        raise
    offsets = turns.place(block.number, [sum(map(len, lines)) for lines in pieces])
    for (path, header), offset, lines in zip(output.files, offsets, pieces, strict=True):
        if lines:
            with path.open("r+b") as file:
                file.seek(header + offset)
                file.writelines(lines)
    return {
        name: _Part(rows.num_rows, column_sums(arrow_schema(_TABLES[name]), rows, block.first_rows[name]))
        for name, rows in made.items()
        if rows.num_rows
    }


class CsvFile:
    """The CSV file of a table, which is dropped unless `commit` is called."""

    def __init__(self, storage: Storage, table: schema.Table) -> None:
        self._storage = storage
        self._table = table
        self._file = storage.begin()
        self._file.write(csv_header(table.column_names))
        self._file.flush()
        self.path = Path(self._file.name)
        self.size = self._file.tell()
        """Bytes written here; other processes may append more to the file at `path`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, rows: pa.Table) -> None:
        """Append rows, whose text columns may be dictionary-encoded."""
        self._file.writelines(csv_lines(rows))

    def commit(self, rows: int) -> File:
        """Complete the file, which holds so many rows."""
        path = f"{self._table.name}.csv"
        return File(path=path, size=self._storage.commit(self._file, path), rows=rows)
