"""Write the tables of a data set as CSV, one file for each table, which all processes write at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.blocks import TABLES_BY_NAME, Blocks, Part, WrittenTables
from supplychain.dataset.csv_encoder import csv_header, csv_lines
from supplychain.dataset.digest import column_sums
from supplychain.dataset.manifest import File, TableContents
from supplychain.dataset.storage import Storage
from supplychain.dataset.workers import OffsetAllocator, Workers


def write_csv(
    storage: Storage, blocks: Blocks, workers: Workers, add_rows: Callable[[int], None]
) -> dict[str, TableContents]:
    """Write all rows, each worker writing its blocks at their offsets in the files."""
    written = WrittenTables()
    with ExitStack() as open_files:
        files = {table.name: open_files.enter_context(CsvFile(storage, table)) for table in schema.TABLES}
        output = _CsvOutput(blocks, [(file.path, file.size) for file in files.values()])
        for parts in workers.map_with_offsets(_write_block, output, list(_positions(blocks.rows))):
            add_rows(written.add(parts))
        committed = {name: [file.commit(written.rows(name))] for name, file in files.items()}
    return written.contents(committed)


@dataclass(frozen=True)
class _CsvOutput:
    """The blocks, and the path of the file and the size of its header for each table in the order of the schema."""

    blocks: Blocks
    files: Sequence[tuple[Path, int]]


@dataclass(frozen=True)
class _BlockPosition:
    """The number of a block, and the number of rows of each table before it."""

    number: int
    first_rows: Mapping[str, int]


def _positions(blocks: Sequence[Mapping[str, int]]) -> Iterator[_BlockPosition]:
    before = dict.fromkeys(schema.TABLE_NAMES, 0)
    for number, rows in enumerate(blocks):
        yield _BlockPosition(number, dict(before))
        before = {name: before[name] + rows[name] for name in before}


def _write_block(output: _CsvOutput, position: _BlockPosition, allocator: OffsetAllocator) -> dict[str, Part]:
    try:
        block = output.blocks.make(position.number)
        parts = {
            name: Part(rows.num_rows, column_sums(arrow_schema(TABLES_BY_NAME[name]), rows, position.first_rows[name]))
            for name, rows in block.items()
            if rows.num_rows
        }
        chunks = [list(csv_lines(block[name])) for name in schema.TABLE_NAMES]
    except BaseException:
        allocator.allocate(position.number, [0] * len(output.files))  # later blocks wait for it
        raise
    offsets = allocator.allocate(position.number, [sum(map(len, lines)) for lines in chunks])
    for (path, header_size), offset, lines in zip(output.files, offsets, chunks, strict=True):
        if lines:
            with path.open("r+b") as file:
                file.seek(header_size + offset)
                file.writelines(lines)
    return parts


class CsvFile:
    """The CSV file of a table, which is discarded unless `commit` is called."""

    def __init__(self, storage: Storage, table: schema.Table) -> None:
        self._storage = storage
        self._table = table
        self._file = storage.begin()
        self._file.write(csv_header(table.column_names))
        self._file.flush()
        self.path = Path(self._file.name)
        self.size = self._file.tell()
        """Bytes written by this object; other processes may write more to the file at `path`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, rows: pa.Table) -> None:
        """Append rows, whose text columns may be dictionary-encoded."""
        self._file.writelines(csv_lines(rows))

    def commit(self, rows: int) -> File:
        """Complete the file, which has `rows` rows."""
        path = f"{self._table.name}.csv"
        return File(path=path, size=self._storage.commit(self._file, path), rows=rows)
