"""The files of one table, put together from pieces: Parquet in parts, or one CSV file.

A piece is encoded by itself, in any process; where it goes follows from the sizes of those before it. So the files are
the same, whoever makes the pieces.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Final, Literal

import pyarrow as pa

from supplychain.dataset import parquet
from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.csv_encoder import csv_header, csv_lines
from supplychain.dataset.digest import TableDigest, column_sums
from supplychain.dataset.manifest import File, TableContents
from supplychain.dataset.storage import Store
from supplychain.schema import Table

Format = Literal["csv", "parquet"]

FILE_BYTES: Final = 128 << 20
"""A Parquet file takes no more pieces when it has grown to this: large enough to read well, yet easy to share out."""


@dataclass(frozen=True)
class Piece:
    """What must be known of a piece to place it: its rows, its bytes, its digest sums, and its Parquet footer."""

    rows: int
    size: int
    sums: Sequence[int]
    footer: parquet.Footer | None = None


@dataclass(frozen=True)
class Encoded:
    """A piece with its bytes."""

    piece: Piece
    data: Sequence[bytes | bytearray | memoryview]


@dataclass(frozen=True)
class Target:
    """Where a piece goes: a file that is open here, and how many bytes of it come before."""

    file: IO[bytes]
    offset: int


def encode(table: Table, rows: pa.Table, first_row: int, files: Format) -> Encoded:
    """Rows of a table as a piece; `first_row` is the number of the first one in the table, from 0."""
    sums = column_sums(arrow_schema(table), rows, first_row)
    if files == "csv":
        lines = list(csv_lines(rows))
        return Encoded(Piece(rows.num_rows, sum(map(len, lines)), sums), lines)
    group = parquet.encode(table, rows)
    return Encoded(Piece(rows.num_rows, len(group.body), sums, group.footer), [group.body])


def write_at(descriptor: int, offset: int, data: Sequence[bytes | bytearray | memoryview]) -> None:
    """Write some pieces of memory one after the other, from `offset` on."""
    for buffer in data:
        rest = memoryview(buffer)
        while rest:
            written = os.pwrite(descriptor, rest, offset)
            rest, offset = rest[written:], offset + written


class TableFiles:
    """Places the pieces of a table, in their order, and keeps its files."""

    def __init__(self, store: Store, table: Table, files: Format) -> None:
        self._store = store
        self._table = table
        self._format = files
        self._head = parquet.MAGIC if files == "parquet" else csv_header(table.column_names)
        self._digest = TableDigest(arrow_schema(table))
        self._open: list[_OpenFile] = []
        self._done: list[File] = []

    def place(self, piece: Piece) -> Target:
        """Where the next piece is to be written."""
        if not self._open or (self._format == "parquet" and self._open[-1].size >= FILE_BYTES):
            self._open.append(_OpenFile(self._store.begin(), self._head))
        self._digest.add(piece.rows, piece.sums)
        return self._open[-1].place(piece)

    def write(self, rows: pa.Table, first_row: int) -> None:
        """Encode, place and write the next rows."""
        self.add(encode(self._table, rows, first_row, self._format))

    def add(self, made: Encoded) -> None:
        """Place and write the next piece."""
        target = self.place(made.piece)
        write_at(target.file.fileno(), target.offset, made.data)
        while len(self._open) > 1:
            self._close()

    def finish(self) -> TableContents:
        """Close all files, at least one, once everything is written; gives what the table holds."""
        if not self._open:  # no rows: readers still find the columns
            self.write(arrow_schema(self._table).empty_table(), 0)
        while self._open:
            self._close()
        rows = sum(file.rows for file in self._done)
        return TableContents(rows=rows, digest=self._digest.hexdigest(), files=tuple(self._done))

    def drop(self) -> None:
        """Give up the files that are open. After `finish` there are none."""
        for opened in self._open:
            opened.file.close()

    def _close(self) -> None:
        opened = self._open.pop(0)
        path = f"{self._table.name}.csv"
        if self._format == "parquet":
            opened.end(parquet.footer(opened.footers))
            path = f"{self._table.name}/part-{len(self._done):05d}.parquet"
        size = self._store.commit(opened.file, path)
        self._done.append(File(path=path, size=size, rows=opened.rows))


class _OpenFile:
    """A file that pieces are placed in."""

    def __init__(self, file: IO[bytes], head: bytes) -> None:
        self.file = file
        self.size = 0
        self.rows = 0
        self.footers: list[tuple[parquet.Footer, int]] = []
        self.end(head)

    def place(self, piece: Piece) -> Target:
        offset = self.size
        if piece.footer is not None:
            self.footers.append((piece.footer, offset))
        self.rows += piece.rows
        self.size += piece.size
        return Target(self.file, offset)

    def end(self, data: bytes) -> None:
        """Add bytes of the file's own."""
        write_at(self.file.fileno(), self.size, [data])
        self.size += len(data)
