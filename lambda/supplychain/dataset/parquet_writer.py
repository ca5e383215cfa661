"""Write the tables of a data set as Parquet files of a limited number of rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Self

import pyarrow as pa

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.blocks import TABLES_BY_NAME, Blocks, Part, WrittenTables
from supplychain.dataset.digest import column_sums
from supplychain.dataset.manifest import File, TableContents
from supplychain.dataset.parquet_file import ParquetFile
from supplychain.dataset.storage import Storage
from supplychain.dataset.workers import Workers

PART_ROWS: Final = 1 << 21
"""The largest number of rows in a file (10 to 30 MB): large enough to read well, small enough to occupy all slices.

Redshift's recommendation for COPY: files of 1 to 125 MB, of about equal size, in a multiple of the number of slices.
"""


def write_parquet(
    storage: Storage, blocks: Blocks, workers: Workers, add_rows: Callable[[int], None]
) -> dict[str, TableContents]:
    """Write all rows, each worker writing whole files."""
    written = WrittenTables()
    for parts in workers.map(_write_run, (storage, blocks), list(_runs(blocks.rows))):
        add_rows(written.add(parts))
    return written.contents()


@dataclass(frozen=True)
class _Run:
    """Consecutive blocks whose rows go into one file of each table that has any."""

    blocks: range
    first_rows: Mapping[str, int]
    """The number of rows of each table before these blocks."""
    file_numbers: Mapping[str, int]
    """The number, from 0, of the file of each table that gets one."""


def _runs(blocks: Sequence[Mapping[str, int]]) -> Iterator[_Run]:
    """Yield runs of at most PART_ROWS rows of each table; a table without rows gets one empty file."""
    before = dict.fromkeys(schema.TABLE_NAMES, 0)
    files = dict.fromkeys(schema.TABLE_NAMES, 0)
    first = 0
    while first < len(blocks):
        rows = dict(blocks[first])
        stop = first + 1
        while stop < len(blocks) and all(rows[name] + blocks[stop][name] <= PART_ROWS for name in rows):
            rows = {name: rows[name] + blocks[stop][name] for name in rows}
            stop += 1
        last = stop == len(blocks)
        written = {name: files[name] for name in rows if rows[name] or (last and not files[name])}
        yield _Run(range(first, stop), dict(before), written)
        before = {name: before[name] + rows[name] for name in rows}
        files = {name: files[name] + (name in written) for name in rows}
        first = stop


def _write_run(shared: tuple[Storage, Blocks], run: _Run) -> dict[str, Part]:
    storage, blocks = shared
    with ExitStack() as open_files:
        writers = {
            name: open_files.enter_context(_PartWriter(storage, TABLES_BY_NAME[name], run.first_rows[name]))
            for name in run.file_numbers
        }
        for number in run.blocks:
            rows = blocks.make(number)
            for name, writer in writers.items():
                if rows[name].num_rows:
                    writer.write(rows[name])
        return {
            name: writer.commit(f"{name}/part-{run.file_numbers[name]:05d}.parquet") for name, writer in writers.items()
        }


class _PartWriter:
    """Writes one Parquet file, which is discarded unless `commit` is called."""

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

    def commit(self, path: str) -> Part:
        if not self._rows:  # an empty file still has the columns
            self._parquet.write(self._schema.empty_table())
        self._parquet.close()
        size = self._storage.commit(self._file, path)
        return Part(self._rows, self._sums, File(path=path, size=size, rows=self._rows))
