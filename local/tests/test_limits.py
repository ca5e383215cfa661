"""Limits that would take a day or much memory to reach through the API: tested on the classes behind it."""

import contextlib
import time
from dataclasses import replace

import pytest

from local.tests.engine import engine
from local.tests.warehouse import Warehouse
from redshift_sandbox.aws.service import Caller, ServiceError
from redshift_sandbox.connections import stream
from redshift_sandbox.redshift_data import results, sessions
from redshift_sandbox.redshift_data.sessions import Sessions
from redshift_sandbox.redshift_data.spool import Spool
from redshift_sandbox.redshift_data.statements import Statement, Statements, Target
from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.testing import Sandbox

CALLER = Caller("000000000000", "us-east-1", "test")
TARGET = Target(CALLER, "IAM:root", "000000000000", "shop", "arn:shop", "dev", "admin")
HOUR = 3600


def statement_of(target: Target = TARGET) -> Statement:
    return Statement.make(target, {}, ["SELECT 1"], batch=False)


@pytest.fixture
def hours_later(monkeypatch: pytest.MonkeyPatch):
    """Advances the clock."""

    def move(hours: float) -> None:
        real = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: real() + hours * HOUR)

    return move


def test_a_statement_is_kept_for_24_hours_and_its_client_token_for_8(hours_later):
    """After that both are removed; a statement that still runs is not."""
    kept, ended, running = Statements(), statement_of(), statement_of()
    for statement in (ended, running):
        kept.add(statement, f"token of {statement.id}", 1)
    ended.end()
    kept.ended(ended)
    token = f"token of {ended.id}"
    hours_later(7.9)
    assert kept.by_token(CALLER, token, 1) is ended
    hours_later(0.2)
    assert kept.by_token(CALLER, token, 2) is None
    hours_later(15.8)
    assert kept.get(CALLER, ended.id) is ended
    hours_later(0.2)
    assert kept.get(CALLER, ended.id) is None
    assert kept.get(CALLER, running.id) is running


def test_statements_belong_to_their_account_and_region():
    """They are not visible in another."""
    kept, statement = Statements(), statement_of()
    kept.add(statement, None, 1)
    assert kept.get(replace(CALLER, region="eu-west-1"), statement.id) is None


def test_active_statements_are_counted_by_workgroup():
    """A statement counts until it has ended."""
    kept, one, other = Statements(), statement_of(), statement_of(replace(TARGET, workgroup_arn="arn:other"))
    kept.add(one, None, 1)
    kept.add(other, None, 1)
    assert (kept.active("arn:shop"), kept.active("arn:other")) == (1, 1)
    one.end()
    kept.ended(one)
    assert (kept.active("arn:shop"), kept.active("arn:other")) == (0, 1)


def test_a_workgroup_has_500_sessions(monkeypatch: pytest.MonkeyPatch):
    """Another is rejected until one closes; other workgroups are not affected."""
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 2)
    held = Sessions()
    first, _ = (held.open(TARGET, 10) for _ in range(2))
    with pytest.raises(ServiceError) as caught:
        held.open(TARGET, 10)
    assert caught.value.code == "ActiveSessionsExceededException"
    held.open(replace(TARGET, workgroup_arn="arn:other"), 10)
    held.release(first)
    held.open(TARGET, 10)


def test_a_session_ends_after_24_hours_however_often_it_is_used(warehouse: Warehouse, sandbox: Sandbox, hours_later):
    """Its keep-alive time cannot extend it."""
    held = Sessions()
    session = held.open(TARGET, 24 * HOUR)
    with engine(sandbox, warehouse.name) as connection:
        session.connection = connection
        held.release(session)
        hours_later(23)
        held.release(held.take(CALLER, session.id, None))
        hours_later(1.1)
        with pytest.raises(ServiceError, match="Session is not available"):
            held.take(CALLER, session.id, None)
        assert connection.closed


def test_a_result_may_have_500_mb(warehouse: Warehouse, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    """With a larger one the statement fails, with the documented message."""
    monkeypatch.setattr(results, "MAX_RESULT_BYTES", 1_000)
    with engine(sandbox, warehouse.name) as connection:
        fits = "SELECT repeat('x', 100) FROM generate_series(1, 10)"
        assert results.fetch(connection, stream(connection, fits), "JSON").count == 10
        larger = "SELECT repeat('x', 100) FROM pg_class a, pg_class b, pg_class c, pg_class d"
        with (
            pytest.raises(SqlError, match="Database response exceeded size limit"),
            contextlib.closing(stream(connection, larger)) as parts,
        ):
            results.fetch(connection, parts, "JSON")
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_spooled_strings(monkeypatch: pytest.MonkeyPatch):
    """Small and large ones can be read back, across files, and a file is freed when nothing refers to it."""
    monkeypatch.setattr("redshift_sandbox.redshift_data.spool._SEGMENT_BYTES", 10_000)
    spool = Spool()
    texts = [letter * size for letter, size in (("a", 0), ("ä", 60), ("b", 4_000), ("c", 9_000), ("d", 30_000))]
    kept = [spool.keep(text) for text in texts]
    assert [text.read() for text in kept] == texts
