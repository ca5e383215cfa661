"""Idle connections, reused by the next statement of the same user: opening one takes longer than most statements."""

import contextlib
import select
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult

Connection = psycopg.Connection[Any]

# Idle connections kept for each database and user. More statements than this at a time open new connections.
_MAX_IDLE = 8
_MAX_IDLE_SECONDS = 60.0

# Rows in memory at a time while a result is read.
_CHUNK_ROWS = 200
# How long PostgreSQL may take to react to a cancel request.
_CANCEL_SECONDS = 5.0


def stream(connection: Connection, query: str) -> Generator[PGresult]:
    """Run one statement and yield its result in parts, the last of which may have no rows.

    psycopg would keep the whole result in memory. The connection is busy until the last part has been read; closing the
    generator before that cancels the statement.

    Raises
    ------
    psycopg.Error
        If the statement fails.
    """
    with connection.lock:
        pgconn = connection.pgconn
        pgconn.send_query(query.encode(connection.info.encoding))
        pgconn.set_chunked_rows_mode(_CHUNK_ROWS)
        connection.wait(generators.send(pgconn))
        try:
            while (part := connection.wait(generators.fetch(pgconn))) is not None:
                if part.status == pq.ExecStatus.FATAL_ERROR:
                    raise error_from_result(part, connection.info.encoding)
                yield part
        except GeneratorExit:
            connection.cancel_safe(timeout=_CANCEL_SECONDS)
            raise
        finally:
            _drain(connection)


def _drain(connection: Connection) -> None:
    """Read what is left of a result, so that the connection can be used again."""
    with contextlib.suppress(psycopg.OperationalError):  # the next statement on a lost connection reports it
        while connection.wait(generators.fetch(connection.pgconn)) is not None:
            pass


class Connections:
    """The idle connections of one cluster, by database and user.

    psycopg's own pool is not used: it hides why a connection was refused, and runs threads for each pair of database
    and user.

    Parameters
    ----------
    open_one
        Opens a connection to a database as a user.
    """

    def __init__(self, open_one: Callable[[str, str], Connection]) -> None:
        self._open = open_one
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str], list[tuple[float, Connection]]] = {}

    @contextlib.contextmanager
    def borrow(self, database: str, user: str) -> Iterator[Connection]:
        """Borrow a connection for the length of the block.

        Raises
        ------
        psycopg.OperationalError
            If the database or the user does not exist.
        """
        connection = self._take(database, user) or self._open(database, user)
        try:
            yield connection
        finally:
            self._put(database, user, connection)

    def close_idle(self) -> None:
        """Close the idle connections: a database can only be dropped or renamed when nobody is connected to it."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for _, connection in kept]
            self._idle.clear()
        _close(idle)

    def _take(self, database: str, user: str) -> Connection | None:
        with self._lock:
            kept = self._idle.get((database, user), [])
            while kept:
                _, connection = kept.pop()
                if not is_lost(connection):
                    return connection
        return None

    def _put(self, database: str, user: str, connection: Connection) -> None:
        if not _reset(connection):
            _close([connection])
            return
        now = time.monotonic()
        with self._lock:
            kept = self._idle.setdefault((database, user), [])
            kept.append((now, connection))
            old = [
                pair
                for pairs in self._idle.values()
                for index, pair in enumerate(pairs)
                if pair[0] < now - _MAX_IDLE_SECONDS or index >= _MAX_IDLE
            ]
            for pairs in self._idle.values():
                pairs[:] = [pair for pair in pairs if pair not in old]
        _close([connection for _, connection in old])


def is_lost(connection: Connection) -> bool:
    """Return whether an idle connection is closed, or its server has ended: that sends nothing else unasked."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _reset(connection: Connection) -> bool:
    """Reset a connection to its initial state; return whether that worked."""
    try:
        if connection.closed:
            return False
        if connection.info.transaction_status != pq.TransactionStatus.IDLE:
            connection.rollback()
        connection.execute("DISCARD ALL")
    except psycopg.Error:
        return False
    return True


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        with contextlib.suppress(psycopg.Error):
            connection.close()
