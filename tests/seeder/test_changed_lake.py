"""What the lake lost, or what was changed in it, is written again with the same bytes by the next event."""

import datetime as dt
import io

import boto3
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from supplychain import settings
from supplychain.dataset.storage import S3Storage
from supplychain.generator import generate_dataset
from supplychain.settings import SeedSettings
from tests.seeder.harness import TINY

FILE = "product/part-00000.parquet"
MADE_ON = dt.date(2026, 1, 31)


@pytest.fixture(scope="module")
def place(make_place):
    """A place whose history ended on the day on which it was made, some time ago."""
    place = make_place().with_changes(seed=TINY | {"as_of": "today"})
    generate_dataset(lake_of(place), settings.read(SeedSettings, place.seed), MADE_ON)
    assert place.create()["Data"]["AsOf"] == MADE_ON.isoformat()
    return place


def lake_of(place) -> S3Storage:
    generation = place.properties()["Generation"]
    return S3Storage(boto3.client("s3"), place.bucket, f"{place.workgroup}/{place.database}/{generation}/")


def files(lake: S3Storage) -> dict[str, bytes]:
    return {path: lake.read(path) for path in lake.sizes()}


def put(lake: S3Storage, path: str, body: bytes) -> None:
    lake.client.put_object(Bucket=lake.bucket, Key=lake.prefix + path, Body=body)


def delete(lake: S3Storage, path: str) -> None:
    lake.client.delete_object(Bucket=lake.bucket, Key=lake.prefix + path)


def other_values(lake: S3Storage) -> None:
    """Replace a file by one with as many rows and other values."""
    rows = pq.read_table(io.BytesIO(lake.read(FILE)))
    upper = pc.utf8_upper(rows.column("product_name"))
    changed = io.BytesIO()
    pq.write_table(rows.set_column(rows.column_names.index("product_name"), "product_name", upper), changed)
    put(lake, FILE, changed.getvalue())


def one_byte(lake: S3Storage) -> None:
    """Damage a page of a file, whose size stays the same."""
    body = bytearray(lake.read(FILE))
    body[40:60] = bytes(20)
    put(lake, FILE, bytes(body))


def of_another_generation(lake: S3Storage) -> None:
    body = lake.read("manifest.json")
    put(lake, "manifest.json", body.replace(lake.prefix.split("/")[-2].encode(), b"0123456789abcdef"))


def other_table(lake: S3Storage) -> None:
    put(lake, FILE, lake.read("sales_order_line/part-00000.parquet"))


def not_parquet(lake: S3Storage) -> None:
    put(lake, FILE, b"x" * lake.sizes()[FILE])


def nested(lake: S3Storage) -> None:
    """Replace a file by one whose only column has lists."""
    changed = io.BytesIO()
    pq.write_table(pa.table({"product_code": [["a"]] * 12}), changed)
    put(lake, FILE, changed.getvalue())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lake: delete(lake, FILE),
        lambda lake: delete(lake, "manifest.json"),
        lambda lake: put(lake, "manifest.json", b"{"),
        lambda lake: put(lake, "product/part-00001.parquet", lake.read(FILE)),
        of_another_generation,
        other_values,
        one_byte,
        other_table,
        not_parquet,
        nested,
    ],
)
def test_the_next_update_writes_the_same_bytes(place, spoil):
    """The lake is what it was before, to the byte, and the rows stay those of the day on which they were made."""
    lake = lake_of(place)
    before = files(lake), place.admin.execute("select generation, digest, as_of from supplychain_meta.generation").rows
    spoil(lake)
    assert files(lake) != before[0]
    place.update()
    after = files(lake), place.admin.execute("select generation, digest, as_of from supplychain_meta.generation").rows
    assert after == before


def test_changed_files_are_not_loaded_by_a_rollback(place):
    """A rollback makes the old generation again, rather than record its digest for other rows."""
    lake, before = lake_of(place), place.contents()
    larger = place.update(seed=TINY | {"num_products": "15"})
    other_values(lake)
    delete(lake, "sales_order_line/part-00000.parquet")
    back = larger.update(seed=place.seed)
    assert back.contents() == before


def test_the_lake_alone_knows_the_day(place):
    """Without a record, the manifest has the day of the generation whose file was lost."""
    lake, before = lake_of(place), place.contents()
    kept = files(lake)
    delete(lake, FILE)
    place.admin.execute("drop schema supplychain_meta cascade")
    place.update()
    assert (files(lake), place.contents()) == (kept, before)
