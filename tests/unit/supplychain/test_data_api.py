"""The Data API client against botocore's Stubber: waiting, errors, retries, timeouts."""

import datetime as dt

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from supplychain.warehouse import data_api, deadline
from supplychain.warehouse.data_api import (
    DataApi,
    Session,
    SessionDeniedError,
    SessionLostError,
    StatementError,
)
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
    """Pages are combined; dates and numerics are text, as the Data API returns them."""
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
    assert result.rows[0] == (1, "a", "2026-01-31", "1.50", True, 0.5)


DENIED = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: redshift-data:BatchExecuteStatement"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_a_session_that_iam_denies_is_not_a_lost_one(client, code):
    """A request with a SessionId names no workgroup, so a policy that names workgroups may deny it."""
    client.stubber.add_client_error("batch_execute_statement", code, DENIED, 400)
    with pytest.raises(SessionDeniedError, match="not authorized to perform"):
        api(client).batch(["select 1"], session=Session(id=ID))


def test_denied_credentials_are_a_client_error_outside_a_session(client):
    """The Data API reports a secret that may not be read as a ValidationException; it is retried as an access error."""
    client.stubber.add_client_error("batch_execute_statement", "ValidationException", DENIED, 400)
    with pytest.raises(ClientError, match="not authorized to perform"):
        api(client).batch(["select 1"], session=Session())


@pytest.mark.parametrize("message", ["Session 1 is busy: statement 2 is running in it.", "The session is in use"])
def test_a_busy_session_is_tried_again(client, slept, message):
    """The temporary tables of the session would be lost with it."""
    for _ in range(2):
        client.stubber.add_client_error("batch_execute_statement", "ValidationException", message, 400)
    client.stubber.add_response("batch_execute_statement", {"Id": ID, "Status": "FINISHED"}, None)
    assert api(client).batch(["select 1"], session=Session(id=ID)) == ID
    assert len(slept) == 2


def test_a_session_that_stays_busy_is_given_up(client, monkeypatch):
    """The load then starts again with a new one."""
    monkeypatch.setattr(data_api, "_BUSY_SESSION_SECONDS", -1)
    client.stubber.add_client_error("batch_execute_statement", "ValidationException", "Session 1 is busy", 400)
    with pytest.raises(SessionLostError, match="busy"):
        api(client).batch(["select 1"], session=Session(id=ID))


def test_polling_pauses_if_the_service_does_not_wait(client, slept):
    """Where WaitTimeSeconds is ignored, the pauses between polls increase, up to five seconds."""
    client.stubber.add_response("execute_statement", {"Id": ID, "Status": "SUBMITTED"}, None)
    for _ in range(20):
        client.stubber.add_response("describe_statement", described("STARTED"), {"Id": ID, "WaitTimeSeconds": 30})
    client.stubber.add_response("describe_statement", described("FINISHED"), {"Id": ID, "WaitTimeSeconds": 30})
    client.stubber.add_client_error("get_statement_result", "ResourceNotFoundException", "no result", 400)
    api(client).execute("select 1")
    assert len(slept) == 20
    assert max(slept[:2]) < 0.2
    assert 2 < max(slept[-5:]) <= 5
    assert sum(slept[:5]) < sum(slept[5:10]) < sum(slept[10:15])
