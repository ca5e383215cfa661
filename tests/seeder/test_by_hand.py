"""What people change in a warehouse or a lake by hand: the next update repairs it, or names what to do.

docs/lifecycle.md lists all cases. Those of files and values are also in test_changed_lake.py and test_comparison.py,
those of rollbacks in test_rollback.py, those of deletions in test_delete_by_force.py.
"""

from collections.abc import Callable

import boto3
import pytest

from tests.seeder import by_hand
from tests.seeder.harness import BUCKET, TINY, SeededPlace

LARGER = TINY | {"num_products": "30"}
SQL: dict[str, str] = {
    "a row is deleted": "delete from public.product where product_code = 'PROD0002'",
    "a whole order is deleted": "delete from public.sales_order_line where sales_order_number = '000001'; "
    "delete from public.sales_order_header where sales_order_number = '000001'",
    "a value is changed": "update public.product set unit_cost = unit_cost + 1 where product_code = 'PROD0002'",
    "a row is inserted": "insert into public.product (product_code, product_name) values ('MINE', 'mine')",
    "a row is doubled": "insert into public.purchase_order_line select * from public.purchase_order_line limit 1",
    "a table is emptied": "delete from public.sales_order_line",
    "a table is dropped": "drop table public.sales_order_line",
    "a table is dropped with those that refer to it": "drop table public.product cascade",
    "a column is dropped": "alter table public.purchase_order_line drop column receipt_status",
    "a column is added": "alter table public.purchase_order_line add column colour varchar(10)",
    "a column is renamed": "alter table public.purchase_order_line rename column receipt_status to state",
    "the record is emptied": "delete from supplychain_meta.generation",
    "the record is of another generation": "update supplychain_meta.generation set generation = 'mine'",
    "the record is dropped": "drop table supplychain_meta.generation",
    "the schema of the record is dropped": "drop schema supplychain_meta cascade",
    "the record has a grantee that cannot be read": "update supplychain_meta.generation set granted_to = 'who:?'",
    "the record has a grantee that does not exist": "update supplychain_meta.generation "
    "set granted_to = 'user:dropped_by_hand'",
    "a grant is revoked": "revoke select on public.product from public",
    "a comment is removed": "comment on table public.product is null",
    "the schema of the tables is dropped": "drop schema public cascade",
}

MOST_TELLING = {
    "a whole order is deleted",
    "a table is dropped with those that refer to it",
    "a column is dropped",
    "the schema of the record is dropped",
    "the record has a grantee that cannot be read",
    "a grant is revoked",
    "the schema of the tables is dropped",
}


@pytest.fixture(scope="module")
def filled(make_place) -> SeededPlace:
    """A place for all cases that an update repairs."""
    place = make_place()
    place.create()
    return place


@pytest.fixture(scope="module")
def before(filled) -> dict[str, list[tuple]]:
    """Its rows."""
    return filled.contents()


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[] if case in MOST_TELLING else pytest.mark.slow) for case in SQL]
)
def test_an_update_repairs_the_warehouse(filled, before, case):
    """After an update with the same settings the rows, grants, record and comments are the original ones."""
    for statement in SQL[case].split("; "):
        filled.admin.execute(statement)
    filled.update()
    assert filled.contents() == before
    assert filled.as_caller.execute("select count(*) from product").rows == [(12,)]
    recorded = filled.admin.execute("select generation, granted_to from supplychain_meta.generation").rows
    assert recorded == [(filled.properties()["Generation"], "PUBLIC")]
    assert filled.admin.execute("select remarks from svv_tables where table_name = 'product'").rows != [(None,)]


def _objects(place: SeededPlace) -> dict[str, bytes]:
    bucket = boto3.resource("s3").Bucket(BUCKET)
    return {key: bucket.Object(key).get()["Body"].read() for key in place.lake()}


def _delete(place: SeededPlace, part: str) -> None:
    keys = [{"Key": key} for key in place.lake() if part in key]
    assert keys
    boto3.client("s3").delete_objects(Bucket=BUCKET, Delete={"Objects": keys})


def _replace(place: SeededPlace, part: str) -> None:
    (key,) = [key for key in place.lake() if part in key]
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"something else")


