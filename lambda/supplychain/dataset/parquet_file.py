"""One Parquet file of a table, as Redshift's COPY and Spectrum read it.

Data page v1, plain or dictionary encoding, Snappy, decimals as fixed-length bytes, dates as date32. Statistics, by
which readers skip row groups, are kept where they help and cost little: of dates and whole numbers.
"""

from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain.schema import Table

_UNIQUE: Final = frozenset({"sales_order_number", "purchase_order_number"})
"""Columns whose values hardly repeat: a dictionary of them would only cost time."""


class ParquetFile:
    """Writes rows of a table into an open file, each call's rows as one row group."""

    def __init__(self, table: Table, file: IO[bytes]) -> None:
        self._table = table
        self._file = file
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: pa.Table) -> None:
        """Write rows, whose text columns may be dictionary-encoded."""
        if self._writer is None:
            self._writer = self._opened(rows.schema)
        self._writer.write_table(_with_encodings(rows, self._writer.schema), row_group_size=max(rows.num_rows, 1))

    def close(self) -> None:
        """Write the footer; the file itself stays open."""
        if self._writer is not None:
            self._writer.close()

    def _opened(self, schema: pa.Schema) -> pq.ParquetWriter:
        columns = self._table.columns
        return pq.ParquetWriter(
            self._file,
            schema,
            version="2.6",
            data_page_version="1.0",
            compression="snappy",
            use_dictionary=[column.name for column in columns if column.name not in _UNIQUE],
            write_statistics=[column.name for column in columns if column.type.kind in {"date", "integer"}],
            store_schema=False,  # plain Parquet types: a reader need not know Arrow's dictionaries
        )


def _with_encodings(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows with each column dictionary-encoded or not as `schema` has it: one block may save work differently."""
    for index, field in enumerate(schema):
        column = rows.column(index)
        if column.type != field.type:
            encoded = column.dictionary_encode() if pa.types.is_dictionary(field.type) else column.cast(field.type)
            rows = rows.set_column(index, field, encoded)
    return rows
