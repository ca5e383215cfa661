"""Every operation against botocore's model of its service: valid requests and responses, and invalid requests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape

from local.tests.plain_http import Service
from local.tests.warehouse import Warehouse, await_status
from redshift_sandbox.aws.model import service_model, violations
from redshift_sandbox.testing import Sandbox

UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"
UNSUPPORTED = 501


@pytest.fixture(scope="module")
def data(sandbox: Sandbox) -> Service:
    return Service("redshift-data", sandbox.port)


@pytest.fixture(scope="module")
def serverless(sandbox: Sandbox) -> Service:
    return Service("redshift-serverless", sandbox.port)


@pytest.fixture(scope="module")
def data_requests(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """A valid request for each operation of redshift-data, with all members that can be combined."""
    target = warehouse.target
    warehouse.do("CREATE SCHEMA modelled", "CREATE TABLE modelled.things (id INT NOT NULL, name VARCHAR(30))")
    common = {
        "ClientToken": "a-token",
        "Parameters": [{"name": "n", "value": "1"}],
        "ResultFormat": "JSON",
        "SessionKeepAliveSeconds": 1,
        "StatementName": "modelled",
        "WaitTimeSeconds": 10,
    }
    finished = warehouse.run("SELECT 1")["Id"]
    csv = warehouse.run("SELECT 1", ResultFormat="CSV")["Id"]
    running = warehouse.data.execute_statement(Sql=warehouse.slow_query(30), **target)["Id"]
    paged = {**target, "ConnectedDatabase": target["Database"], "MaxResults": 10}
    listed = {"Database": target["Database"], "MaxResults": 10, "RoleLevel": True, "WorkgroupName": warehouse.name}
    return {
        "ExecuteStatement": {"Sql": "SELECT :n", **target, **common},
        "BatchExecuteStatement": {
            "Sqls": ["SELECT :n", "SELECT 2"], **target, **common, "ClientToken": "b", "ExecutionMode": "AUTO_COMMIT",
        },
        "DescribeStatement": {"Id": finished, "WaitTimeSeconds": 1},
        "GetStatementResult": {"Id": finished, "WaitTimeSeconds": 1},
        "GetStatementResultV2": {"Id": csv, "WaitTimeSeconds": 1},
        "ListStatements": {**listed, "StatementName": "modelled", "Status": "ALL"},
        "ListSessions": {**listed, "Status": "AVAILABLE"},
        "CancelStatement": {"Id": running},
        "ListDatabases": {**target, "MaxResults": 10},
        "ListSchemas": {**paged, "SchemaPattern": "mod%"},
        "ListTables": {**paged, "SchemaPattern": "modelled", "TablePattern": "thing_"},
        "DescribeTable": {**paged, "Schema": "modelled", "Table": "things"},
    }  # fmt: skip


@pytest.fixture(scope="module")
def serverless_requests(sandbox: Sandbox, warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """A valid request for each supported operation of redshift-serverless, in an order that works."""
    api = sandbox.client("redshift-serverless")
    arn = api.get_workgroup(workgroupName=warehouse.name)["workgroup"]["workgroupArn"]
    return {
        "CreateNamespace": {
            "namespaceName": "modelled", "dbName": "shop", "adminUsername": "boss", "adminUserPassword": "Secret123",
            "iamRoles": [], "logExports": ["userlog"], "tags": [{"key": "a", "value": "b"}],
        },
        "UpdateNamespace": {"namespaceName": "modelled", "logExports": ["useractivitylog"]},
        "CreateWorkgroup": {
            "workgroupName": "modelled", "namespaceName": "modelled", "baseCapacity": 8, "maxCapacity": 16,
            "ipAddressType": "ipv4", "trackName": "current", "configParameters": [
                {"parameterKey": "max_query_execution_time", "parameterValue": "60"}
            ],
        },
        "GetNamespace": {"namespaceName": warehouse.name},
        "ListNamespaces": {"maxResults": 10},
        "GetWorkgroup": {"workgroupName": warehouse.name},
        "ListWorkgroups": {"maxResults": 10},
        "GetCredentials": {"workgroupName": warehouse.name, "dbName": "shop", "durationSeconds": 900},
        "TagResource": {"resourceArn": arn, "tags": [{"key": "a", "value": ""}]},
        "ListTagsForResource": {"resourceArn": arn},
        "UntagResource": {"resourceArn": arn, "tagKeys": ["a"]},
        "UpdateWorkgroup": {"workgroupName": "modelled", "enhancedVpcRouting": True},
        "DeleteWorkgroup": {"workgroupName": "modelled"},
        "DeleteNamespace": {"namespaceName": "modelled"},
    }  # fmt: skip


def bad_requests(shape: StructureShape, valid: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield invalid variants of a valid request: what is wrong, the request, and the expected error code."""
    for name in shape.required_members:
        yield f"{name} missing", {key: value for key, value in valid.items() if key != name}, "ValidationException"
    for name, member in shape.members.items():
        if name not in valid:
            continue
        for reason, value, code in bad_values(member, valid[name]):
            yield f"{name}: {reason}", {**valid, name: value}, code


