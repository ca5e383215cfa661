"""Rows of the warehouse are compared with those of the files, and what differs is named by key and column."""

import datetime as dt
import re
from decimal import Decimal

import boto3
import pyarrow as pa
import pytest

from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.manifest import read_manifest
from supplychain.dataset.row_codes import RowSum, row_codes
from supplychain.dataset.storage import S3Storage
from supplychain.schema import PRODUCT
from supplychain.warehouse.comparison import differences, row_sums
from supplychain.warehouse.insert_values import value_lists

CHANGED = ("product", "purchase_order_header", "warehouse_product")
"""The tables that the tests change."""


@pytest.fixture(scope="module")
def compared(make_place):
    """A filled place, its files, and its manifest."""
    place = make_place()
    generation = place.create()["Data"]["Generation"]
    storage = S3Storage(boto3.client("s3"), place.bucket, f"{place.workgroup}/{place.database}/{generation}/")
    place.admin.batch([f"create table kept_{name} as select * from {name}" for name in CHANGED])
    return place, storage, read_manifest(storage)


@pytest.fixture(autouse=True)
def _restored(compared):
    """Put the rows back that a test has changed."""
    yield
    restore = (f"delete from {name}; insert into {name} select * from kept_{name}" for name in CHANGED)
    compared[0].admin.batch([sql for pair in restore for sql in pair.split("; ")])


def found(compared) -> list[str]:
    place, storage, manifest = compared
    return [str(one) for one in differences(place.admin, storage, manifest)]


def test_loaded_rows_are_those_of_the_files(compared):
    """Nothing differs, after INSERT here."""
    assert found(compared) == []


def test_copied_rows_are_those_of_the_files(make_place):
    """Nor after COPY."""
    place = make_place().with_changes(load={"load_method": "copy"})
    generation = place.create()["Data"]["Generation"]
    storage = S3Storage(boto3.client("s3"), place.bucket, f"{place.workgroup}/{place.database}/{generation}/")
    assert differences(place.admin, storage, read_manifest(storage)) == []


FIRST = "warehouse_code in (select min(warehouse_code) from warehouse_product where product_code = 'PROD0001')"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "update product set product_name = 'Ren''amed' where product_code = 'PROD0003'",
            r"product has other rows: PROD0003: product_name is \"Ren'amed\" instead of '.+'",
        ),
        (
            "update purchase_order_header set expected_delivery_date = null where purchase_order_number = '000001'",
            r"purchase_order_header has other rows: PO/000001: expected_delivery_date is NULL instead of '.+'",
        ),
        (
            f"update warehouse_product set last_restock_date = null where product_code = 'PROD0001' and {FIRST}",
            r"warehouse_product has other rows: WH\d+/PROD0001: last_restock_date is NULL instead of '.+'",
        ),
        (
            "insert into product select * from product where product_code = 'PROD0005'",
            r"product has 13 rows instead of 12: PROD0005 is there 2 times instead of 1",
        ),
        (
            "insert into product (product_code, product_name) values ('X', '')",
            r"product has 13 rows instead of 12: X is not in the files",
        ),
        ("delete from product", r"product has 0 rows instead of 12: .+ is missing; .+; .+; and more"),
    ],
)
def test_what_differs_is_named(compared, sql, message):
    """The table, the key of the row, the column and both values."""
    place, _, _ = compared
    place.admin.execute(sql)
    (difference,) = found(compared)
    assert re.fullmatch(message, difference), difference


def test_values_that_are_exchanged_between_rows_are_found(compared):
    """Although the sum of every column stays the same."""
    place, _, _ = compared
    place.admin.execute(
        "update product set product_name = (select other.product_name from product as other where other.product_code = "
        "case product.product_code when 'PROD0001' then 'PROD0002' else 'PROD0001' end) "
        "where product_code in ('PROD0001', 'PROD0002')"
    )
    (difference,) = found(compared)
    assert "PROD0001: product_name is" in difference
    assert "PROD0002: product_name is" in difference


def test_sql_and_arrow_compute_the_same_sums_for_values_that_break_loaders(place):
    """Quotes, backslashes, separators, non-ASCII, empty text beside NULL, negative and small decimals."""
    place.create()
    api = place.admin
    texts = ["it's", 'say "x"', "back\\slash", "", None, "a,b|c%", "ünïcødé 漢字 🚚", " padded ", "NULL", "x" * 200]
    costs = ["0.00", "-0.05", "0.50", "99999999.99", None, "-12345678.90", "1.00", "10.00", "0.01", "7.10"]
    days = ["1950-01-01", "2199-12-31", None, "2026-02-28", "1999-12-31", "2024-02-29", None, None, "1970-01-01", None]
    rows = pa.table(
        {
            "product_code": [f"P{number}" for number in range(10)],
            "product_name": [text or "" for text in texts],
            "product_group": [*texts[:9], "x" * 50],
            "unit_cost": pa.array([cost and Decimal(cost) for cost in costs], pa.decimal128(10, 2)),
            "unit_price": pa.array([Decimal("1.00")] * 10, pa.decimal128(10, 2)),
            "supplier_code": pa.array([None] * 10, pa.string()),
            "supplier_name": texts,
            "created_date": pa.array([day and dt.date.fromisoformat(day) for day in days]),
            "updated_date": pa.array([None] * 10, pa.date32()),
        },
        schema=arrow_schema(PRODUCT),
    )
    ((values, _),) = value_lists(rows, 100, 100_000)
    api.execute("delete from public.product")
    api.execute(f"insert into public.product values {values}")
    assert row_sums(api)["product"] == RowSum().plus(row_codes(rows, PRODUCT.column_names))
