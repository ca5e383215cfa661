"""The Data API client against botocore's Stubber: waiting, errors, retries, timeouts."""

import datetime as dt
from decimal import Decimal

import boto3
import pyarrow as pa
import pytest
from botocore.stub import ANY, Stubber

from supplychain.cli.arrow_results import to_arrow
from supplychain.warehouse import deadline
from supplychain.warehouse.data_api import DataApi, Session, StatementError
from supplychain.warehouse.deadline import Deadline, OutOfTimeError

ID = "11111111-2222-3333-4444-555555555555"
NOW = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)


@pytest.fixture
def client():
    """A client whose calls are all answered by its Stubber."""
    client = boto3.client(
        "redshift-data", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    with Stubber(client) as stubber:
        client.stubber = stubber
        yield client
        stubber.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    """The pauses between retries, none of which takes time."""
    pauses = []
    monkeypatch.setattr(deadline.time, "sleep", pauses.append)
    return pauses


def api(client, **options) -> DataApi:
    return DataApi(client, "wg1", "db", **options)


def described(status: str, **more) -> dict:
    return {"Id": ID, "Status": status, "CreatedAt": NOW, **more}


def test_a_batch_is_submitted_once_and_waited_for(client):
    """It runs in the workgroup and database as the user of the secret, and its status is polled until it ends."""
    client.stubber.add_response(
        "batch_execute_statement",
        {"Id": ID, "Status": "SUBMITTED"},
        {
            "Sqls": ["a", "b"],
            "WorkgroupName": "wg1",
            "Database": "db",
            "SecretArn": "arn:s",
            "ClientToken": "t",
            "WaitTimeSeconds": 30,
        },
    )
    client.stubber.add_response("describe_statement", described("STARTED"), {"Id": ID, "WaitTimeSeconds": 30})
    client.stubber.add_response("describe_statement", described("FINISHED"), {"Id": ID, "WaitTimeSeconds": 30})
    calls = api(client, secret_arn="arn:s")
    assert calls.batch(["a", "b"], token="t") == ID
    assert calls.submissions == 1


def test_a_session_is_opened_once_and_then_used_by_its_id(client):
    """The first batch opens it; the next has its id instead of the target."""
    session = Session(keep_alive_seconds=60)
    client.stubber.add_response(
        "batch_execute_statement",
        {"Id": ID, "Status": "FINISHED", "SessionId": ID},
        {"Sqls": ["a"], "WorkgroupName": "wg1", "Database": "db", "SessionKeepAliveSeconds": 60, "WaitTimeSeconds": 30},
    )
    client.stubber.add_response(
        "batch_execute_statement",
        {"Id": ID, "Status": "FINISHED"},
        {"Sqls": ["b"], "SessionId": ID, "SessionKeepAliveSeconds": 60, "WaitTimeSeconds": 30},
    )
    calls = api(client)
    calls.batch(["a"], session=session)
    calls.batch(["b"], session=session)


def test_a_failed_batch_names_the_statement_that_failed(client):
    """The error has the message of the database and the position of the statement in the batch."""
    client.stubber.add_response("batch_execute_statement", {"Id": ID, "Status": "FAILED"}, None)
    client.stubber.add_response(
        "describe_statement",
        described(
            "FAILED",
            Error="the batch failed",
            SubStatements=[
                {"Id": f"{ID}:1", "Status": "FINISHED"},
                {"Id": f"{ID}:2", "Status": "FAILED", "Error": "ERROR: division by zero"},
                {"Id": f"{ID}:3", "Status": "ABORTED"},
            ],
        ),
        {"Id": ID},
    )
    with pytest.raises(StatementError, match="ERROR: division by zero") as error:
        api(client).batch(["select 1", "select 1/0", "select 2"])
    assert (error.value.index, error.value.sql) == (1, "select 1/0")


def test_an_aborted_statement_is_an_error(client):
    """A statement that was cancelled had no effect."""
    client.stubber.add_response("execute_statement", {"Id": ID, "Status": "ABORTED"}, None)
    client.stubber.add_response("describe_statement", described("ABORTED"), {"Id": ID})
    with pytest.raises(StatementError, match="the statement was ABORTED"):
        api(client).execute("select 1")


@pytest.mark.parametrize("code", ["ThrottlingException", "ActiveStatementsExceededException"])
def test_requests_to_a_busy_service_are_retried(client, slept, code):
    """Throttling and too many active statements are retried with increasing pauses."""
    for _ in range(3):
        client.stubber.add_client_error("execute_statement", code, "slow down", 400)
    client.stubber.add_response("execute_statement", {"Id": ID, "Status": "FINISHED"}, None)
    client.stubber.add_client_error(
        "get_statement_result", "ResourceNotFoundException", "Query does not have result. Please check query status"
    )
    assert api(client).execute("drop table x").rows == []
    assert slept == [0.5, 1.0, 2.0]


def test_a_service_that_stays_busy_runs_out_of_time(client):
    """Retries end at the deadline, and the error has the code of the service."""
    client.stubber.add_client_error("execute_statement", "ThrottlingException", "slow down", 400)
    with pytest.raises(OutOfTimeError, match="kept answering ThrottlingException"):
        api(client, deadline=Deadline.after(0.2)).execute("select 1")


def test_another_error_is_not_retried(client):
    """It is raised at once."""
    client.stubber.add_client_error("execute_statement", "ValidationException", "no such database", 400)
    with pytest.raises(client.exceptions.ValidationException):
        api(client).execute("select 1")


def test_a_statement_that_runs_past_the_deadline_is_cancelled(client):
    """Nothing keeps running after the error."""
    client.stubber.add_response(
        "execute_statement",
        {"Id": ID, "Status": "STARTED"},
        {"Sql": ANY, "WaitTimeSeconds": 1, "WorkgroupName": "wg1", "Database": "db"},
    )
    client.stubber.add_response("cancel_statement", {"Status": True}, {"Id": ID})
    with pytest.raises(OutOfTimeError, match="cancelled select pg_sleep"):
        api(client, deadline=Deadline.after(0)).execute("select pg_sleep(100)")


def test_results_come_from_all_pages_in_their_types(client):
    """Pages are combined, and dates and numerics, which the Data API returns as text, are converted for Arrow."""
    columns = [
        {"name": "n", "typeName": "int4"},
        {"name": "t", "label": "text", "typeName": "varchar"},
        {"name": "d", "typeName": "date"},
        {"name": "m", "typeName": "numeric", "precision": 10, "scale": 2},
        {"name": "b", "typeName": "bool"},
        {"name": "f", "typeName": "float8"},
    ]
    first = [{"longValue": 1}, {"stringValue": "a"}, {"stringValue": "2026-01-31"}, {"stringValue": "1.50"}]
    client.stubber.add_response("execute_statement", {"Id": ID, "Status": "FINISHED"}, None)
    client.stubber.add_response(
        "get_statement_result",
        {
            "ColumnMetadata": columns,
            "Records": [[*first, {"booleanValue": True}, {"doubleValue": 0.5}]],
            "NextToken": "more",
        },
        {"Id": ID},
    )
    client.stubber.add_response(
        "get_statement_result",
        {"ColumnMetadata": columns, "Records": [[{"isNull": True}] * 6]},
        {"Id": ID, "NextToken": "more"},
    )
    result = api(client).execute("select")
    assert result.names == ["n", "text", "d", "m", "b", "f"]
    assert result.rows[1] == (None,) * 6
    arrow = to_arrow(result)
    assert arrow.to_pylist()[0] == {
        "n": 1,
        "text": "a",
        "d": dt.date(2026, 1, 31),
        "m": Decimal("1.50"),
        "b": True,
        "f": 0.5,
    }
    assert arrow.schema.field("m").type == pa.decimal128(10, 2)
