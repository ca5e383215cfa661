"""Parquet files put together from row groups that were encoded apart, by any process and in any order.

A row group's bytes do not depend on where they lie; only the file's footer says where that is. The file is, to the
byte, the one that a single writer makes of the same row groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain import thrift
from supplychain.schema import Table

MAGIC: Final = b"PAR1"

_UNIQUE: Final = frozenset({"sales_order_number", "purchase_order_number"})
"""Columns whose values hardly repeat: a dictionary of them would only cost time."""

# Fields of parquet.thrift: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
_FILE_ROWS, _FILE_ROW_GROUPS = 3, 4
_GROUP_COLUMNS, _GROUP_ROWS, _GROUP_OFFSET, _GROUP_ORDINAL = 1, 3, 5, 7
_CHUNK_OFFSET, _CHUNK_METADATA = 2, 3
_PAGE_OFFSETS = (9, 10, 11)
"""Of a column's data, index and dictionary pages."""


@dataclass(frozen=True)
class RowGroup:
    """Rows of a table as Parquet."""

    body: memoryview
    footer: bytes
    """That of a file with this row group alone."""


def encode(table: Table, rows: pa.Table) -> RowGroup:
    """Rows as one row group, such as Redshift's COPY and Spectrum take it.

    Data page v1, plain or dictionary encoding, Snappy, decimals as fixed-length bytes, dates as date32. Statistics, by
    which readers skip row groups, are kept where they help and cost little: of dates and whole numbers.
    """
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        rows.schema,
        version="2.6",
        data_page_version="1.0",
        compression="snappy",
        use_dictionary=[name for name in table.column_names if name not in _UNIQUE],
        write_statistics=[column.name for column in table.columns if column.type.kind in {"date", "integer"}],
        store_schema=False,  # plain Parquet types: a reader need not know Arrow's dictionaries
    ) as writer:
        writer.write_table(rows, row_group_size=max(rows.num_rows, 1))
    file = memoryview(sink.getvalue())
    length = int.from_bytes(file[-8:-4], "little")
    return RowGroup(body=file[len(MAGIC) : -8 - length], footer=bytes(file[-8 - length : -8]))


def footer(groups: Sequence[tuple[bytes, int]]) -> bytes:
    """What follows the row groups of a file: the footers of all, each with where its row group begins, as one."""
    whole = thrift.read(groups[0][0])
    row_groups = whole[_FILE_ROW_GROUPS].value.items
    row_groups.clear()
    for own, offset in groups:
        row_groups += _moved(own, offset - len(MAGIC), len(row_groups))
    whole[_FILE_ROWS].value = sum(group[_GROUP_ROWS].value for group in row_groups)
    data = thrift.write(whole)
    return data + len(data).to_bytes(4, "little") + MAGIC


def _moved(own: bytes, by: int, ordinal: int) -> list[thrift.Struct]:
    groups: list[thrift.Struct] = thrift.read(own)[_FILE_ROW_GROUPS].value.items
    for number, group in enumerate(groups, start=ordinal):
        if _GROUP_OFFSET in group:
            group[_GROUP_OFFSET].value += by
        if _GROUP_ORDINAL in group:
            group[_GROUP_ORDINAL].value = number
        for chunk in group[_GROUP_COLUMNS].value.items:
            if chunk[_CHUNK_OFFSET].value:
                chunk[_CHUNK_OFFSET].value += by
            for page in _PAGE_OFFSETS:
                if page in chunk[_CHUNK_METADATA].value:
                    chunk[_CHUNK_METADATA].value[page].value += by
    return groups
