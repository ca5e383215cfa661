"""Values that need quoting or escaping are the same in the warehouse, the lake and CSV files."""

import datetime as dt

import boto3
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from supplychain import generator
from supplychain.dataset.storage import FolderStorage
from supplychain.generator import generate, generate_dataset
from supplychain.settings import SeedSettings, read
from tests.seeder.harness import BUCKET, TINY

AWKWARD = (
    'O\'Neil "quoted"',
    "back\\slash \\' \\n",
    "line\nbreak",
    "comma, semicolon; 100 %",
    "NULL",
    "",
    "Ünïcödé 東京",
    "é" * 100,
    ":name ? $1 %s {}",
    "a,b\t|",
    "--comment /* */",
    "'; drop table product; --",
)


@pytest.mark.parametrize("method", ["insert", "copy"])
def test_case_38_awkward_values_are_the_same_in_warehouse_lake_and_csv(place, monkeypatch, tmp_path, method):
    """Quotes, backslashes, line breaks, percent signs, non-ASCII at the byte limit, the word NULL, empty text."""
    make_block = generator.make_block

    def awkward(plan, index):
        tables = make_block(plan, index)
        product = tables["product"]
        if product.num_rows:
            assert product.num_rows == len(AWKWARD)
            groups = pa.array([None if number % 2 else "" for number in range(len(AWKWARD))])
            product = product.set_column(1, "product_name", pa.array(AWKWARD))
            tables["product"] = product.set_column(2, "product_group", groups)
        return tables

    monkeypatch.setattr(generate, "make_block", awkward)
    place = place.with_changes(load={"load_method": method})
    place.create()
    expected = [(name, None if number % 2 else "") for number, name in enumerate(AWKWARD)]
    loaded = place.admin.execute("select product_name, product_group from public.product order by product_code").rows
    assert loaded == expected
    (key,) = [key for key in place.lake() if "/product/" in key]
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    parquet = pq.read_table(pa.BufferReader(body))
    assert (
        list(zip(*(parquet.column(n).to_pylist() for n in ("product_name", "product_group")), strict=True)) == expected
    )
    generate_dataset(FolderStorage(tmp_path), read(SeedSettings, TINY), dt.date(2026, 1, 31), files="csv")
    csv = pa.csv.read_csv(
        tmp_path / "product.csv",
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            column_types={"product_name": pa.string(), "product_group": pa.string()},
        ),
    )
    assert list(zip(*(csv.column(n).to_pylist() for n in ("product_name", "product_group")), strict=True)) == expected