def bad_values(shape: Shape, valid: Any) -> Iterator[tuple[str, Any, str]]:
    """Yield values that violate a shape."""
    yield "another type", "text" if shape.type_name != "string" else 1, "SerializationException"
    for reason, value in values_out_of_bounds(shape, valid):
        yield reason, value, "ValidationException"
    if isinstance(shape, StructureShape):
        yield from bad_requests(shape, valid)
    if isinstance(shape, ListShape) and valid:
        for reason, value, code in bad_values(shape.member, valid[0]):
            yield f"in an element: {reason}", [value], code


def values_out_of_bounds(shape: Shape, valid: Any) -> Iterator[tuple[str, Any]]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    measured = shape.type_name in {"string", "list"}
    unit: Any = "x" if shape.type_name == "string" else valid[:1] if measured else None
    if low is not None and not (measured and low == 0):
        yield "below the minimum", unit * (low - 1) if measured else low - 1
    if high is not None:
        yield "above the maximum", unit * (high + 1) if measured else high + 1
    if shape.metadata.get("pattern"):
        yield "not matching the pattern", "Not/A+Name"
    if shape.metadata.get("enum"):
        yield "not in the enum", "SOMETHING"


def require_all_rejected(service: Service, requests: dict[str, dict[str, Any]]) -> int:
    """Send every invalid request of every operation; return their number."""
    model, wrong, count = service_model(service.name), [], 0
    for operation, valid in requests.items():
        for reason, request, code in bad_requests(model.operation_model(operation).input_shape, valid):
            answer = service.call(operation, request)
            count += 1
            if (answer.status, answer.code) != (400, code):
                wrong.append(f"{operation} with {reason}: {answer.status} {answer.code}, not {code}: {answer.body}")
        for body in (b"[]", b'"text"', b"{", b"\xff", b"[" * 100_000):
            answer = service.post(operation, body)
            if answer.status != 400:
                wrong.append(f"{operation} with {body[:20]!r}: {answer.status} {answer.code}")
    assert not wrong, "\n".join(wrong)
    return count


def test_redshift_data_rejects_invalid_requests(data: Service, data_requests):
    """A missing member, or one with a wrong length, pattern, enum value, range or type."""
    assert set(data_requests) == set(service_model("redshift-data").operation_names), "every operation is called"
    assert require_all_rejected(data, data_requests) > 150
    for body in (rb'{"Sql": "\ud800"}', b'{"Sql": "\xff"}'):
        assert data.post("ExecuteStatement", body).code == "SerializationException", "a lone surrogate"


def test_redshift_serverless_rejects_invalid_requests(serverless: Service, serverless_requests):
    """The same for every supported operation."""
    assert require_all_rejected(serverless, serverless_requests) > 60


@pytest.mark.usefixtures("data_requests")
def test_redshift_data_responses_match_the_model(data: Service, data_requests):
    """Each valid request succeeds, and the response has members of the model's types and is not empty."""
    for operation, request in data_requests.items():
        require_answer(data, operation, request)


def test_redshift_serverless_responses_match_the_model(sandbox: Sandbox, serverless: Service, serverless_requests):
    """The same, waiting for the workgroup between changes."""
    api = sandbox.client("redshift-serverless")
    for operation, request in serverless_requests.items():
        if operation in {"UpdateWorkgroup", "DeleteWorkgroup"}:
            await_status(api, "modelled", "AVAILABLE")
        if operation == "DeleteNamespace":
            await_status(api, "modelled", None)
        require_answer(serverless, operation, request)


