"""COPY of delimited text, CSV and JSON from S3, and UNLOAD to it."""

# ruff: noqa: E501, Q003  # one case a line is easiest to read

import bz2
import gzip
import io
import json
import uuid

import pyarrow as pa
import pytest
from pyarrow import parquet

from local.tests.warehouse import ROLE, Warehouse

BUCKET = "texts"


@pytest.fixture(scope="module")
def s3(warehouse: Warehouse):
    """A bucket that the namespace's role may read and write."""
    return warehouse.with_bucket(BUCKET)


@pytest.fixture
def load(warehouse: Warehouse, s3):
    """Load one file into a new table of five columns; return the error, if any, and the rows."""

    def run(body: bytes | str, options: str, columns: str = "", key: str = "file"):
        prefix = uuid.uuid4().hex
        s3.put_object(Bucket=BUCKET, Key=f"{prefix}/{key}", Body=body.encode() if isinstance(body, str) else body)
        warehouse.do(
            "DROP TABLE IF EXISTS t",
            "CREATE TABLE t (id INT, price NUMERIC(8,2), day DATE, word VARCHAR(6), at TIMESTAMP)",
        )
        described = warehouse.run(f"COPY t {columns} FROM 's3://{BUCKET}/{prefix}/' IAM_ROLE default {options}")
        rows = warehouse.rows("SELECT * FROM t ORDER BY id")
        return described.get("Error"), rows

    return run


ROW = (1, "2.50", "2024-02-29", "a", "2024-02-29 10:00:00")
NONE = (None,) * 4


@pytest.mark.parametrize(
    ("body", "options", "expected"),
    [
        ("1|2.50|2024-02-29|a|2024-02-29 10:00:00\n", "", [ROW]),
        ("1|2.5|2024-02-29|a|2024-02-29 10:00:00", "", [ROW]),
        ("1\t2.509\t2024-02-29\ta\t2024-02-29 10:00:00\n", r"DELIMITER '\t'", [ROW]),
        ("1|\\N||\\N|\n", "", [(1, *NONE)]),
        ("1|||a\\|b|\n2|||c\\\\d\\\ne|\n", "ESCAPE", [(1, None, None, "a|b", None), (2, None, None, "c\\d\ne", None)]),
        ("'1'|\"2.50\"|2024-02-29|'a'|2024-02-29 10:00:00\n", "REMOVEQUOTES", [ROW]),
        ("1|2.50\n", "FILLRECORD", [(1, "2.50", None, None, None)]),
        ("1,2.50,2024-02-29,a,2024-02-29 10:00:00\r\n", "CSV", [ROW]),
        ('id,p,d,w,t\n1,,,"a,""\n",\n', "FORMAT AS CSV IGNOREHEADER 1", [(1, None, None, 'a,"\n', None)]),
        ("1;;;%a;b%;\n", "CSV DELIMITER ';' QUOTE AS '%'", [(1, None, None, "a;b", None)]),
        ("1,,, ,\n2,,,,\n", "CSV", [(1, None, None, " ", None), (2, None, None, "", None)]),
        ("1,,, ,\n2,,,,\n", "CSV EMPTYASNULL BLANKSASNULL", [(1, *NONE), (2, *NONE)]),
        ("1,,,nil,\n", "CSV NULL AS 'nil'", [(1, *NONE)]),
        ("1,,,abcdefgh,\n2,,,äöüx,\n", "CSV TRUNCATECOLUMNS", [(1, None, None, "abcdef", None), (2, None, None, "äöü", None)]),
        ("1,,29.02.2024,,\n", "CSV DATEFORMAT 'DD.MM.YYYY' EMPTYASNULL", [(1, None, "2024-02-29", None, None)]),
        ("1,,\"Feb 29, 2024\",,1709200800\n", "CSV DATEFORMAT 'auto' TIMEFORMAT 'epochsecs' EMPTYASNULL", [(1, None, "2024-02-29", None, "2024-02-29 10:00:00")]),
        ("1,,,,02/29/2024 10:00 AM\n", "CSV TIMEFORMAT 'auto' EMPTYASNULL", [(1, None, None, None, "2024-02-29 10:00:00")]),
        ("1,,,,2024-02-29T12:00:00+02:00\n", "CSV TIMEFORMAT AS 'auto' EMPTYASNULL", [(1, None, None, None, "2024-02-29 10:00:00")]),
        ("x,,,,\n1,,,,\n", "CSV EMPTYASNULL MAXERROR 1", [(1, *NONE)]),
        (gzip.compress(b"1,,,,\n", mtime=0), "CSV GZIP EMPTYASNULL", [(1, *NONE)]),
        (bz2.compress(b"1,,,,\n"), "CSV BZIP2 EMPTYASNULL", [(1, *NONE)]),
        ('{"ID": 2}\n{"word": "a", "id": 1, "price": 2.50, "day": "2024-02-29", "at": "2024-02-29 10:00:00", "more": []}', "JSON 'auto'", [ROW, (None,) * 5]),
        ('{"ID": 1}', "FORMAT JSON 'auto ignorecase'", [(1, *NONE)]),
    ],
)  # fmt: skip
def test_copy_reads(load, body, options, expected):
    """Each option and notation."""
    error, rows = load(body, options)
    assert error is None
    assert rows == expected


