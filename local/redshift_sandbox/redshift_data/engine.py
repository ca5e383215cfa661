"""Runs statements on PostgreSQL, each on a thread of its own."""

import collections
import contextlib
import itertools
import logging
import threading
import time
from collections.abc import Callable
from functools import partial

import psycopg
from psycopg import pq

from redshift_sandbox.connections import Connection, stream
from redshift_sandbox.postgres import Cluster
from redshift_sandbox.redshift_data import history
from redshift_sandbox.redshift_data.copy import copy
from redshift_sandbox.redshift_data.describe import describe
from redshift_sandbox.redshift_data.errors import connection_error, statement_error
from redshift_sandbox.redshift_data.results import fetch
from redshift_sandbox.redshift_data.sessions import Session
from redshift_sandbox.redshift_data.statements import Part, Statement
from redshift_sandbox.redshift_data.unload import unload
from redshift_sandbox.redshift_data.workload import WORKLOAD
from redshift_sandbox.redshift_serverless.records import Namespace
from redshift_sandbox.sql.context import Context
from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.translate import translate

# How long PostgreSQL may take to react to a cancel request.
_CANCEL_SECONDS = 5.0

_LOG = logging.getLogger("sandbox")

# A batch sees one snapshot of the data; a single statement sees what was committed when it began.
_BEGIN_BATCH = "BEGIN ISOLATION LEVEL REPEATABLE READ"

# CREATE, ALTER and DROP of these fail, or have no effect, on open connections.
_NEED_NO_CONNECTIONS = (" DATABASE", " USER")


class Interrupt:
    """Cancels the query of a connection, until the connection is returned."""

    def __init__(self, connection: Connection) -> None:
        self._lock = threading.Lock()
        self._connection: Connection | None = connection

    def fire(self) -> None:
        """Cancel the running query; do nothing after ``disarm``."""
        with self._lock:
            if self._connection is not None:
                self._connection.cancel_safe(timeout=_CANCEL_SECONDS)

    def disarm(self) -> None:
        """Stop using the connection, which is about to be returned."""
        with self._lock:
            self._connection = None


def start(statement: Statement, namespace: Namespace, session: Session | None, finished: Callable[[], None]) -> None:
    """Run a statement in the background, when its turn has come.

    When it ends, call ``finished``, then ``statement.end()``.
    """

    def run() -> None:
        try:
            _run(statement, namespace, session)
        except psycopg.Error as error:
            # The connection is lost.
            _fail(statement, statement_error(error))
        except Exception as error:  # noqa: BLE001  # the last handler of this thread
            _fail(statement, _internal_error(error))
        finally:
            try:
                finished()
            finally:
                statement.end()

    if _has_begun(session):
        # Others may wait for its locks, and it must not wait for them.
        WORKLOAD.run_now(statement.id, run)
    else:
        WORKLOAD.submit(statement.target.workgroup_arn, statement.id, run)


def _has_begun(session: Session | None) -> bool:
    """Return whether a session is in a transaction that the user began."""
    if session is None or session.connection is None or session.connection.closed:
        return False
    return session.connection.info.transaction_status != pq.TransactionStatus.IDLE


def cancel(statement: Statement) -> None:
    """Cancel a statement, and return when it has ended or has not reacted for some seconds."""
    statement.cancelled = True
    WORKLOAD.hurry(statement.target.workgroup_arn, statement.id)
    deadline = time.monotonic() + _CANCEL_SECONDS
    # PostgreSQL ignores a cancel request that arrives between two queries, so repeat it.
    while time.monotonic() < deadline:
        if statement.interrupt is not None:
            statement.interrupt()
        with contextlib.suppress(TimeoutError):
            statement.done.result(timeout=0.1)
            return


def _run(statement: Statement, namespace: Namespace, session: Session | None) -> None:
    statement.whole.enter("PICKED")
    with contextlib.ExitStack() as held:
        try:
            connection = held.enter_context(_connection(statement, namespace.cluster, session))
        except psycopg.OperationalError as error:
            _fail(statement, connection_error(error))
            return
        statement.pid = connection.info.backend_pid
        interrupt = Interrupt(connection)
        statement.interrupt = interrupt.fire
        held.callback(interrupt.disarm)
        held.callback(setattr, statement, "interrupt", None)
        if statement.batch:
            _run_batch(statement, connection, namespace)
        else:
            part = statement.whole
            _run_part(statement, part, partial(_execute_alone, connection, statement, part, namespace))


def _connection(
    statement: Statement, cluster: Cluster, session: Session | None
) -> contextlib.AbstractContextManager[Connection]:
    if session is None:
        return cluster.connections.borrow(statement.target.database, statement.target.user)
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
            _run_part(statement, part, partial(_execute_alone, connection, statement, part, namespace))
    whole.duration = time.monotonic_ns() - started
    numbered = list(enumerate(statement.batch, start=1))
    failed = next(((number, part) for number, part in numbered if part.status == "FAILED"), None)
    if statement.cancelled and any(part.status == "ABORTED" for part in statement.batch):
        whole.enter("ABORTED")
    elif failed is not None:
        whole.error = f"Query #{failed[0]} failed with {failed[1].error}"
        whole.enter("FAILED")
    else:
        whole.rows = sum(max(part.rows, 0) for part in statement.batch)
        whole.enter("FINISHED")


