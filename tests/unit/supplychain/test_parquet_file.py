"""Parquet files in the format that Redshift's COPY and Spectrum read."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain import generator
from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.parquet_file import ParquetFile
from supplychain.schema import SALES_ORDER_HEADER, TABLES, Table
from supplychain.settings import SeedSettings, read

PLAN = generator.make_plan(read(SeedSettings, {"as_of": "2026-01-31", "num_products": 40}))


def written(table: Table, *groups: pa.Table) -> pq.ParquetFile:
    """Return the file of some row groups, opened."""
    body = io.BytesIO()
    file = ParquetFile(table, body)
    for rows in groups:
        file.write(rows)
    file.close()
    return pq.ParquetFile(body)


def test_redshifts_copy_can_read_it():
    """Data pages of version 1, Snappy, dictionary or plain encoding, and the types of the schema."""
    for table in TABLES:
        file = written(table, generator.make_block(PLAN, 0)[table.name])
        assert file.schema_arrow == arrow_schema(table)
        for index in range(file.metadata.num_columns):
            column = file.metadata.row_group(0).column(index)
            assert column.compression == "SNAPPY"
            assert set(column.encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"}
        decimals = [file.schema.column(i) for i in range(len(table.columns)) if table.columns[i].type.kind == "decimal"]
        assert all((column.physical_type, column.length) == ("FIXED_LEN_BYTE_ARRAY", 5) for column in decimals)


def test_each_call_writes_one_row_group():
    """Readers skip row groups by their statistics."""
    for table in TABLES:
        rows = generator.make_block(PLAN, 0)[table.name]
        half = rows.num_rows // 2
        file = written(table, rows[:half], rows[half:])
        assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [
            half,
            rows.num_rows - half,
        ]
        assert file.read() == rows.cast(arrow_schema(table))


def test_a_table_without_rows_keeps_its_columns():
    """A file without rows can be read and has the columns of the table."""
    empty = arrow_schema(TABLES[0]).empty_table()
    assert written(TABLES[0], empty).read() == empty


def test_columns_may_be_dictionary_encoded_in_one_block_and_not_in_the_next():
    """Whichever comes first, the values and the schema of the file are the same."""
    plain = pa.table({"customer_code": pa.array(["a", "b", None])})
    encoded = pa.table({"customer_code": pa.array(["b", None, "c"]).dictionary_encode()})
    for groups in ((plain, encoded), (encoded, plain)):
        file = written(SALES_ORDER_HEADER, *groups)
        assert file.schema_arrow.field("customer_code").type == pa.string()
        expected = [value for rows in groups for value in rows["customer_code"].to_pylist()]
        assert file.read()["customer_code"].to_pylist() == expected