@pytest.mark.parametrize(
    ("body", "options", "detail"),
    [
        ("1|x|||\n", "", ("price", 1, 1207, "Invalid digit, Value 'x', Pos 0, Type: Decimal")),
        ("1||||\n2.5||||\n", "", ("id", 2, 1207, "Invalid digit, Value '.', Pos 1, Type: Integer")),
        ("99999999999||||\n", "", ("id", 1, 1208, "Overflow, Column type: Integer")),
        ("1||||\n1|\n", "", ("", 2, 1214, "Delimiter not found")),
        ("1|||||\n", "", ("", 1, 1202, "Extra column(s) found")),
        ("1,,,abcdefg,\n", "CSV", ("word", 1, 1204, "String length exceeds DDL length")),
        ("1,,2024-2-x,,\n", "CSV", ("day", 1, 1205, "Invalid date format - length must be 10 or more")),
        ("1,,,,tomorrow\n", "CSV", ("at", 1, 1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]")),
        ("1,1234567.00,,,\n", "CSV", ("price", 1, 1208, "Numeric data overflow (result precision), Value '1234567.00'")),
    ],
)  # fmt: skip
def test_load_errors_are_listed(load, warehouse: Warehouse, body, options, detail):
    """An invalid record fails the COPY, and SYS_LOAD_ERROR_DETAIL has its line, column and reason."""
    error, rows = load(body, options)
    assert error == "ERROR: Load into table 't' failed. Check 'sys_load_error_detail' system table for details."
    assert rows == []
    listed = warehouse.rows(
        "SELECT column_name, line_number, error_code, error_message FROM sys_load_error_detail ORDER BY query_id DESC LIMIT 1"
    )
    assert listed == [detail]


def test_copy_into_named_columns(load):
    """Other columns get their default values."""
    error, rows = load("a|1\n", "", columns="(word, id)")
    assert (error, rows) == (None, [(1, None, None, "a", None)])


def test_copy_by_json_paths_and_manifest(load, s3):
    """A JSONPaths file selects the values, a manifest the files."""
    paths = {"jsonpaths": ["$.a.b[0]", "$['p']", "$.none", "$.w", "$.none"]}
    s3.put_object(Bucket=BUCKET, Key="paths.json", Body=json.dumps(paths).encode())
    error, rows = load('{"a": {"b": [7]}, "p": 1, "w": "x"}', f"JSON 's3://{BUCKET}/paths.json'")
    assert (error, rows) == (None, [(7, "1.00", None, "x", None)])
    s3.put_object(Bucket=BUCKET, Key="listed", Body=b"1||||\n")
    manifest = {"entries": [{"url": f"s3://{BUCKET}/listed", "mandatory": True}, {"url": f"s3://{BUCKET}/gone"}]}
    error, rows = load(json.dumps(manifest), "MANIFEST EMPTYASNULL", key="")
    assert (error, rows) == (None, [(1, *NONE)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("FIXEDWIDTH 'id:3'", "does not support COPY with FIXEDWIDTH yet"),
        ("CSV NONSENSE", 'syntax error at or near "NONSENSE"'),
        ("CSV ESCAPE", "ESCAPE cannot be used with CSV"),
        ("DELIMITER '||'", "COPY delimiter must be a single character"),
    ],
)
def test_copy_rejects(load, options: str, message: str):
    """The message names what Redshift rejects or the sandbox does not support."""
    error, _ = load("", options)
    assert message in error


@pytest.fixture
def unload(warehouse: Warehouse, s3):
    """Unload a query below a new prefix; return the error and the files."""

    def run(query: str, options: str, prefix: str | None = None):
        prefix = prefix or f"{uuid.uuid4().hex}/"
        quoted = query.replace("'", "''")
        described = warehouse.run(f"UNLOAD ('{quoted}') TO 's3://{BUCKET}/{prefix}' IAM_ROLE '{ROLE}' {options}")
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
        files = {
            entry["Key"].removeprefix(prefix): s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
            for entry in listed
        }
        return described.get("Error"), files

    return run


QUERY = (
    "SELECT 1 AS id, 'a|b\"' AS word, NULL::int AS nothing, true AS yes UNION ALL SELECT 2, 'c', 3, false ORDER BY 1"
)


@pytest.mark.parametrize(
    ("options", "name", "expected"),
    [
        ("", "0000_part_00", '1|a|b"||t\n2|c|3|f\n'),
        ("ESCAPE NULL AS 'nil'", "0000_part_00", '1|a\\|b"|nil|t\n2|c|3|f\n'),
        ("ADDQUOTES DELIMITER ','", "0000_part_00", '"1","a|b"",,"t"\n"2","c","3","f"\n'),
        ("HEADER PARALLEL OFF", "000", 'id|word|nothing|yes\n1|a|b"||t\n2|c|3|f\n'),
        ("FORMAT AS CSV HEADER", "0000_part_00", 'id,word,nothing,yes\n1,"a|b""",,t\n2,c,3,f\n'),
        ("CSV EXTENSION 'csv'", "0000_part_00.csv", '1,"a|b""",,t\n2,c,3,f\n'),
        ("FORMAT JSON", "0000_part_00", '{"id":1,"word":"a|b\\"","yes":true}\n{"id":2,"word":"c","nothing":3,"yes":false}\n'),
    ],
)  # fmt: skip
def test_unload_writes(unload, options: str, name: str, expected: str):
    """Delimited text, CSV and JSON, with their options."""
    error, files = unload(QUERY, options)
    assert error is None
    assert {key: body.decode() for key, body in files.items()} == {name: expected}


def test_unload_compresses_and_splits(unload):
    """GZIP compresses, MAXFILESIZE splits, MANIFEST lists the files."""
    error, files = unload("SELECT 1 AS n", "GZIP MANIFEST")
    assert (error, gzip.decompress(files["0000_part_00.gz"])) == (None, b"1\n")
    assert len(json.loads(files["manifest"])["entries"]) == 1
    error, files = unload("SELECT repeat('x', 60000) FROM generate_series(1, 200)", "MAXFILESIZE 5 MB")
    assert (error, sorted(files)) == (None, ["0000_part_00", "0001_part_00", "0002_part_00"])


def test_unload_to_parquet(unload):
    """Parquet files have the query's types; PARTITION BY writes to folders."""
    query = "SELECT 1 AS id, 2.50::numeric(8,2) AS price, DATE '2024-02-29' AS day, 'x' AS word, NULL::timestamp AS at"
    error, files = unload(query, "FORMAT AS PARQUET")
    assert error is None
    table = parquet.read_table(io.BytesIO(files["0000_part_00.parquet"]))
    assert table.schema.types == [pa.int32(), pa.decimal128(8, 2), pa.date32(), pa.string(), pa.timestamp("us")]
    error, files = unload(query, "FORMAT PARQUET PARTITION BY (word)")
    assert (error, list(files)) == (None, ["word=x/0000_part_00.parquet"])


def test_unload_keeps_existing_files(unload, warehouse: Warehouse):
    """Files are overwritten or removed only with ALLOWOVERWRITE or CLEANPATH."""
    unload("SELECT 1", "", "kept/")
    error, _ = unload("SELECT 2", "", "kept/")
    assert "Specified unload destination on S3 is not empty" in error
    error, files = unload("SELECT 2", "ALLOWOVERWRITE", "kept/")
    assert (error, files) == (None, {"0000_part_00": b"2\n"})
    error, files = unload("SELECT 3", "CLEANPATH PARALLEL OFF", "kept/")
    assert (error, files) == (None, {"000": b"3\n"})
    error, _ = unload("SELECT 1 LIMIT 1", "")
    assert "LIMIT" in error
    assert warehouse.rows("SELECT unloaded_rows FROM sys_unload_history ORDER BY start_time DESC LIMIT 1") == [(1,)]
