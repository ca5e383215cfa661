"""Parquet files are put together from row groups that were encoded apart."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain import generator
from supplychain.dataset import parquet, thrift
from supplychain.dataset.arrow import arrow_schema
from supplychain.schema import TABLES
from supplychain.settings import SeedSettings, read

PLAN = generator.make_plan(read(SeedSettings, {"as_of": "2026-01-31", "num_products": 40}))


def joined(groups: list[parquet.RowGroup]) -> bytes:
    """The file of some row groups."""
    body, places = bytearray(parquet.MAGIC), []
    for group in groups:
        places.append((group.footer, len(body)))
        body += group.body
    return bytes(body) + parquet.footer(places)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_file_is_the_one_that_a_single_writer_makes(table, monkeypatch):
    """To the byte: three row groups, each at its place, under one footer."""
    rows = generator.make_block(PLAN, 0)[table.name]
    parts = [rows.slice(start, rows.num_rows // 3 + 1) for start in range(0, rows.num_rows, rows.num_rows // 3 + 1)]
    writers = []
    monkeypatch.setattr(pq, "ParquetWriter", lambda *args, **kwargs: writers.append(kwargs) or Writer(*args, **kwargs))
    made = joined([parquet.encode(table, part) for part in parts])
    whole = io.BytesIO()
    with Writer(whole, rows.schema, **writers[0]) as writer:
        for part in parts:
            writer.write_table(part)
    assert len(parts) == 3
    assert made == whole.getvalue()


Writer = pq.ParquetWriter


def test_redshift_s_copy_can_read_it():
    """Data pages of version 1, Snappy, dictionary or plain encoding, and the schema's own types."""
    for table in TABLES:
        rows = generator.make_block(PLAN, 0)[table.name]
        file = pq.ParquetFile(io.BytesIO(joined([parquet.encode(table, rows)])))
        assert file.schema_arrow == arrow_schema(table)
        for index in range(file.metadata.num_columns):
            column = file.metadata.row_group(0).column(index)
            assert column.compression == "SNAPPY"
            assert set(column.encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"}
        decimals = [file.schema.column(i) for i in range(len(table.columns)) if table.columns[i].type.kind == "decimal"]
        assert all((column.physical_type, column.length) == ("FIXED_LEN_BYTE_ARRAY", 5) for column in decimals)


def test_a_table_without_rows_keeps_its_columns():
    """A file without rows can be read, and says what it would hold."""
    empty = arrow_schema(TABLES[0]).empty_table()
    read_back = pq.read_table(io.BytesIO(joined([parquet.encode(TABLES[0], empty)])))
    assert read_back == empty


I64, BINARY, LIST = 6, 8, 9
NUMBERS = st.integers(-(2**63), 2**63 - 1)
VALUES = st.one_of(
    NUMBERS.map(lambda value: (I64, thrift.number(value), value)),
    st.binary(max_size=63).map(lambda data: (BINARY, bytes([len(data)]) + data, data)),
    st.lists(NUMBERS, max_size=40).map(
        lambda items: (LIST, thrift.list_head(len(items), I64) + b"".join(map(thrift.number, items)), items)
    ),
)
"""The number of a type, a value's bytes, and the value."""


@given(st.dictionaries(st.integers(1, 300), VALUES, max_size=6))
def test_every_value_of_a_struct_is_found_where_it_stands(fields):
    """Any fields, near and far apart."""
    data, before = b"", 0
    for field, (kind, value, _) in sorted(fields.items()):
        near = field - before < 16
        data += (bytes([(field - before) << 4 | kind]) if near else bytes([kind]) + thrift.number(field)) + value
        before = field
    found = thrift.read(data + b"\0")
    assert found.keys() == fields.keys()
    for field, (_, written, value) in fields.items():
        read_back = found[field].value
        assert ([item.value for item in read_back] if isinstance(read_back, list) else read_back) == value
        assert data[found[field].start : found[field].stop] == written


def test_what_is_no_footer_is_an_error():
    """A type that footers do not have is named."""
    with pytest.raises(ValueError, match="type 11"):
        thrift.read(bytes([0x1B, 0, 0]))


def test_arrow_is_not_needed_to_know_the_dictionaries():
    """Dictionary-encoded and plain columns make the same file schema."""
    plain = pa.table({"customer_code": pa.array(["a", "b"])})
    encoded = pa.table({"customer_code": pa.array(["a", "b"]).dictionary_encode()})
    schemas = []
    for rows in (plain, encoded):
        file = io.BytesIO(joined([parquet.encode(TABLES[2], rows)]))
        schemas.append(pq.ParquetFile(file).schema_arrow)
    assert schemas[0] == schemas[1]
