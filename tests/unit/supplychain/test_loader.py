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
from supplychain.warehouse.data_api import BATCH_STATEMENTS, DataApi
from supplychain.warehouse.loader import Loader, WarehouseState
from supplychain.warehouse.record import Record

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