def require_answer(service: Service, operation: str, request: dict[str, Any]) -> None:
    answer = service.call(operation, request)
    assert answer.status == 200, f"{operation}: {answer.body}"
    shape = service_model(service.name).operation_model(operation).output_shape
    assert set(answer.body) <= set(shape.members)
    assert set(shape.required_members) <= set(answer.body)
    assert not violations(shape, answer.body), operation
    assert answer.body or not shape.members, f"{operation} has an empty response"


def test_unsupported_and_unknown_operations(serverless: Service):
    """They are UnsupportedOperation and UnknownOperationException."""
    answer = serverless.call("CreateSnapshot", {"namespaceName": "abc", "snapshotName": "s"})
    assert (answer.status, answer.code) == (UNSUPPORTED, "UnsupportedOperation")
    assert "CreateSnapshot" in answer.body["message"]
    assert serverless.call("CreateCastle", {}).code == "UnknownOperationException"


def require_error(client: Any, call: Callable[..., Any], code: str, request: dict[str, Any], status: int = 400) -> str:
    """Make a call that must raise the client's exception with this code; return its message."""
    with pytest.raises(getattr(client.exceptions, code, ClientError)) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    return caught.value.response["Error"]["Message"]


def test_targets_are_checked(warehouse: Warehouse):
    """A request needs either a cluster or a workgroup, a database, and a secret that exists."""
    data, target = warehouse.data, warehouse.target
    without = {name: value for name, value in target.items() if name != "WorkgroupName"}
    bad = {
        "neither": (without, "Either ClusterIdentifier or WorkgroupName"),
        "both": ({**target, "ClusterIdentifier": "c"}, "Either ClusterIdentifier or WorkgroupName"),
        "a cluster": ({**without, "ClusterIdentifier": "c"}, "endpoint doesn't exist"),
        "another workgroup": ({**target, "WorkgroupName": "nowhere"}, "endpoint doesn't exist"),
        "DbUser": ({**target, "DbUser": "me"}, "DbUser"),
        "no database": ({"WorkgroupName": warehouse.name}, "Database"),
        "another secret": ({**target, "SecretArn": "arn:aws:secretsmanager:us-east-1:0:secret:none"}, "secret"),
    }
    for call, more in (
        (data.execute_statement, {"Sql": "SELECT 1"}),
        (data.batch_execute_statement, {"Sqls": ["SELECT 1"]}),
        (data.list_databases, {}),
    ):
        for request, part in bad.values():
            assert part in require_error(data, call, "ValidationException", {**request, **more})


def test_unknown_ids_are_not_found(warehouse: Warehouse):
    """Ids of statements, sub-statements and sessions."""
    data = warehouse.data
    batch = warehouse.run_batch("SELECT 1")["Id"]
    calls = (data.describe_statement, data.get_statement_result, data.get_statement_result_v2, data.cancel_statement)
    for call in calls:
        require_error(data, call, "ResourceNotFoundException", {"Id": UNKNOWN_ID})
    for call in calls[:3]:
        require_error(data, call, "ResourceNotFoundException", {"Id": f"{batch}:2"})
    require_error(data, data.list_sessions, "ResourceNotFoundException", {"SessionId": UNKNOWN_ID})


def test_results_that_do_not_exist(warehouse: Warehouse):
    """Of a running or failed statement, of a statement without rows, and in the other format."""
    data = warehouse.data
    running = data.execute_statement(Sql=warehouse.slow_query(30), **warehouse.target)["Id"]
    failed = warehouse.run("SELECT 1/0")["Id"]
    silent = warehouse.run("CREATE TABLE silent (n INT)")["Id"]
    for identifier in (running, failed, silent):
        message = require_error(data, data.get_statement_result, "ResourceNotFoundException", {"Id": identifier})
        assert message.startswith("Query does not have result")
    data.cancel_statement(Id=running)
    rows = warehouse.run("SELECT 1")["Id"]
    assert "V2" not in require_error(data, data.get_statement_result_v2, "ValidationException", {"Id": rows})


