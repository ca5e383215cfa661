"""Life-cycle cases in which something is slow, busy, not there yet, or awkward to write down."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import boto3
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from local.tests.engine import slow_query
from redshift_sandbox.testing import Sandbox
from supplychain import generator
from supplychain.dataset.storage import FolderStorage
from supplychain.generator import generate, generate_dataset
from supplychain.seeder import handler
from supplychain.settings import SeedSettings, read
from supplychain.warehouse import data_api
from supplychain.warehouse.data_api import StatementError
from tests.seeder.harness import BUCKET, TINY, Context, World

LARGER = TINY | {"num_products": "30"}


@contextmanager
def locked(aws: Sandbox, world: World, seconds: float) -> Iterator[None]:
    """Hold a lock on a table that a load must wait for."""
    with ThreadPoolExecutor(1) as pool:
        holding: Future[str] = pool.submit(
            world.admin.batch,
            ["lock public.sales_order_line", slow_query(aws, world.workgroup, world.database, seconds)],
        )
        time.sleep(1)
        yield
        with suppress(StatementError):  # a Delete of the place cancels it too
            holding.result()


@pytest.mark.parametrize("method", ["insert", "copy"], ids=["case_03_insert", "case_32_copy"])
def test_the_deadline_comes_in_mid_load(sandbox, world, method):
    """FAILED is answered before Lambda gives up, what ran is cancelled, and readers see the old rows."""
    world.create()
    before = world.rows()
    new = world.but(seed=LARGER, load={"load_method": method})
    with locked(sandbox, world, 12):
        started = time.monotonic()
        answer = world.send(new.event("Update", old=world), Context(seconds=handler.ANSWER_SECONDS + 5))
        taken = time.monotonic() - started
    assert answer["Status"] == "FAILED"
    assert "ran out of time" in answer["Reason"]
    assert taken < handler.ANSWER_SECONDS
    assert world.rows() == before
    assert world.admin.cancel_running() == 0


def test_case_06_delete_while_a_load_still_runs(sandbox, world):
    """The load is cancelled and cannot commit; the place is empty afterwards."""
    world.create()
    new = world.but(seed=LARGER)
    with ThreadPoolExecutor(1) as pool, locked(sandbox, world, 6):
        running = pool.submit(new.send, new.event("Update", old=world))
        time.sleep(2)
        world.delete()
        answer = running.result()
    assert answer["Status"] == "FAILED"
    assert world.database not in world.databases()
    assert not world.generations()


@pytest.fixture
def on_event(monkeypatch):
    """Has a function called on an event of botocore's, whichever of the seeder's clients it is of."""
    clients = handler._aws

    def register(event: str, called) -> None:
        def watched():
            aws = clients()
            for client in (aws.s3, aws.serverless, aws.data):
                client.meta.events.register(event, called)
            return aws

        monkeypatch.setattr(handler, "_aws", watched)

    return register


@pytest.fixture
def refused(on_event):
    """Has an operation of the Data API refused as often as asked, where its request is such; lists when it was."""

    def refuse(operation: str, times: int, code: str, message: str, such=lambda _body: True) -> list[str]:
        done: list[str] = []

        def answer(params, **_):
            if len(done) < times and such(params["body"]):
                done.append(params["body"])
                raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

        on_event(f"before-call.redshift-data.{operation}", answer)
        return done

    return refuse


def test_case_26_a_workgroup_that_is_modifying_is_waited_for(world, on_event, monkeypatch):
    """The seeder asks again until it is available."""
    asked = []

    def modifying_at_first(parsed, **_):
        asked.append(1)
        if len(asked) <= 2:
            parsed["workgroup"]["status"] = "MODIFYING"

    on_event("after-call.redshift-serverless.GetWorkgroup", modifying_at_first)
    monkeypatch.setattr("supplychain.warehouse.place._POLL_SECONDS", 0.1)
    world.create()
    assert len(asked) > 2


def test_case_28_a_secret_that_cannot_be_read_yet_is_waited_for(world, refused):
    """The Data API refuses the first statements; the load succeeds all the same, and loads once."""
    times = refused("ExecuteStatement", 2, "AccessDeniedException", "not authorized to perform GetSecretValue")
    world.create()
    assert len(times) == 2
    assert world.rows()["product"] == 12


def test_case_27_a_cold_warehouse_is_waited_for(sandbox, world, monkeypatch):
    """Statements that do not end for longer than one request waits are asked for again."""
    world.create()
    monkeypatch.setattr(data_api, "_WAIT_SECONDS", 1)
    with locked(sandbox, world, 5):
        world.update(seed=LARGER)
    assert world.rows()["product"] == 30


def test_case_25_a_session_lost_in_mid_load_is_begun_again(world, refused):
    """Its temporary tables are staged anew, and the rows are whole."""
    lost = refused(
        "BatchExecuteStatement",
        1,
        "ValidationException",
        "Session is not available",
        such=lambda body: "SessionId" in json.loads(body),
    )
    world.create()
    assert lost
    assert world.rows()["product"] == 12


@pytest.mark.parametrize(
    ("table", "code", "claim"),
    [
        ("product", "PROD0001", "product has each (product_code) once"),
        ("warehouse_product", "NONE", "every (product_code) of warehouse_product is in product"),
    ],
    ids=["key", "reference"],
)
def test_case_24_a_broken_key_or_reference_aborts_the_transaction(world, monkeypatch, table, code, claim):
    """Where every count is right, the check of the key or the reference fails, and no row is visible."""
    make_block = generator.make_block

    def broken(plan, index):
        tables = make_block(plan, index)
        rows = tables[table]
        if rows.num_rows:
            codes = [*rows.column("product_code").to_pylist()[:-1], code]
            place = rows.column_names.index("product_code")
            tables[table] = rows.set_column(place, "product_code", pa.array(codes))
        return tables

    monkeypatch.setattr(generate, "make_block", broken)
    answer = world.send(world.event("Create"))
    assert answer["Status"] == "FAILED"
    assert f"checking that {claim} failed" in answer["Reason"]
    assert set(world.rows().values()) == {0}


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
def test_case_38_awkward_values_are_the_same_in_warehouse_lake_and_csv(world, monkeypatch, tmp_path, method):
    """Quotes, backslashes, line breaks, percent signs, non-ASCII at the byte limit, NULL in words, empty text."""
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
    world = world.but(load={"load_method": method})
    world.create()
    expected = [(name, None if number % 2 else "") for number, name in enumerate(AWKWARD)]
    loaded = world.admin.execute("select product_name, product_group from public.product order by product_code").rows
    assert loaded == expected
    (key,) = [key for key in world.lake() if "/product/" in key]
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