def _run_transaction(statement: Statement, connection: Connection, namespace: Namespace) -> None:
    # The session may already be in a transaction that the user began.
    own = connection.info.transaction_status == pq.TransactionStatus.IDLE
    if own:
        connection.execute(_BEGIN_BATCH)
    for part in statement.batch:
        if not _run_part(statement, part, partial(_execute_inside, connection, statement, part, namespace)):
            break
        if own and connection.info.transaction_status == pq.TransactionStatus.IDLE:
            # TRUNCATE or the user committed it: the batch continues in a new transaction.
            connection.execute(_BEGIN_BATCH)
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


def _execute_inside(connection: Connection, statement: Statement, part: Part, namespace: Namespace) -> None:
    """Run one statement of a transaction."""
    plan = _plan(connection, part.sql)
    if plan.outside_transaction:
        raise SqlError(f"{plan.verb} cannot run inside a transaction block")
    _execute(connection, plan, statement, part, namespace)


def _execute_alone(connection: Connection, statement: Statement, part: Part, namespace: Namespace) -> None:
    """Run a statement that commits by itself, unless a session is in a transaction that the user began."""
    plan = _plan(connection, part.sql)
    if (
        plan.outside_transaction
        or connection.info.transaction_status != pq.TransactionStatus.IDLE
        or len(plan.steps) == 1
    ):
        _execute(connection, plan, statement, part, namespace)
        return
    with connection.transaction():
        _execute(connection, plan, statement, part, namespace)


def _plan(connection: Connection, text: str) -> Plan:
    """Translate a statement. Unexpected errors of the translator are reported as a syntax error."""
    try:
        return translate(text, Context(partial(describe, connection)))
    except (SqlError, psycopg.Error):
        raise
    except RecursionError:
        raise SqlError("stack depth limit exceeded") from None
    except Exception as error:
        _LOG.warning("a statement could not be parsed", exc_info=error)
        raise SqlError(
            f"syntax error, or a statement that the sandbox cannot read ({type(error).__name__}: {error})"
        ) from error


def _execute(connection: Connection, plan: Plan, statement: Statement, part: Part, namespace: Namespace) -> None:
    """Run the steps of a plan; the result of one of them is the statement's."""
    if plan.copy is not None:
        part.rows = copy(connection, plan.copy, namespace, part.query_id)
        return
    if plan.unload is not None:
        part.rows = unload(connection, plan.unload, namespace, part.query_id)
        return
    if plan.reads_history:
        history.fill(namespace.cluster, statement)
    if plan.verb.endswith(_NEED_NO_CONNECTIONS):
        namespace.cluster.connections.close_idle()
    for index, step in enumerate(plan.commands):
        if index == plan.answer:
            _keep_result(connection, step, statement, part)
        else:
            connection.execute(step)
    if plan.commits and connection.info.transaction_status == pq.TransactionStatus.INTRANS:
        connection.execute("COMMIT")


def _keep_result(connection: Connection, step: str, statement: Statement, part: Part) -> None:
    """Run the step whose result is the statement's."""
    with contextlib.closing(stream(connection, step)) as parts:
        first = next(parts)
        if first.nfields:
            part.result = fetch(connection, itertools.chain([first], parts), statement.result_format)
            part.rows = part.result.count
        else:
            part.rows = first.command_tuples if first.command_tuples is not None else -1
            collections.deque(parts, maxlen=0)  # nothing more comes, but closing would cancel the statement


def _run_part(statement: Statement, part: Part, execute: Callable[[], None]) -> bool:
    """Run one SQL text and record the outcome; return whether it succeeded."""
    if statement.cancelled:
        part.enter("ABORTED")
        return False
    part.begin()
    history.note(statement, part)
    started = time.monotonic_ns()
    try:
        execute()
    except Exception as error:  # noqa: BLE001  # an internal error fails this statement only
        part.duration = time.monotonic_ns() - started
        part.result, part.rows = None, -1
        if statement.cancelled:
            part.enter("ABORTED")
        else:
            part.error = (
                statement_error(error) if isinstance(error, psycopg.Error | SqlError) else _internal_error(error)
            )
            part.enter("FAILED")
        return False
    part.duration = time.monotonic_ns() - started
    part.enter("FINISHED")
    return True


def _internal_error(error: Exception) -> str:
    _LOG.error("internal error of the sandbox", exc_info=error)
    return f"ERROR: internal error of the sandbox: {type(error).__name__}: {error}"


def _fail(statement: Statement, error: str) -> None:
    for part in (*statement.batch, statement.whole):
        if part.status not in ("FINISHED", "FAILED", "ABORTED"):
            part.error = error
            part.enter("FAILED")
