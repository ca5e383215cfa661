"""Connections that are kept for the next statement of the same user: opening one takes longer than most statements."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg import pq

Connection = psycopg.Connection[Any]

# Few statements of one user run at a time; what more there are may open connections of their own.
_KEPT = 8
_KEPT_SECONDS = 60.0


class Connections:
    """The connections of one cluster that wait for work, by database and user.

    psycopg's own pool is not used: it holds back the reason why a connection is refused, and keeps threads for each
    pair of database and user.

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
    def lent(self, database: str, user: str) -> Iterator[Connection]:
        """Lend a connection for a while.

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
        """Close what waits for work: a database is only dropped or renamed when nobody is connected to it."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for _, connection in kept]
            self._idle.clear()
        _close(idle)

    def _take(self, database: str, user: str) -> Connection | None:
        with self._lock:
            kept = self._idle.get((database, user), [])
            while kept:
                _, connection = kept.pop()
                if not connection.closed:
                    return connection
        return None

    def _put(self, database: str, user: str, connection: Connection) -> None:
        if not _made_new(connection):
            _close([connection])
            return
        now = time.monotonic()
        with self._lock:
            kept = self._idle.setdefault((database, user), [])
            kept.append((now, connection))
            old = [
                pair
                for pairs in self._idle.values()
                for place, pair in enumerate(pairs)
                if pair[0] < now - _KEPT_SECONDS or place >= _KEPT
            ]
            for pairs in self._idle.values():
                pairs[:] = [pair for pair in pairs if pair not in old]
        _close([connection for _, connection in old])


def _made_new(connection: Connection) -> bool:
    """Bring a connection back to what it was when it was opened; return whether that worked."""
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
