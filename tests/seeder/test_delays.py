"""Life-cycle cases with delays and transient errors, and loads that fail in their last checks."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pyarrow as pa
import pyarrow.csv
import pytest
from botocore.exceptions import ClientError

from local.tests.engine import slow_query
from redshift_sandbox.testing import Sandbox
from supplychain import generator
from supplychain.generator import generate
from supplychain.seeder import handler
from supplychain.warehouse import data_api
from supplychain.warehouse.data_api import StatementError
from tests.seeder.harness import TINY, Context, SeededPlace

LARGER = TINY | {"num_products": "30"}


@contextmanager
def locked(aws: Sandbox, place: SeededPlace, seconds: float) -> Iterator[None]:
    """Hold a lock on a table, for which a load must wait."""
    with ThreadPoolExecutor(1) as pool:
        holding: Future[str] = pool.submit(
            place.admin.batch,
            ["lock public.sales_order_line", slow_query(aws, place.workgroup, place.database, seconds)],
        )
        time.sleep(1)
        yield
        with suppress(StatementError):  # a Delete of the place cancels it
            holding.result()


@pytest.mark.parametrize("method", ["insert", "copy"], ids=["case_03_insert", "case_32_copy"])
def test_the_deadline_passes_during_a_load(sandbox, place, method):
    """FAILED is answered before Lambda's timeout, running statements are cancelled, and readers see the old rows."""
    place.create()
    before = place.rows()
    new = place.with_changes(seed=LARGER, load={"load_method": method})
    with locked(sandbox, place, 12):
        started = time.monotonic()
        answer = place.send(new.event("Update", old=place), Context(seconds=handler.ANSWER_SECONDS + 5))
        taken = time.monotonic() - started
    assert answer["Status"] == "FAILED"
    assert "ran out of time" in answer["Reason"]
    assert taken < handler.ANSWER_SECONDS
    assert place.rows() == before
    assert place.admin.cancel_running() == 0


def test_case_06_delete_during_a_load(sandbox, place):
    """The load is cancelled and cannot commit, and the place is empty afterwards."""
    place.create()
    new = place.with_changes(seed=LARGER)
    with ThreadPoolExecutor(1) as pool, locked(sandbox, place, 6):
        running = pool.submit(new.send, new.event("Update", old=place))
        time.sleep(2)
        place.delete()
        answer = running.result()
    assert answer["Status"] == "FAILED"
    assert place.database not in place.databases()
    assert not place.generations()


@pytest.fixture
def on_event(monkeypatch):
    """Registers a function for a botocore event of all clients of the seeder."""
    make_clients = handler._clients

    def register(event: str, called) -> None:
        def watched():
            clients = make_clients()
            for client in (clients.s3, clients.serverless, clients.data):
                client.meta.events.register(event, called)
            return clients

        monkeypatch.setattr(handler, "_clients", watched)

    return register


@pytest.fixture
def refused(on_event):
    """Makes the Data API refuse matching requests of an operation a number of times, and lists them."""

    def refuse(operation: str, times: int, code: str, message: str, matches=lambda _body: True) -> list[str]:
        done: list[str] = []

        def answer(params, **_):
            if len(done) < times and matches(params["body"]):
                done.append(params["body"])
                raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

        on_event(f"before-call.redshift-data.{operation}", answer)
        return done

    return refuse


def test_case_26_the_seeder_waits_for_a_workgroup_that_is_being_modified(place, on_event, monkeypatch):
    """It polls until the workgroup is available."""
    calls = []

    def modifying_at_first(parsed, **_):
        calls.append(1)
        if len(calls) <= 2:
            parsed["workgroup"]["status"] = "MODIFYING"

    on_event("after-call.redshift-serverless.GetWorkgroup", modifying_at_first)
    monkeypatch.setattr("supplychain.warehouse.place._POLL_SECONDS", 0.1)
    place.create()
    assert len(calls) > 2


def test_case_28_the_seeder_waits_for_a_secret_that_cannot_be_read_yet(place, refused):
    """The Data API refuses the first statements, and the load succeeds nevertheless."""
    times = refused("ExecuteStatement", 2, "AccessDeniedException", "not authorized to perform GetSecretValue")
    place.create()
    assert len(times) == 2
    assert place.rows()["product"] == 12


def test_case_27_the_seeder_waits_for_a_cold_warehouse(sandbox, place, monkeypatch):
    """It polls statements that run longer than one request waits."""
    place.create()
    monkeypatch.setattr(data_api, "_WAIT_SECONDS", 1)
    with locked(sandbox, place, 5):
        place.update(seed=LARGER)
    assert place.rows()["product"] == 30


def test_case_25_a_lost_session_is_replaced(place, refused):
    """The rows are staged again in a new session, and are complete."""
    lost = refused(
        "BatchExecuteStatement",
        1,
        "ValidationException",
        "Session is not available",
        matches=lambda body: "SessionId" in json.loads(body),
    )
    place.create()
    assert lost
    assert place.rows()["product"] == 12


@pytest.mark.parametrize(
    ("table", "code", "condition"),
    [
        ("product", "PROD0001", "product has each (product_code) once"),
        ("warehouse_product", "NONE", "every (product_code) of warehouse_product is in product"),
    ],
    ids=["key", "reference"],
)
def test_case_24_a_broken_key_or_reference_aborts_the_transaction(place, monkeypatch, table, code, condition):
    """With correct row counts, the check of the key or reference fails, and no row is visible."""
    make_block = generator.make_block

    def broken(plan, index):
        tables = make_block(plan, index)
        rows = tables[table]
        if rows.num_rows:
            codes = [*rows.column("product_code").to_pylist()[:-1], code]
            position = rows.column_names.index("product_code")
            tables[table] = rows.set_column(position, "product_code", pa.array(codes))
        return tables

    monkeypatch.setattr(generate, "make_block", broken)
    answer = place.send(place.event("Create"))
    assert answer["Status"] == "FAILED"
    assert f"checking that {condition} failed" in answer["Reason"]
    assert set(place.rows().values()) == {0}
