"""The Redshift Data API: statements, batches, results, sessions, limits and errors."""

import json
import threading
import time

import psutil

from local.tests.plain_http import Service
from local.tests.warehouse import Warehouse, refused
from redshift_sandbox.testing import Sandbox


def test_execute_statement_returns_before_the_statement_ends(warehouse: Warehouse):
    """DescribeStatement then shows the status and, at the end, duration and row count."""
    made = warehouse.data.execute_statement(Sql=warehouse.slow_query(0.3), **warehouse.target)
    assert "Status" not in made
    early = warehouse.data.describe_statement(Id=made["Id"])
    assert early["Status"] in {"SUBMITTED", "PICKED", "STARTED"}
    assert (early["ResultRows"], early["Duration"]) == (-1, -1)
    late = warehouse.data.describe_statement(Id=made["Id"], WaitTimeSeconds=10)
    assert (late["Status"], late["ResultRows"], late["HasResultSet"]) == ("FINISHED", 1, True)
    assert late["Duration"] > 300_000_000


def test_values_are_in_the_fields_that_aws_uses(warehouse: Warehouse):
    """Integers are longValue, doubles doubleValue, booleans booleanValue, NULL isNull, everything else stringValue."""
    described = warehouse.run(
        "SELECT 1::int a, 2::bigint b, 1.5::float8 c, true d, 2.50::numeric(5,2) e, '2024-02-29'::date f,"
        " 'x'::varchar(3) g, NULL::int h"
    )
    answer = warehouse.data.get_statement_result(Id=described["Id"])
    assert answer["Records"] == [
        [
            {"longValue": 1}, {"longValue": 2}, {"doubleValue": 1.5}, {"booleanValue": True}, {"stringValue": "2.50"},
            {"stringValue": "2024-02-29"}, {"stringValue": "x"}, {"isNull": True},
        ]
    ]  # fmt: skip
    types = [
        (column["name"], column["typeName"], column["precision"], column["scale"])
        for column in answer["ColumnMetadata"]
    ]
    assert types == [
        ("a", "int4", 10, 0), ("b", "int8", 19, 0), ("c", "float8", 17, 17), ("d", "bool", 1, 0),
        ("e", "numeric", 5, 2),
        ("f", "date", 13, 0), ("g", "varchar", 3, 0), ("h", "int4", 10, 0),
    ]  # fmt: skip


def test_metadata_of_a_table_column(warehouse: Warehouse):
    """ColumnMetadata has its schema, table and nullability."""
    warehouse.do("CREATE TABLE described (id INT NOT NULL, word VARCHAR(20))")
    described = warehouse.run("SELECT id, word FROM described")
    columns = warehouse.data.get_statement_result(Id=described["Id"])["ColumnMetadata"]
    assert [(c["schemaName"], c["tableName"], c["nullable"]) for c in columns] == [
        ("public", "described", 0),
        ("public", "described", 1),
    ]


