"""Runs statements on PostgreSQL, each on a thread of its own."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

import psycopg
from psycopg import pq

from local.connections import Connection
from local.postgres import Cluster
from local.redshift_data.copy import copy
from local.redshift_data.errors import connection_error, statement_error
from local.redshift_data.results import fetch
from local.redshift_data.sessions import Session
from local.redshift_data.statements import Part, Statement
from local.redshift_data.unload import unload
from local.redshift_serverless.records import Namespace
from local.sql.errors import SqlError
from local.sql.plan import Plan
from local.sql.translate import translate

_LOG = logging.getLogger("sandbox")

# Batches see one state of the data; single statements see what is committed when they begin.
_BEGIN_BATCH = "BEGIN ISOLATION LEVEL REPEATABLE READ"

# CREATE, ALTER and DROP of these concern connections that are open.
_OF_CONNECTIONS = (" DATABASE", " USER")


def start(statement: Statement, namespace: Namespace, session: Session | None, finished: Callable[[], None]) -> None:
    """Begin to run a statement; ``statement.done`` is set when it has ended, after ``finished`` was called."""

    def run() -> None:
        try:
            _run(statement, namespace, session)
        except Exception as error:  # noqa: BLE001 - nobody else would see it: this is a thread of its own
            _LOG.exception("statement %s failed in the sandbox itself", statement.id)
            _fail(statement, f"ERROR: the sandbox failed: {error}")
        finally:
            try:
                finished()
            finally:
                statement.done.set_result(None)

    threading.Thread(target=run, name=f"statement-{statement.id}", daemon=True).start()


def cancel(statement: Statement) -> None:
    """Stop a statement: at once if the engine runs it, before it begins if not."""
    statement.cancelled = True
    if statement.interrupt is not None:
        statement.interrupt()


def _run(statement: Statement, namespace: Namespace, session: Session | None) -> None:
    statement.whole.enter("PICKED")
    with contextlib.ExitStack() as held:
        try:
            connection = held.enter_context(_connection(statement, namespace.cluster, session))
        except psycopg.OperationalError as error:
            _fail(statement, connection_error(error))
            return
        statement.pid = connection.info.backend_pid
        statement.interrupt = lambda: connection.cancel_safe(timeout=5)
        held.callback(setattr, statement, "interrupt", None)
        if statement.batch:
            _run_batch(statement, connection, namespace)
        else:
            _run_part(statement, statement.whole, lambda: _execute_alone(connection, statement.whole, namespace))


def _connection(
    statement: Statement, cluster: Cluster, session: Session | None
) -> contextlib.AbstractContextManager[Connection]:
    if session is None:
        return cluster.connections.lent(statement.target.database, statement.target.user)
    if session.connection is None:
        session.connection = cluster.connect(statement.target.database, statement.target.user)
    return contextlib.nullcontext(session.connection)


def _run_batch(statement: Statement, connection: Connection, namespace: Namespace) -> None:
    whole, started = statement.whole, time.monotonic_ns()
    whole.enter("STARTED")
    if statement.transaction:
        _run_transaction(statement, connection, namespace)
    else:
        for part in statement.batch:
            _run_part(statement, part, _alone(connection, part, namespace))
    whole.duration = time.monotonic_ns() - started
    numbered = list(enumerate(statement.batch, start=1))
    failed = next(((number, part) for number, part in numbered if part.status == "FAILED"), None)
    if statement.cancelled and any(part.status == "ABORTED" for part in statement.batch):
        whole.enter("ABORTED")
    elif failed is not None:
        whole.error = f"Query #{failed[0]} failed with {failed[1].error}"
        whole.enter("FAILED")
    else:
        whole.rows = statement.batch[-1].rows
        whole.enter("FINISHED")


def _alone(connection: Connection, part: Part, namespace: Namespace) -> Callable[[], None]:
    return lambda: _execute_alone(connection, part, namespace)


def _run_transaction(statement: Statement, connection: Connection, namespace: Namespace) -> None:
    # A session may already be in a transaction that the user began.
    own = connection.info.transaction_status == pq.TransactionStatus.IDLE
    if own:
        connection.execute(_BEGIN_BATCH)
    for part in statement.batch:
        if not _run_part(statement, part, _in_transaction(connection, part, namespace)):
            break
    else:
        if own:
            _commit(statement, connection)
        return
    for part in statement.batch:
        if part.status == "SUBMITTED":
            part.enter("ABORTED")
    with contextlib.suppress(psycopg.Error):
        connection.execute("ROLLBACK")


def _commit(statement: Statement, connection: Connection) -> None:
    try:
        if connection.info.transaction_status != pq.TransactionStatus.IDLE:
            connection.execute("COMMIT")
    except psycopg.Error as error:
        last = statement.batch[-1]
        last.error = statement_error(error)
        last.enter("FAILED")


def _in_transaction(connection: Connection, part: Part, namespace: Namespace) -> Callable[[], None]:
    def execute() -> None:
        plan = translate(part.sql)
        if plan.outside_transaction:
            message = f"{plan.verb} cannot run inside a transaction block"
            raise SqlError(message)
        _execute(connection, plan, part, namespace)
        if plan.commits:
            # TRUNCATE commits the transaction that it is in; the batch goes on in another.
            connection.execute("COMMIT")
            connection.execute(_BEGIN_BATCH)

    return execute


def _execute_alone(connection: Connection, part: Part, namespace: Namespace) -> None:
    plan = translate(part.sql)
    if (
        plan.outside_transaction
        or connection.info.transaction_status != pq.TransactionStatus.IDLE
        or len(plan.steps) == 1
    ):
        _execute(connection, plan, part, namespace)
        return
    with connection.transaction():
        _execute(connection, plan, part, namespace)


def _execute(connection: Connection, plan: Plan, part: Part, namespace: Namespace) -> None:
    """Run a plan's steps; the answer of one of them is the statement's."""
    if plan.copy is not None:
        part.rows = copy(connection, plan.copy, namespace, part.query_id)
        return
    if plan.unload is not None:
        part.rows = unload(connection, plan.unload, namespace, part.query_id)
        return
    if plan.verb.endswith(_OF_CONNECTIONS):
        namespace.cluster.connections.close_idle()
    for index, step in enumerate(plan.steps):
        cursor = connection.execute(step)
        answer = cursor.pgresult
        if index != plan.answer or answer is None:
            continue
        if answer.status == pq.ExecStatus.TUPLES_OK:
            part.result = fetch(connection, answer)
            part.rows = len(part.result.rows)
        else:
            part.rows = answer.command_tuples if answer.command_tuples is not None else -1


def _run_part(statement: Statement, part: Part, execute: Callable[[], None]) -> bool:
    """Run one SQL text and record what became of it; return whether it succeeded."""
    part.enter("STARTED")
    started = time.monotonic_ns()
    if statement.cancelled:
        part.enter("ABORTED")
        return False
    try:
        execute()
    except (psycopg.Error, SqlError) as error:
        part.duration = time.monotonic_ns() - started
        part.result, part.rows = None, -1
        if statement.cancelled:
            part.enter("ABORTED")
        else:
            part.error = statement_error(error)
            part.enter("FAILED")
        return False
    part.duration = time.monotonic_ns() - started
    part.enter("FINISHED")
    return True


def _fail(statement: Statement, error: str) -> None:
    for part in (*statement.batch, statement.whole):
        if part.status not in ("FINISHED", "FAILED", "ABORTED"):
            part.error = error
            part.enter("FAILED")
