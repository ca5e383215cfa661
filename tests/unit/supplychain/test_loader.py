"""A load commits in one batch, however many statements it needs."""

import datetime as dt
from itertools import combinations

import boto3
import pytest
from botocore.stub import Stubber

from supplychain.dataset.manifest import Manifest, TableContents
from supplychain.dataset.storage import S3Storage
from supplychain.schema import TABLE_NAMES, TABLES
from supplychain.settings import Grantee, LoadSettings, SeedSettings
from supplychain.warehouse.comments import comment_statements
from supplychain.warehouse.data_api import BATCH_STATEMENTS, STATEMENT_BYTES, DataApi
from supplychain.warehouse.loader import _MAX_STEP_BYTES, Loader, WarehouseState, _batches
from supplychain.warehouse.record import Record
from supplychain.warehouse.results import Result
from supplychain.warehouse.transaction import Step

ID = "11111111-2222-3333-4444-555555555555"
CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
MANIFEST = Manifest.of(
    SeedSettings(),
    dt.date(2026, 1, 31),
    {name: TableContents(rows=1, digest="0" * 64, files=()) for name in TABLE_NAMES},
)
GRANTED_BEFORE = Record("g", "d", "2026-01-31", 42, 1, (Grantee("user", "gone"),))


@pytest.mark.parametrize("number", range(len(TABLES) + 1))
def test_the_largest_commit_fits_one_batch(number):
    """With any tables to rebuild, a grant and a revoke, it stays within the Data API's quota of statements."""
    sent = []
    client = boto3.client("redshift-data", **CREDENTIALS)
    client.meta.events.register(
        "provide-client-params.redshift-data.BatchExecuteStatement", lambda params, **_: sent.append(params["Sqls"])
    )
    store = S3Storage(boto3.client("s3", **CREDENTIALS), "lake", "place/g/")
    for drifted in combinations(TABLES, number):
        with Stubber(client) as stubber:
            if drifted:  # the query for dependent views
                stubber.add_response("execute_statement", {"Id": ID, "Status": "FINISHED"})
                stubber.add_client_error("get_statement_result", "ResourceNotFoundException", "no result")
            stubber.add_response("batch_execute_statement", {"Id": ID, "Status": "FINISHED"})
            loader = Loader(
                api=DataApi(client, "workgroup", "database"),
                settings=LoadSettings(load_method="copy"),
                request="r",
                copy_role="arn:aws:iam::000000000000:role/copy",
            )
            loader.load(store, MANIFEST, WarehouseState(GRANTED_BEFORE, drifted))
    assert max(map(len, sent)) <= BATCH_STATEMENTS
    assert any(sql.startswith("revoke") for sql in sent[0])


def test_a_batch_stays_below_the_size_of_a_statement():
    """All its statements together, in case the quota applies to the request; each also stays within the number."""
    steps = [Step("x" * size, "") for size in (60_000, 50_000, 99_000, 10, *[10] * 100)]
    batches = list(_batches(steps))
    assert [step for batch in batches for step in batch] == steps
    assert max(sum(len(step.sql) for step in batch) for batch in batches) < STATEMENT_BYTES
    assert max(map(len, batches)) == BATCH_STATEMENTS - 1
    assert [len(batch) for batch in batches][:2] == [1, 1]


def test_a_step_of_the_largest_size_is_a_batch_of_its_own():
    """With the statement that sets the time limit it still fits."""
    largest = Step("x" * _MAX_STEP_BYTES, "")
    assert [len(batch) for batch in _batches([largest, largest])] == [1, 1]
    assert _MAX_STEP_BYTES + len(f"set statement_timeout to {10**9}") <= STATEMENT_BYTES


def test_only_comments_that_differ_are_set():
    """After a first deployment there is nothing to do; a table that is rebuilt loses all its comments."""
    comments = [(table.name, "", table.comment) for table in TABLES]
    comments += [(table.name, column.name, column.comment) for table in TABLES for column in table.columns]
    assert comment_statements(Result((), comments), rebuilt=()) == []
    assert len(comment_statements(Result((), []), rebuilt=())) == len(comments)
    changed = [("product", "", "something else"), *comments[1:]]
    (statement,) = comment_statements(Result((), changed), rebuilt=())
    assert statement == f"comment on table public.product is '{TABLES[0].comment}'"
    assert len(comment_statements(Result((), comments), rebuilt=[TABLES[0]])) == 1 + len(TABLES[0].columns)
