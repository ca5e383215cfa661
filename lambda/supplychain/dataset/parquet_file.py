"""A Parquet file of a table, in the format that Redshift's COPY and Spectrum read.

Data page v1, plain or dictionary encoding, Snappy, decimals as fixed-length bytes, dates as date32. Statistics, which
let readers skip row groups, are written for dates and integers, where they help and cost little.
"""

from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain.schema import Table

_NEARLY_UNIQUE: Final = frozenset({"sales_order_number", "purchase_order_number"})
"""Columns whose values rarely repeat, so that a dictionary costs time and saves nothing."""


class ParquetFile:
    """Writes rows of a table into an open file; each call of `write` makes one row group."""

    def __init__(self, table: Table, file: IO[bytes]) -> None:
        self._table = table
        self._file = file
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: pa.Table) -> None:
        """Write rows, whose text columns may be dictionary-encoded."""
        if self._writer is None:
            self._writer = self._open(rows.schema)
        self._writer.write_table(_match_encodings(rows, self._writer.schema), row_group_size=max(rows.num_rows, 1))

    def close(self) -> None:
        """Write the footer; the file itself stays open."""
        if self._writer is not None:
            self._writer.close()

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        columns = self._table.columns
        return pq.ParquetWriter(
            self._file,
            schema,
            version="2.6",
            data_page_version="1.0",
            compression="snappy",
            use_dictionary=[column.name for column in columns if column.name not in _NEARLY_UNIQUE],
            write_statistics=[column.name for column in columns if column.type.kind in {"date", "integer"}],
            store_schema=False,  # readers get plain Parquet types, without Arrow's dictionaries
        )


def _match_encodings(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the rows with the column types of `schema`: blocks differ in which columns are dictionary-encoded."""
    for index, field in enumerate(schema):
        column = rows.column(index)
        if column.type != field.type:
            encoded = column.dictionary_encode() if pa.types.is_dictionary(field.type) else column.cast(field.type)
            rows = rows.set_column(index, field, encoded)
    return rows
