"""Concurrent statements, sessions, writers, readers and cancels, as on Redshift with SNAPSHOT isolation."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.tests.engine import engine
from local.tests.warehouse import Warehouse
from redshift_sandbox.redshift_data.limits import MAX_CONCURRENCY
from redshift_sandbox.testing import Sandbox


def test_fifty_statements_at_once(warehouse: Warehouse):
    """Each returns its own result, and they run in parallel."""
    slow = warehouse.slow_query(0.7)
    started = time.monotonic()
    ids = [
        warehouse.data.execute_statement(Sql=f"SELECT {number}, n FROM ({slow})", **warehouse.target)["Id"]
        for number in range(50)
    ]
    seconds_running = 0.0
    for number, identifier in enumerate(ids):
        described = warehouse.data.describe_statement(Id=identifier, WaitTimeSeconds=30)
        assert described["Status"] == "FINISHED", described["Error"]
        assert warehouse.result(identifier) == [(number, 1)]
        seconds_running += described["Duration"] / 1e9
    assert seconds_running > 2 * (time.monotonic() - started)


def test_a_workgroup_runs_50_statements_at_once(warehouse: Warehouse):
    """Further ones wait as SUBMITTED; one that is cancelled ends at once, and open transactions do not wait."""
    warehouse.do("CREATE TABLE held (n INT)")
    session = warehouse.run("BEGIN", SessionKeepAliveSeconds=60)["SessionId"]
    assert warehouse.run("LOCK held", SessionId=session)["Status"] == "FINISHED"
    ids = [
        warehouse.data.execute_statement(Sql="INSERT INTO held VALUES (1)", **warehouse.target)["Id"]
        for _ in range(MAX_CONCURRENCY)
    ]
    late = [warehouse.data.execute_statement(Sql="SELECT 1", **warehouse.target)["Id"] for _ in range(3)]
    while warehouse.data.describe_statement(Id=ids[-1])["Status"] != "STARTED":
        time.sleep(0.01)
    assert {warehouse.data.describe_statement(Id=identifier)["Status"] for identifier in late} == {"SUBMITTED"}
    warehouse.data.cancel_statement(Id=late[1])
    assert warehouse.data.describe_statement(Id=late[1])["Status"] == "ABORTED"
    assert warehouse.run("COMMIT", SessionId=session, SessionKeepAliveSeconds=0)["Status"] == "FINISHED"
    ended = [warehouse.data.describe_statement(Id=identifier, WaitTimeSeconds=30) for identifier in (*ids, *late)]
    assert [described["Status"] for described in ended] == ["FINISHED"] * 51 + ["ABORTED", "FINISHED"]


def test_twenty_sessions(warehouse: Warehouse):
    """Each keeps its own temporary table of the same name and its own transaction."""
    warehouse.do("CREATE TABLE shared_by_sessions (n INT)")

    def work(number: int) -> list[tuple[int, ...]]:
        session = warehouse.run("CREATE TEMP TABLE mine (n INT)", SessionKeepAliveSeconds=30)["SessionId"]
        for sql in (
            "BEGIN",
            f"INSERT INTO mine VALUES ({number})",
            "INSERT INTO shared_by_sessions SELECT n FROM mine",
        ):
            assert warehouse.run(sql, SessionId=session)["Status"] == "FINISHED"
        seen = warehouse.rows("SELECT (SELECT n FROM mine), COUNT(*) FROM shared_by_sessions", SessionId=session)
        warehouse.run("COMMIT" if number % 2 else "ROLLBACK", SessionId=session, SessionKeepAliveSeconds=0)
        return seen

    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(work, range(20)))
    assert [rows[0][0] for rows in seen] == list(range(20))
    assert warehouse.rows("SELECT COUNT(*), COUNT(DISTINCT n) FROM shared_by_sessions") == [(10, 10)]


def test_cancel_in_mid_flight(warehouse: Warehouse):
    """A cancel at any moment leaves a statement ABORTED without effect, or FINISHED with its whole effect."""
    warehouse.do("CREATE TABLE cut (n INT)")
    slow = warehouse.slow_query(0.05)
    for number in range(10):
        made = warehouse.data.batch_execute_statement(
            Sqls=[f"INSERT INTO cut VALUES ({number})", slow, f"INSERT INTO cut VALUES ({number})"], **warehouse.target
        )
        time.sleep(number * 0.01)
        try:
            warehouse.data.cancel_statement(Id=made["Id"])
        except warehouse.data.exceptions.ValidationException as error:
            assert "FINISHED state" in str(error)  # noqa: PT017  # either outcome is correct
        described = warehouse.data.describe_statement(Id=made["Id"], WaitTimeSeconds=10)
        written = warehouse.rows(f"SELECT COUNT(*) FROM cut WHERE n = {number}")
        assert (described["Status"], written) in [("ABORTED", [(0,)]), ("FINISHED", [(2,)])]


def test_a_cancelled_batch_does_not_affect_later_statements(warehouse: Warehouse):
    """Its locks are released, and the cancel does not hit a statement that reuses its connection."""
    warehouse.do("CREATE TABLE freed (n INT)")
    made = warehouse.data.batch_execute_statement(Sqls=["LOCK freed", warehouse.slow_query(30)], **warehouse.target)
    waiting = warehouse.data.execute_statement(Sql="INSERT INTO freed VALUES (1)", **warehouse.target)
    warehouse.data.cancel_statement(Id=made["Id"])
    assert warehouse.data.describe_statement(Id=waiting["Id"], WaitTimeSeconds=10)["Status"] == "FINISHED"
    assert [warehouse.run("SELECT 1")["Status"] for _ in range(20)] == ["FINISHED"] * 20


@pytest.mark.parametrize(("mode", "kept"), [("TRANSACTION", []), ("AUTO_COMMIT", [(1,), (3,)])])
def test_a_batch_that_fails_half_way(warehouse: Warehouse, mode, kept):
    """A transaction is rolled back; with AUTO_COMMIT only the failed statement has no effect."""
    table = f"halfway_{mode.lower()}"
    warehouse.do(f"CREATE TABLE {table} (n INT)")
    insert = f"INSERT INTO {table} VALUES"
    described = warehouse.run_batch(f"{insert} (1)", f"{insert} (1/0)", f"{insert} (3)", ExecutionMode=mode)
    assert described["Status"] == "FAILED"
    assert described["ExecutionMode"] == mode
    assert warehouse.rows(f"SELECT n FROM {table} ORDER BY n") == kept


def test_results_of_an_autocommit_batch_are_kept_when_a_part_fails(warehouse: Warehouse):
    """The result of a FINISHED sub-statement can be fetched by its id."""
    described = warehouse.run_batch("SELECT 7", "SELECT 1/0", ExecutionMode="AUTO_COMMIT")
    assert warehouse.result(described["SubStatements"][0]["Id"]) == [(7,)]


def test_two_writers_on_other_rows_of_one_table(warehouse: Warehouse):
    """Under SNAPSHOT isolation both succeed."""
    warehouse.do("CREATE TABLE halves (n INT, m INT)", "INSERT INTO halves VALUES (1, 0), (2, 0)")
    first = warehouse.data.batch_execute_statement(
        Sqls=["UPDATE halves SET m = 1 WHERE n = 1", warehouse.slow_query(0.4)], **warehouse.target
    )
    second = warehouse.run_batch("UPDATE halves SET m = 2 WHERE n = 2")
    assert warehouse.data.describe_statement(Id=first["Id"])["Status"] != "FINISHED", "the second did not wait"
    assert second["Status"] == "FINISHED"
    assert warehouse.data.describe_statement(Id=first["Id"], WaitTimeSeconds=10)["Status"] == "FINISHED"
    assert warehouse.rows("SELECT n, m FROM halves ORDER BY n") == [(1, 1), (2, 2)]


def test_two_writers_of_one_row(warehouse: Warehouse):
    """The later batch fails with error 1023; a single statement waits, and updates what the first committed."""
    warehouse.do("CREATE TABLE counters (n INT)", "INSERT INTO counters VALUES (0)")
    update, slow = "UPDATE counters SET n = n + 1", warehouse.slow_query(0.4)

    def held() -> str:
        identifier = warehouse.data.batch_execute_statement(Sqls=[update, slow], **warehouse.target)["Id"]
        while warehouse.data.describe_statement(Id=identifier)["SubStatements"][0]["Status"] != "FINISHED":
            time.sleep(0.01)
        return identifier

    first = held()
    batch = warehouse.run_batch(update)
    assert batch["Status"] == "FAILED"
    assert "ERROR: 1023\n  Detail: Serializable isolation violation on table" in batch["Error"]
    assert warehouse.data.describe_statement(Id=first, WaitTimeSeconds=10)["Status"] == "FINISHED"
    held()
    assert warehouse.run(update)["Status"] == "FINISHED"
    assert warehouse.rows("SELECT n FROM counters") == [(3,)]


def test_a_reader_during_a_batch_sees_the_old_state(warehouse: Warehouse):
    """It does not wait, either. All statements of a batch see one state, even if others commit meanwhile."""
    warehouse.do("CREATE TABLE watched (n INT)", "INSERT INTO watched VALUES (1)")
    count, slow = "SELECT COUNT(*) FROM watched", warehouse.slow_query(0.5)
    writing = warehouse.data.batch_execute_statement(Sqls=["DELETE FROM watched", slow], **warehouse.target)["Id"]
    while warehouse.data.describe_statement(Id=writing)["SubStatements"][0]["Status"] != "FINISHED":
        time.sleep(0.01)
    assert warehouse.rows(count) == [(1,)]
    reading = warehouse.data.batch_execute_statement(
        Sqls=[count, warehouse.slow_query(0.8), count], **warehouse.target
    )["Id"]
    assert warehouse.data.describe_statement(Id=writing, WaitTimeSeconds=10)["Status"] == "FINISHED"
    assert warehouse.rows(count) == [(0,)]
    warehouse.data.describe_statement(Id=reading, WaitTimeSeconds=10)
    assert [warehouse.result(f"{reading}:{number}") for number in (1, 3)] == [[(1,)], [(1,)]]


def test_a_session_that_is_polled_is_free_when_its_statement_has_ended(warehouse: Warehouse):
    """When a statement is FINISHED, its session accepts the next one."""
    session = warehouse.run("SELECT 1", SessionKeepAliveSeconds=30)["SessionId"]
    for _ in range(30):
        made = warehouse.data.execute_statement(Sql="SELECT 1", SessionId=session)
        while warehouse.data.describe_statement(Id=made["Id"])["Status"] != "FINISHED":
            pass
    warehouse.run("SELECT 1", SessionId=session, SessionKeepAliveSeconds=0)


def test_a_client_token_of_concurrent_requests(warehouse: Warehouse):
    """Ten simultaneous requests with the same token run one statement."""
    warehouse.do("CREATE TABLE at_once (n INT)")
    together = threading.Barrier(10)

    def send(_: int) -> str:
        together.wait()
        return warehouse.run("INSERT INTO at_once VALUES (1)", ClientToken="ten at once")["Id"]

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(send, range(10)))) == 1
    assert warehouse.rows("SELECT COUNT(*) FROM at_once") == [(1,)]


def test_connections_are_not_left_behind(warehouse: Warehouse, sandbox: Sandbox):
    """After a hundred concurrent statements few connections remain, and their database can be dropped."""
    warehouse.do("CREATE DATABASE crowded")
    crowded = warehouse.in_database("crowded")
    ids = [crowded.data.execute_statement(Sql="SELECT 1", **crowded.target)["Id"] for _ in range(100)]
    for identifier in ids:
        assert crowded.data.describe_statement(Id=identifier, WaitTimeSeconds=30)["Status"] == "FINISHED"
    assert 1 <= backends(sandbox, warehouse.name, "crowded") <= 8
    warehouse.do("DROP DATABASE crowded")
    assert not backends(sandbox, warehouse.name, "crowded")


def backends(sandbox: Sandbox, workgroup: str, database: str) -> int:
    """Return the number of connections to a database."""
    with engine(sandbox, workgroup) as connection:
        query = "SELECT COUNT(*) FROM pg_catalog.pg_stat_activity WHERE datname = %s"
        return int(connection.execute(query, [database]).fetchone()[0])