LAKE: dict[str, Callable[[SeededPlace], None]] = {
    "a file is removed": lambda place: _delete(place, "/product/"),
    "a file is replaced": lambda place: _replace(place, "/product/"),
    "the manifest is corrupt": lambda place: _replace(place, "manifest.json"),
    "the manifest is removed": lambda place: _delete(place, "manifest.json"),
    "all files are removed": lambda place: _delete(place, place.properties()["Generation"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", LAKE)
def test_an_update_repairs_the_lake(filled, before, case):
    """The files have the same bytes again, and the rows are untouched."""
    objects = _objects(filled)
    LAKE[case](filled)
    filled.update()
    assert _objects(filled) == objects
    assert filled.contents() == before


def test_a_database_that_was_dropped_is_filled_again(place):
    """The database is created, with all rows and grants."""
    place.create()
    before = place.contents()
    by_hand.drop_the_database(place)
    place.update()
    assert place.contents() == before


def test_the_first_database_of_a_namespace_that_was_dropped_is_filled_again(lone, stack_is):
    """It is created from the database that nobody can drop, and a Delete drops it."""
    first = lone.with_changes(database="supply_chain_db")
    first.create()
    before = first.contents()
    by_hand.drop_the_database(first)
    first.update()
    assert first.contents() == before
    stack_is("DELETE_IN_PROGRESS")
    first.delete()
    names = first.with_changes(database="dev").admin.execute("select datname from pg_database").rows
    assert ("supply_chain_db",) not in names


def test_a_view_with_the_name_of_a_table_is_named(place):
    """The update fails, changes nothing and says what to do; after that it succeeds, and the view's rows are kept."""
    place.create()
    place.admin.execute("alter table public.product rename to product_old")
    place.admin.execute("create view public.product as select * from public.product_old")
    larger = place.with_changes(seed=LARGER)
    answer = larger.send(larger.event("Update", old=place))
    assert answer["Status"] == "FAILED"
    assert "public.product is a view, where the sample data has a table; drop or rename the view" in answer["Reason"]
    assert place.rows()["product"] == 12
    place.admin.execute("drop view public.product")
    assert place.update(seed=LARGER).rows()["product"] == 30
    assert place.admin.execute("select count(*) from public.product_old").rows == [(12,)]


@pytest.mark.slow
def test_a_materialized_view_on_a_table_to_be_rebuilt_is_named(place):
    """As a view is: the update fails before anything changes, and succeeds once it is dropped."""
    place.create()
    place.admin.execute("alter table public.product add column colour varchar(10)")
    place.admin.execute("create materialized view public.colours as select product_code, colour from public.product")
    larger = place.with_changes(seed=LARGER)
    answer = larger.send(larger.event("Update", old=place))
    assert answer["Status"] == "FAILED"
    assert "public.colours depends on it. Drop what depends on the table" in answer["Reason"]
    place.admin.execute("drop materialized view public.colours")
    assert place.update(seed=LARGER).rows()["product"] == 30


def test_a_user_who_was_dropped_is_named(place):
    """An update that loads grants to nobody who does not exist; without the name in the setting it succeeds."""
    place.with_changes(database="dev").admin.execute("create user reader_by_hand password disable")
    granted = place.with_changes(load={"grant_select_to": "PUBLIC,user:reader_by_hand"})
    granted.create()
    for sql in ("revoke select on all tables in schema public from reader_by_hand", "drop user reader_by_hand"):
        granted.admin.execute(sql)
    larger = granted.with_changes(seed=LARGER)
    answer = larger.send(larger.event("Update", old=granted))
    assert answer["Status"] == "FAILED"
    assert "reader_by_hand" in answer["Reason"]
    assert "change grant_select_to" in answer["Reason"]
    assert granted.update(load={}).rows()["product"] == 12


def test_a_missing_bucket_is_named(lone):
    """The update fails and names the bucket and make repair."""
    lone.create()
    bucket = boto3.resource("s3").Bucket(lone.bucket)
    bucket.object_versions.delete()
    bucket.delete()
    answer = lone.send(lone.with_changes(seed=LARGER).event("Update", old=lone))
    assert answer["Status"] == "FAILED"
    assert "bucket does not exist. Run make repair" in answer["Reason"]