def test_a_statement_that_has_ended_cannot_be_cancelled(warehouse: Warehouse):
    """The message has its status."""
    for sql, status in (("SELECT 1", "FINISHED"), ("SELECT 1/0", "FAILED")):
        identifier = warehouse.run(sql)["Id"]
        call = warehouse.data.cancel_statement
        message = require_error(warehouse.data, call, "ValidationException", {"Id": identifier})
        assert message == f"Could not cancel a query that is already in {status} state with ID: {identifier}"


def test_next_tokens_belong_to_their_list(warehouse: Warehouse):
    """A NextToken that is invalid, or of another operation or statement, is rejected."""
    data, target = warehouse.data, warehouse.target
    warehouse.do("SELECT 1", "SELECT 2")
    token = data.list_statements(MaxResults=1)["NextToken"]
    for wrong in ("0", "x", token[:-4], "IiI="):
        require_error(data, data.list_statements, "ValidationException", {"NextToken": wrong})
    require_error(data, data.list_schemas, "ValidationException", {"NextToken": token, **target})
    require_error(data, data.list_sessions, "ValidationException", {"NextToken": token})
    identifier = warehouse.run("SELECT 1")["Id"]
    require_error(data, data.get_statement_result, "ValidationException", {"Id": identifier, "NextToken": token})


def test_statements_that_are_rejected(warehouse: Warehouse):
    """41 statements, one over 100 KB, an empty one, two in one, a client token with other parameters."""
    data, target = warehouse.data, warehouse.target
    batch, execute = data.batch_execute_statement, data.execute_statement
    require_error(data, batch, "ValidationException", {"Sqls": ["SELECT 1"] * 41, **target})
    long = "SELECT 1 -- " + "x" * 100_000
    require_error(data, execute, "ValidationException", {"Sql": long, **target})
    require_error(data, batch, "ValidationException", {"Sqls": ["SELECT 1", long], **target})
    require_error(data, execute, "ValidationException", {"Sql": " ", **target})
    first = execute(Sql="SELECT 1", ClientToken="same", **target)["Id"]
    assert execute(Sql="SELECT 1", ClientToken="same", **target)["Id"] == first
    require_error(data, execute, "ValidationException", {"Sql": "SELECT 2", "ClientToken": "same", **target})
    assert "ERROR" in warehouse.run("SELECT 1; SELECT 2")["Error"]


def test_sessions_that_cannot_be_used(warehouse: Warehouse):
    """An unknown, closed or busy one, or one given together with a target."""
    data, execute = warehouse.data, warehouse.data.execute_statement
    message = require_error(data, execute, "ValidationException", {"Sql": "SELECT 1", "SessionId": UNKNOWN_ID})
    assert message == f"Session with Id: {UNKNOWN_ID} is invalid"
    session = warehouse.run("SELECT 1", SessionKeepAliveSeconds=60)["SessionId"]
    request = {"Sql": "SELECT 1", "SessionId": session}
    require_error(data, execute, "ValidationException", {**request, "WorkgroupName": "another"})
    require_error(data, execute, "ValidationException", {**request, "Database": warehouse.database})
    running = execute(Sql=warehouse.slow_query(30), SessionId=session)["Id"]
    assert "busy" in require_error(data, execute, "ValidationException", request)
    data.cancel_statement(Id=running)
    warehouse.run("SELECT 1", SessionId=session, SessionKeepAliveSeconds=0)
    assert require_error(data, execute, "ValidationException", request) == "Session is not available"
    require_error(data, data.list_sessions, "ValidationException", {"SessionId": session, "Status": "CLOSED"})
    both = {"WorkgroupName": warehouse.name, "ClusterIdentifier": "c"}
    require_error(data, data.list_sessions, "ValidationException", both)
    require_error(data, data.list_statements, "ValidationException", both)


def test_a_database_that_does_not_exist(warehouse: Warehouse):
    """The catalog operations respond with DatabaseConnectionException, a server error as on AWS."""
    data = warehouse.data
    for call in (data.list_schemas, data.list_tables, data.describe_table):
        request = {**warehouse.target, "Database": "nowhere"}
        message = require_error(data, call, "DatabaseConnectionException", request, status=500)
        assert message == 'FATAL: database "nowhere" does not exist'
        request = {**warehouse.target, "ConnectedDatabase": "nowhere"}
        require_error(data, call, "DatabaseConnectionException", request, status=500)
