"""COPY of Parquet from S3."""

import io
import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from local.tests.warehouse import ROLE, Warehouse

BUCKET = "copied"


@pytest.fixture(scope="module")
def s3(warehouse: Warehouse):
    """A bucket that the namespace's role may read and write."""
    return warehouse.with_bucket(BUCKET)


@pytest.fixture
def table(warehouse: Warehouse) -> str:
    """An empty table with a column of each common type."""
    warehouse.do(
        "DROP TABLE IF EXISTS loaded", "CREATE TABLE loaded (id INT, price NUMERIC(10,2), day DATE, word VARCHAR(10))"
    )
    return "loaded"


def put(s3, key: str, **columns) -> int:
    """Write rows as Parquet and return the file's length."""
    kinds = {
        "id": pa.int32(),
        "price": pa.decimal128(10, 2),
        "day": pa.date32(),
        "word": pa.string(),
        "long": pa.int64(),
    }
    output = io.BytesIO()
    parquet.write_table(pa.table({name: pa.array(values, kinds[name]) for name, values in columns.items()}), output)
    s3.put_object(Bucket=BUCKET, Key=key, Body=output.getvalue())
    return len(output.getvalue())


def test_copy_by_prefix(warehouse: Warehouse, s3, table: str):
    """Every file with the prefix is loaded; NULL, the empty string and quotes are preserved."""
    put(s3, "a/1.parquet", id=[1, 2], price=[Decimal("1.50"), None], day=[date(2024, 2, 29), None], word=["", None])
    put(s3, "a/2.parquet", id=[3], price=[Decimal("-2.00")], day=[date(2024, 1, 1)], word=['q"\\,\n'])
    described = warehouse.run(f"COPY {table} FROM 's3://{BUCKET}/a/' IAM_ROLE '{ROLE}' FORMAT AS PARQUET")
    assert (described["Status"], described["ResultRows"]) == ("FINISHED", 3), described.get("Error")
    assert warehouse.rows("SELECT * FROM loaded ORDER BY id") == [
        (1, "1.50", "2024-02-29", ""), (2, None, None, None), (3, "-2.00", "2024-01-01", 'q"\\,\n'),
    ]  # fmt: skip


def test_copy_by_manifest_in_a_batch(warehouse: Warehouse, s3, table: str):
    """Only the manifest's files are loaded, and a failure later in the transaction undoes the COPY."""
    length = put(s3, "b/1.parquet", id=[1], price=[Decimal(1)], day=[None], word=["x"])
    put(s3, "b/stray.parquet", id=[9], price=[Decimal(9)], day=[None], word=["y"])
    entry = {"url": f"s3://{BUCKET}/b/1.parquet", "mandatory": True, "meta": {"content_length": length}}
    s3.put_object(Bucket=BUCKET, Key="b/manifest", Body=json.dumps({"entries": [entry]}).encode())
    copy = f"COPY {table} FROM 's3://{BUCKET}/b/manifest' IAM_ROLE default FORMAT PARQUET MANIFEST"
    assert warehouse.run_batch(copy, "SELECT 1/0")["Status"] == "FAILED"
    assert warehouse.rows("SELECT COUNT(*) FROM loaded") == [(0,)]
    assert warehouse.run_batch(copy)["Status"] == "FINISHED"
    assert warehouse.rows("SELECT id FROM loaded") == [(1,)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": [1]}, "Unmatched number of columns"),
        (
            {"long": [1], "price": [None], "day": [None], "word": [None]},
            "incompatible Parquet schema for column 'long'",
        ),
        ({"id": [1], "price": [None], "day": [None], "word": ["x" * 11]}, "value too long"),
    ],
)
def test_copy_rejects_files_that_do_not_match_the_table(warehouse: Warehouse, s3, table: str, columns, message):
    """Another number of columns, another type, a string longer than its column."""
    put(s3, "c/1.parquet", **columns)
    described = warehouse.run(f"COPY {table} FROM 's3://{BUCKET}/c/' IAM_ROLE default FORMAT PARQUET")
    assert described["Status"] == "FAILED"
    assert message in described["Error"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("IAM_ROLE 'arn:aws:iam::000000000000:role/other' FORMAT PARQUET", "not authorized to assume IAM Role"),
        ("IAM_ROLE default FORMAT PARQUET REGION 'us-east-1'", "REGION argument is not supported"),
        ("IAM_ROLE default FORMAT AVRO 'auto'", "does not support COPY with AVRO yet"),
        ("FORMAT PARQUET", "one of IAM_ROLE, CREDENTIALS or ACCESS_KEY_ID is needed"),
    ],
)
@pytest.mark.usefixtures("s3")
def test_copy_rejects_options(warehouse: Warehouse, table: str, options: str, message: str):
    """A role that is not the namespace's, options that are invalid for Parquet, and unsupported ones."""
    described = warehouse.run(f"COPY {table} FROM 's3://{BUCKET}/a/' {options}")
    assert described["Status"] == "FAILED"
    assert message in described["Error"]


@pytest.mark.usefixtures("s3")
def test_copy_of_nothing(warehouse: Warehouse, table: str):
    """A prefix without files is an error, as on Redshift."""
    described = warehouse.run(f"COPY {table} FROM 's3://{BUCKET}/nothing/' IAM_ROLE default FORMAT PARQUET")
    assert described["Error"] == "ERROR: The specified S3 prefix 'nothing/' does not exist"
