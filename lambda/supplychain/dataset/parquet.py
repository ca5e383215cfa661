"""Parquet files put together from row groups that were encoded apart, by any process and in any order.

A row group's bytes do not depend on where they lie; only the file's footer says where that is. The file is, to the
byte, the one that a single writer makes of the same row groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain.dataset import thrift
from supplychain.schema import Table

MAGIC: Final = b"PAR1"

_UNIQUE: Final = frozenset({"sales_order_number", "purchase_order_number"})
"""Columns whose values hardly repeat: a dictionary of them would only cost time."""

# Fields of parquet.thrift: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
_FILE_ROWS, _FILE_ROW_GROUPS = 3, 4
_GROUP_COLUMNS, _GROUP_OFFSET, _GROUP_ORDINAL = 1, 5, 7
_CHUNK_OFFSET, _CHUNK_METADATA = 2, 3
_PAGE_OFFSETS = (9, 10, 11)
"""Of a column's data, index and dictionary pages."""


@dataclass(frozen=True)
class Footer:
    """The footer of a file with one row group, or none, cut at what it says otherwise in a file with others."""

    head: bytes
    """Up to the number of rows."""
    rows: int
    between: bytes
    """From the number of rows to the list of row groups."""
    group: tuple[tuple[bytes, int | None], ...]
    """The row group's entry: bytes, each with the place in the file, or None for the place in the list, after it."""
    rest: bytes
    """What the entry ends with."""
    tail: bytes
    """What follows the list of row groups."""

    @property
    def groups(self) -> int:
        """How many row groups: one or none."""
        return 1 if self.rest else 0

    def entry(self, moved: int, ordinal: int) -> bytes:
        """The row group's entry, where it lies `moved` bytes further on, and is number `ordinal`, from 0."""
        parts = (before + thrift.number(ordinal if place is None else place + moved) for before, place in self.group)
        return b"".join(parts) + self.rest


@dataclass(frozen=True)
class RowGroup:
    """Rows of a table as Parquet."""

    body: memoryview
    footer: Footer


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
    return RowGroup(body=file[len(MAGIC) : -8 - length], footer=_cut(bytes(file[-8 - length : -8])))


def footer(groups: Sequence[tuple[Footer, int]]) -> bytes:
    """What follows the row groups of a file: the footers of all, each with where its row group begins, as one."""
    first = groups[0][0]
    entries: list[bytes] = []
    for own, offset in groups:
        if own.groups:
            entries.append(own.entry(offset - len(MAGIC), len(entries)))
    data = b"".join(
        (
            first.head,
            thrift.number(sum(own.rows for own, _ in groups)),
            first.between,
            thrift.list_head(len(entries), thrift.STRUCT),
            *entries,
            first.tail,
        )
    )
    return data + len(data).to_bytes(4, "little") + MAGIC


def _cut(data: bytes) -> Footer:
    whole = thrift.read(data)
    rows, groups = whole[_FILE_ROWS], whole[_FILE_ROW_GROUPS]
    parts, rest = [], b""
    for group in groups.value:  # one at most: `encode` made it
        at = group.start
        for number, place in _places(group.value):
            parts.append((data[at : number.start], place))
            at = number.stop
        rest = data[at : group.stop]
    return Footer(
        head=data[: rows.start],
        rows=rows.value,
        between=data[rows.stop : groups.start],
        group=tuple(parts),
        rest=rest,
        tail=data[groups.stop :],
    )


def _places(group: thrift.Struct) -> list[tuple[thrift.Value, int | None]]:
    """The numbers of a row group's entry that say where it lies, in the order of the bytes."""
    places: list[thrift.Value] = [group[_GROUP_OFFSET]] if _GROUP_OFFSET in group else []
    for chunk in group[_GROUP_COLUMNS].value:
        if chunk.value[_CHUNK_OFFSET].value:
            places.append(chunk.value[_CHUNK_OFFSET])
        pages = chunk.value[_CHUNK_METADATA].value
        places += [pages[page] for page in _PAGE_OFFSETS if page in pages]
    found: list[tuple[thrift.Value, int | None]] = [(place, place.value) for place in places]
    if _GROUP_ORDINAL in group:
        found.append((group[_GROUP_ORDINAL], None))
    return sorted(found, key=lambda one: one[0].start)
