"""A Delete succeeds in every state: with sessions in the way, and with parts of the deployment gone."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import boto3
import psycopg
import pytest

from local.tests.engine import connected
from supplychain.seeder.request import LAKE_TYPE
from supplychain.warehouse import place as places
from tests.seeder import by_hand
from tests.seeder.harness import ADMIN, TINY, SeededPlace

LARGER = TINY | {"num_products": "30"}


@pytest.fixture(autouse=True)
def short_grace(monkeypatch) -> None:
    """Sessions are ended after a second."""
    monkeypatch.setattr(places, "GRACE_SECONDS", 1.0)
    monkeypatch.setattr("supplychain.warehouse.loader.GRACE_SECONDS", 1.0)
    monkeypatch.setattr("supplychain.warehouse.place._POLL_SECONDS", 0.5)


@contextmanager
def idle_reader(sandbox, place: SeededPlace, sql: str = "SELECT count(*) FROM public.product") -> Iterator[list[bool]]:
    """A session that has run a query and is idle in its transaction; the list tells at the end whether it was ended."""
    ended: list[bool] = []
    with connected(sandbox, place.workgroup, place.database, ADMIN) as session:
        session.autocommit = False
        session.execute(sql)
        yield ended
        try:
            session.execute("SELECT 1")
        except psycopg.OperationalError:
            ended.append(True)
        else:
            session.rollback()


def test_a_reader_idle_in_a_transaction_is_ended_by_a_delete(sandbox, place, caplog):
    """After the grace period; the log names its user and the table."""
    place.create()
    with idle_reader(sandbox, place) as ended:
        place.delete()
    assert ended
    (record,) = [one for one in caplog.records if one.message.startswith("ended a session")]
    assert (record.user, record.table) == (ADMIN, "product")
    assert place.database not in place.databases()


def test_a_session_that_is_idle_in_the_database_is_ended(sandbox, place, caplog):
    """One that holds no lock keeps the database from being dropped, and is ended too."""
    place.create()
    with idle_reader(sandbox, place, "SELECT 1") as ended:
        place.delete()
    assert ended
    assert "ending the sessions in the database" in caplog.text
    assert place.database not in place.databases()


def test_a_rebuild_ends_readers_of_the_table_only(sandbox, place):
    """An update that must drop a table ends the sessions that have read it, and no others."""
    place.create()
    place.admin.execute("alter table public.purchase_order_line add column colour varchar(10)")
    place.admin.execute("create table public.mine (a integer)")
    with (
        idle_reader(sandbox, place, "SELECT count(*) FROM public.purchase_order_line") as ended,
        idle_reader(sandbox, place, "SELECT count(*) FROM public.mine") as spared,
    ):
        larger = place.update(seed=LARGER)
    assert ended
    assert not spared
    assert larger.rows()["product"] == 30


def test_a_reseed_waits_for_no_reader_and_readers_do_not_wait(sandbox, place):
    """With readers idle in transactions, rows are replaced, and each read takes as long as ever."""
    place.create()
    finished = threading.Event()

    def read() -> list[float]:
        seconds = []
        while not finished.is_set():
            started = time.monotonic()
            place.as_caller.execute("select count(*) from product")
            seconds.append(time.monotonic() - started)
        return seconds

    with idle_reader(sandbox, place) as ended, ThreadPoolExecutor(1) as pool:
        reads = pool.submit(read)
        larger = place.update(seed=LARGER)
        larger.update(seed=TINY | {"num_products": "13"})
        finished.set()
        assert max(reads.result()) < 20  # a generous guard: a reader behind a lock waits until the idle one ends
    assert not ended
    assert place.rows()["product"] == 13


def deleted_twice(place: SeededPlace) -> None:
    """Send the Delete of a stack that owns its namespace, twice; both must succeed and leave no file."""
    for _ in range(2):
        event = place.event("Delete")
        event["ResourceProperties"]["OwnsNamespace"] = "true"
        answer = place.send(event)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert not place.lake()


@pytest.mark.parametrize("remove", [by_hand.delete_the_workgroup, by_hand.delete_the_secret])
def test_a_delete_of_the_stack_without_warehouse_or_secret(lone, stack_is, remove):
    """Nothing else is needed: CloudFormation deletes the namespace next."""
    lone.create()
    remove(lone)
    stack_is("DELETE_IN_PROGRESS")
    deleted_twice(lone)


@pytest.mark.slow
@pytest.mark.parametrize("remove", [by_hand.drop_the_database, by_hand.drop_the_schema])
def test_a_delete_of_the_stack_without_database_or_schema(place, stack_is, remove):
    """What remains is removed."""
    place.create()
    remove(place)
    stack_is("DELETE_IN_PROGRESS")
    deleted_twice(place)
    assert place.database not in place.with_changes(database="dev").databases()


def test_a_delete_without_secret_in_the_namespace_of_another_stack_names_the_cause(lone):
    """There the tables would remain, so it fails, and succeeds once the secret is back."""
    lone.create()
    by_hand.delete_the_secret(lone)
    answer = lone.send(lone.event("Delete"))
    assert answer["Status"] == "FAILED"
    assert "can't find the specified secret" in answer["Reason"]


def test_a_delete_without_bucket_and_workgroup(lone):
    """Nothing is left to do, for the place and for the lake."""
    lone.create()
    by_hand.delete_the_workgroup(lone)
    bucket = boto3.resource("s3").Bucket(lone.bucket)
    bucket.object_versions.delete()
    bucket.delete()
    for _ in range(2):
        lone.delete()
        lone.delete(ResourceType=LAKE_TYPE, ResourceProperties={"Bucket": lone.bucket})


def test_a_delete_keeps_a_view_that_has_the_name_of_a_table(place, monkeypatch):
    """The view and the renamed table, which the seeder did not create, are left in a database that stays."""
    place.create()
    monkeypatch.setattr("supplychain.warehouse.place._CREATED_DATABASE", "another.json")
    place.admin.execute("alter table public.product rename to product_old")
    place.admin.execute("create view public.product as select * from public.product_old")
    place.delete()
    assert place.admin.execute("select count(*) from public.product").rows == [(12,)]
    names = place.admin.execute("select table_name from svv_tables where table_schema = 'public' order by 1").rows
    assert names == [("product",), ("product_old",)]