def test_a_long_result_is_paged(warehouse: Warehouse):
    """NextToken pages through a result of several megabytes, and TotalNumRows counts all rows."""
    warehouse.do("CREATE TABLE digits (d INT)", "INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
    described = warehouse.run("SELECT a.d, repeat('x', 500) FROM digits a, digits b, digits c, digits e")
    first = warehouse.data.get_statement_result(Id=described["Id"])
    assert first["TotalNumRows"] == 10_000
    assert len(first["Records"]) < 10_000
    assert len(warehouse.result(described["Id"])) == 10_000


def test_csv_results(warehouse: Warehouse):
    """A result in CSV format can only be read with GetStatementResultV2."""
    described = warehouse.run("SELECT 1 AS a, 'x,y' AS b, NULL::int AS c", ResultFormat="CSV")
    answer = warehouse.data.get_statement_result_v2(Id=described["Id"])
    assert answer["Records"] == [{"CSVRecords": 'a,b,c\r\n1,"x,y",\r\n'}]
    assert refused(warehouse.data.get_statement_result, Id=described["Id"])[0] == "ValidationException"


def test_a_failed_statement_has_an_error(warehouse: Warehouse):
    """Its status is FAILED, its error has Redshift's wording, and it has no result."""
    described = warehouse.run("SELECT * FROM no_such_table")
    assert (described["Status"], described["Error"]) == ("FAILED", 'ERROR: relation "no_such_table" does not exist')
    code, message = refused(warehouse.data.get_statement_result, Id=described["Id"])
    assert code == "ResourceNotFoundException"
    assert message.startswith("Query does not have result")


def test_a_batch_is_one_transaction(warehouse: Warehouse):
    """A failing statement undoes those before it and aborts those after it; the batch is FAILED."""
    warehouse.do("CREATE TABLE counted (n INT)")
    described = warehouse.run_batch(
        "INSERT INTO counted VALUES (1)",
        "SELECT 1 / CASE WHEN (SELECT COUNT(*) FROM counted) = 2 THEN 1 ELSE 0 END",
        "INSERT INTO counted VALUES (2)",
    )
    assert described["Status"] == "FAILED"
    assert [part["Status"] for part in described["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
    assert described["SubStatements"][1]["Error"] == "ERROR: division by zero"
    assert "division by zero" in described["Error"]
    assert warehouse.rows("SELECT COUNT(*) FROM counted") == [(0,)]


def test_a_batch_has_results_per_statement(warehouse: Warehouse):
    """The rows of a sub-statement are read by its id; the batch's id has no result."""
    described = warehouse.run_batch("SELECT 1", "SELECT 2")
    assert described["HasResultSet"]
    ids = [part["Id"] for part in described["SubStatements"]]
    assert ids == [f"{described['Id']}:1", f"{described['Id']}:2"]
    assert [warehouse.result(identifier) for identifier in ids] == [[(1,)], [(2,)]]
    assert refused(warehouse.data.get_statement_result, Id=described["Id"])[0] == "ResourceNotFoundException"


def test_a_batch_may_commit_each_statement(warehouse: Warehouse):
    """With AUTO_COMMIT a failure does not affect the other statements."""
    warehouse.do("CREATE TABLE each (n INT)")
    described = warehouse.run_batch(
        "INSERT INTO each VALUES (1)", "SELECT 1/0", "INSERT INTO each VALUES (2)", ExecutionMode="AUTO_COMMIT"
    )
    assert [part["Status"] for part in described["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert warehouse.rows("SELECT n FROM each ORDER BY n") == [(1,), (2,)]


def test_truncate_commits_the_batch_it_is_in(warehouse: Warehouse):
    """The effect of the statements before TRUNCATE is kept if the batch fails later."""
    warehouse.do("CREATE TABLE emptied (n INT)", "CREATE TABLE kept (n INT)", "INSERT INTO emptied VALUES (1)")
    described = warehouse.run_batch("INSERT INTO kept VALUES (1)", "TRUNCATE emptied", "SELECT 1/0")
    assert described["Status"] == "FAILED"
    assert warehouse.rows("SELECT (SELECT COUNT(*) FROM kept), (SELECT COUNT(*) FROM emptied)") == [(1, 0)]


def test_readers_see_the_old_rows_or_the_new(warehouse: Warehouse):
    """While batches replace a table's rows, readers always see the same number of rows."""
    values = ",".join(f"({n})" for n in range(200))
    warehouse.do("CREATE TABLE swapped (n INT)", f"INSERT INTO swapped VALUES {values}")
    counts: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            counts.append(warehouse.rows("SELECT COUNT(*) FROM swapped")[0][0])

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(10):
        assert (
            warehouse.run_batch("DELETE FROM swapped", f"INSERT INTO swapped VALUES {values}")["Status"] == "FINISHED"
        )
    stop.set()
    reader.join()
    assert set(counts) == {200}


def test_concurrent_changes_of_the_same_rows_fail_one_batch(warehouse: Warehouse):
    """Of two concurrent batches that delete the same rows, one fails with Redshift's error 1023."""
    warehouse.do("CREATE TABLE fought (n INT)", "INSERT INTO fought VALUES (1)")
    first = warehouse.data.batch_execute_statement(
        Sqls=["DELETE FROM fought", warehouse.slow_query(0.6), "INSERT INTO fought VALUES (2)"], **warehouse.target
    )
    time.sleep(0.2)
    second = warehouse.run_batch("DELETE FROM fought", "INSERT INTO fought VALUES (3)")
    assert warehouse.data.describe_statement(Id=first["Id"], WaitTimeSeconds=10)["Status"] == "FINISHED"
    assert second["Status"] == "FAILED"
    assert "1023" in second["Error"]
    assert warehouse.rows("SELECT n FROM fought") == [(2,)]


def test_named_parameters(warehouse: Warehouse):
    """The statement determines a parameter's type; each must be used, and none may be missing."""
    parameters = [{"name": "n", "value": "2"}, {"name": "word", "value": "it's a \\ :n"}]
    assert warehouse.rows("SELECT 1 + :n, :word::varchar, ':n'", Parameters=parameters) == [(3, "it's a \\ :n", ":n")]
    code, message = refused(warehouse.run, "SELECT 1", Parameters=parameters[:1])
    assert code == "ValidationException"
    assert "unused" in message
    assert refused(warehouse.run, "SELECT :a, :n", Parameters=parameters[:1])[0] == "ValidationException"


def test_requests_are_validated_by_the_service_model(warehouse: Warehouse):
    """More than 40 statements, a wait of 31 seconds, and a token of 65 characters break the model.

    Boto3 checks no maximum.
    """
    for options in (
        {"Sqls": ["SELECT 1"] * 41}, {"Sqls": ["SELECT 1"], "WaitTimeSeconds": 31},
        {"Sqls": ["SELECT 1"], "ClientToken": "x" * 65},
    ):  # fmt: skip
        code, message = refused(warehouse.data.batch_execute_statement, **options, **warehouse.target)
        assert code == "ValidationException"
        assert "validation error detected" in message


def test_a_statement_may_have_100_kb(warehouse: Warehouse):
    """A longer one is rejected, with its size in the message."""
    fits = "SELECT '" + "x" * (100_000 - 9) + "'"
    assert warehouse.run(fits)["Status"] == "FAILED"  # a row has at most 64 KB
    code, message = refused(warehouse.run, fits + " ")
    assert code == "ValidationException"
    assert "100001" in message


def test_a_client_token_runs_a_statement_once(warehouse: Warehouse):
    """A second request with the token returns the statement of the first."""
    warehouse.do("CREATE TABLE once (n INT)")
    ids = {warehouse.run("INSERT INTO once VALUES (1)", ClientToken="one")["Id"] for _ in range(3)}
    assert len(ids) == 1
    assert warehouse.rows("SELECT COUNT(*) FROM once") == [(1,)]


def test_cancel_stops_a_running_statement(warehouse: Warehouse):
    """A cancelled statement is soon ABORTED, without effect; one that has ended cannot be cancelled."""
    warehouse.do("CREATE TABLE untouched (n INT)")
    made = warehouse.data.batch_execute_statement(
        Sqls=["INSERT INTO untouched VALUES (1)", warehouse.slow_query(30), "SELECT 1"], **warehouse.target
    )
    time.sleep(0.2)
    assert warehouse.data.cancel_statement(Id=made["Id"])["Status"] is True
    described = warehouse.data.describe_statement(Id=made["Id"], WaitTimeSeconds=5)
    assert described["Status"] == "ABORTED"
    assert [part["Status"] for part in described["SubStatements"]][1:] == ["ABORTED", "ABORTED"]
    assert warehouse.rows("SELECT COUNT(*) FROM untouched") == [(0,)]
    assert refused(warehouse.data.cancel_statement, Id=made["Id"])[0] == "ValidationException"


def test_the_event_loop_is_not_blocked_by_statements(warehouse: Warehouse):
    """Twenty slow statements and a waiting request do not delay another statement."""
    slow = warehouse.slow_query(30)
    ids = [warehouse.data.execute_statement(Sql=slow, **warehouse.target)["Id"] for _ in range(20)]
    assert warehouse.rows("SELECT 1") == [(1,)]
    assert {warehouse.data.describe_statement(Id=one)["Status"] for one in ids} <= {"SUBMITTED", "PICKED", "STARTED"}
    for identifier in ids:
        warehouse.data.cancel_statement(Id=identifier)


def test_a_session_keeps_its_temporary_tables_and_settings(warehouse: Warehouse):
    """Statements with the same SessionId share a connection; others do not see its state."""
    first = warehouse.run("CREATE TEMP TABLE held (n INT)", SessionKeepAliveSeconds=60)
    session = first["SessionId"]
    warehouse.run("INSERT INTO held VALUES (7)", SessionId=session)
    assert warehouse.rows("SELECT n FROM held", SessionId=session) == [(7,)]
    assert warehouse.run("SELECT n FROM held")["Status"] == "FAILED"
    listed = warehouse.data.list_sessions(SessionId=session)["Sessions"]
    assert [(entry["Status"], entry["WorkgroupName"]) for entry in listed] == [("AVAILABLE", warehouse.name)]
    warehouse.run("SELECT 1", SessionId=session, SessionKeepAliveSeconds=0)
    assert refused(warehouse.run, "SELECT 1", SessionId=session)[0] == "ValidationException"


def test_a_session_runs_one_statement_at_a_time(warehouse: Warehouse):
    """A second statement is rejected while the first runs."""
    made = warehouse.data.execute_statement(Sql=warehouse.slow_query(5), SessionKeepAliveSeconds=1, **warehouse.target)
    code, message = refused(warehouse.data.execute_statement, Sql="SELECT 1", SessionId=made["SessionId"])
    assert code == "ValidationException"
    assert "busy" in message
    warehouse.data.cancel_statement(Id=made["Id"])


def test_a_session_closes_after_its_keep_alive_time(warehouse: Warehouse):
    """After SessionKeepAliveSeconds without a statement it is CLOSED."""
    session = warehouse.run("SELECT 1", SessionKeepAliveSeconds=1)["SessionId"]
    time.sleep(1.3)
    assert refused(warehouse.run, "SELECT 1", SessionId=session)[0] == "ValidationException"
    assert warehouse.data.list_sessions(SessionId=session)["Sessions"][0]["Status"] == "CLOSED"


def test_create_database_cannot_run_in_a_transaction(warehouse: Warehouse):
    """In a batch it fails as on Redshift."""
    described = warehouse.run_batch("CREATE DATABASE never")
    assert described["Error"].endswith("ERROR: CREATE DATABASE cannot run inside a transaction block")


def test_targets_that_do_not_exist(warehouse: Warehouse):
    """An unknown workgroup, a cluster and an unknown statement are errors, as on AWS."""
    endpoint = ("ValidationException", "Redshift endpoint doesn't exist in this region.")
    assert (
        refused(warehouse.data.execute_statement, WorkgroupName="nowhere", Database="dev", Sql="SELECT 1") == endpoint
    )
    assert refused(warehouse.data.execute_statement, ClusterIdentifier="c", Database="dev", Sql="SELECT 1") == endpoint
    unknown = "12345678-1234-1234-1234-123456789012"
    assert refused(warehouse.data.describe_statement, Id=unknown)[0] == "ResourceNotFoundException"


def test_list_statements(warehouse: Warehouse):
    """Finished statements are listed by name prefix, newest first."""
    for number in range(3):
        warehouse.run(f"SELECT {number}", StatementName=f"listed-{number}")
    found = warehouse.data.list_statements(StatementName="listed-", MaxResults=2)
    assert [entry["QueryString"] for entry in found["Statements"]] == ["SELECT 2", "SELECT 1"]
    rest = warehouse.data.list_statements(StatementName="listed-", NextToken=found["NextToken"])
    assert [entry["QueryString"] for entry in rest["Statements"]] == ["SELECT 0"]


def test_a_statement_may_be_nested_deeply(warehouse: Warehouse):
    """Beyond a limit it fails with PostgreSQL's message."""
    assert warehouse.rows(f"SELECT {'(' * 200}1{')' * 200}") == [(1,)]
    assert warehouse.run(f"SELECT {'(' * 9000}1{')' * 9000}")["Error"] == "ERROR: stack depth limit exceeded"


def test_a_statement_that_the_translator_fails_on(warehouse: Warehouse):
    """The statement is FAILED, with an error."""
    assert warehouse.run("CREATE TABLE broken (word VARCHAR('x'))")["Error"].startswith("ERROR: ")


def test_colons_in_unterminated_strings_and_comments(warehouse: Warehouse):
    """They are not parameters, and many of them are skipped quickly."""
    started = time.monotonic()
    for opening in ("/* ", "'", "$$"):
        described = warehouse.run(f"SELECT :n {opening * 20_001} :m", Parameters=[{"name": "n", "value": "1"}])
        assert described["Status"] == "FAILED"
    assert time.monotonic() - started < 60  # quadratic work takes minutes


def test_a_statement_that_is_run_often_survives_a_change_of_its_table(warehouse: Warehouse):
    """No statement is prepared implicitly, not even in a session."""
    warehouse.do("CREATE TABLE growing (n INT)", "INSERT INTO growing VALUES (1)")
    session = warehouse.run("SELECT 1", SessionKeepAliveSeconds=30)["SessionId"]
    for _ in range(7):
        assert warehouse.rows("SELECT * FROM growing", SessionId=session) == [(1,)]
    warehouse.do("ALTER TABLE growing ADD COLUMN m INT")
    assert warehouse.rows("SELECT * FROM growing", SessionId=session) == [(1, None)]


def test_a_connection_is_reset_for_the_next_statement(warehouse: Warehouse):
    """Settings, temporary tables and open transactions do not carry over to another request."""
    warehouse.run_batch("SET search_path TO elsewhere", "CREATE TEMP TABLE mine (n INT)", ExecutionMode="AUTO_COMMIT")
    warehouse.do("BEGIN")
    assert warehouse.rows("SHOW search_path") == [('"$user", public',)]
    assert "does not exist" in warehouse.run("SELECT * FROM mine")["Error"]


def test_connections_are_closed_when_the_client_closes_them(warehouse: Warehouse):
    """The server does not keep sockets that clients have closed."""
    server = psutil.Process(json.loads((warehouse.aws.state_folder / "server.json").read_text())["pid"])
    before = server.num_fds()
    for _ in range(50):
        Service("redshift-data", warehouse.aws.port).call("ListStatements", {})
    assert server.num_fds() < before + 25


def test_rows_and_size_of_a_batch(warehouse: Warehouse):
    """ResultRows and ResultSize are sums over its sub-statements; only those have a RedshiftQueryId."""
    described = warehouse.run_batch("SELECT 1", "SELECT 22 UNION ALL SELECT 33")
    parts = described["SubStatements"]
    assert [part["ResultRows"] for part in parts] == [1, 2]
    assert described["ResultRows"] == 3
    assert described["ResultSize"] == sum(part["ResultSize"] for part in parts)
    assert described["RedshiftQueryId"] == 0
    assert all(part["RedshiftQueryId"] > 0 for part in parts)


def test_a_statement_sends_an_event_at_its_end(warehouse: Warehouse, sandbox: Sandbox):
    """With WithEvent=True, EventBridge's default bus receives the statement's name and state."""
    queues, events = sandbox.client("sqs"), sandbox.client("events")
    queue = queues.create_queue(QueueName="statements")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.redshift-data"], "detail": {"state": ["FAILED"]}}
    events.put_rule(Name="failures", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="failures", Targets=[{"Id": "queue", "Arn": arn}])
    warehouse.run("SELECT 1", WithEvent=True, StatementName="fine")
    warehouse.run("SELECT 1/0", StatementName="silent")
    failed = warehouse.run("SELECT 1/0", WithEvent=True, StatementName="received")
    messages = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)["Messages"]
    received = [json.loads(message["Body"]) for message in messages]
    assert [event["detail-type"] for event in received] == ["Redshift Data Statement Status Change"]
    detail = received[0]["detail"]
    assert (detail["statementId"], detail["statementName"], detail["state"]) == (failed["Id"], "received", "FAILED")
    assert detail["principal"] == "arn:aws:iam::000000000000:root"
