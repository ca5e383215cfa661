"""The files of one table: Parquet in parts, or one CSV file."""

from contextlib import suppress
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain import text
from supplychain.manifest import File
from supplychain.schema import Table
from supplychain.stores import Store

FILE_BYTES = 128 << 20
"""A Parquet file is closed when it has grown to this many bytes: large enough to read well, yet easy to share out."""

_UNIQUE = frozenset({"sales_order_number", "purchase_order_number"})
"""Columns whose values hardly repeat: a dictionary of them would only cost time."""


class TableFiles(Protocol):
    """Takes the rows of a table chunk by chunk."""

    def write(self, chunk: pa.Table) -> None:
        """Add rows, whose columns are the table's, dictionary-encoded or not."""

    def finish(self) -> tuple[File, ...]:
        """Close the last file; gives all of them, at least one."""

    def drop(self) -> None:
        """Give up the file that is open, if one is. After `finish` there is none."""


class ParquetFiles:
    """Parquet as Redshift's COPY and Spectrum take it, in files of about `FILE_BYTES`.

    Data page v1, plain or dictionary encoding, Snappy, decimals as fixed-length bytes, dates as date32.
    """

    def __init__(self, store: Store, table: Table, schema: pa.Schema) -> None:
        self._store = store
        self._table = table
        self._schema = schema
        self._done: list[File] = []
        self._file: IO[bytes] | None = None
        self._parquet: pq.ParquetWriter | None = None
        self._rows = 0

    def write(self, chunk: pa.Table) -> None:
        if self._file is None or self._parquet is None:
            self._file = self._store.begin()
            self._parquet = self._writer(self._file, chunk.schema)
        self._parquet.write_table(chunk)
        self._rows += chunk.num_rows
        if self._file.tell() >= FILE_BYTES:
            self._close()

    def finish(self) -> tuple[File, ...]:
        if self._file is None and not self._done:
            self.write(self._schema.empty_table())  # no rows: readers still find the columns
        self._close()
        return tuple(self._done)

    def drop(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._parquet is not None:
            with suppress(ValueError):  # the writer would put its footer into the file that is closed
                self._parquet.close()

    def _close(self) -> None:
        if self._file is None or self._parquet is None:
            return
        self._parquet.close()
        path = f"{self._table.name}/part-{len(self._done):05d}.parquet"
        size = self._store.commit(self._file, path)
        self._done.append(File(path=path, size=size, rows=self._rows))
        self._file, self._parquet, self._rows = None, None, 0

    def _writer(self, file: IO[bytes], chunk: pa.Schema) -> pq.ParquetWriter:
        return pq.ParquetWriter(
            file,
            chunk,
            version="2.6",
            data_page_version="1.0",
            compression="snappy",
            use_dictionary=[name for name in self._table.column_names if name not in _UNIQUE],
            store_schema=False,  # plain Parquet types: a reader need not know Arrow's dictionaries
        )


class CsvFiles:
    """One CSV file with a header: UTF-8, ISO dates, empty for NULL, quoted where needed."""

    def __init__(self, store: Store, table: Table) -> None:
        self._store = store
        self._path = f"{table.name}.csv"
        self._rows = 0
        self._file = store.begin()
        self._file.write(text.csv_header(list(table.column_names)))

    def write(self, chunk: pa.Table) -> None:
        self._file.write(text.csv_lines(chunk))
        self._rows += chunk.num_rows

    def finish(self) -> tuple[File, ...]:
        size = self._store.commit(self._file, self._path)
        return (File(path=self._path, size=size, rows=self._rows),)

    def drop(self) -> None:
        self._file.close()
