"""Sessions: connections that outlive one statement, with their temporary tables and settings."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from local.aws.service import Caller, ServiceError
from local.redshift_data.errors import invalid
from local.redshift_data.limits import MAX_SESSIONS, RETENTION_SECONDS
from local.redshift_data.statements import Target, new_id


@dataclass
class Session:
    """One session; ``status`` is AVAILABLE, BUSY or CLOSED."""

    target: Target
    keep_alive: int
    id: str = field(default_factory=new_id)
    status: str = "BUSY"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    statement_id: str | None = None
    connection: psycopg.Connection[Any] | None = None
    expires: float = field(default_factory=lambda: time.monotonic() + RETENTION_SECONDS)

    def describe(self) -> dict[str, Any]:
        """Return its entry in ListSessions."""
        ttl = datetime.now(UTC) + timedelta(seconds=max(0.0, self.expires - time.monotonic()))
        return {
            "SessionId": self.id,
            "Status": self.status,
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
            "Database": self.target.database,
            "DbUser": self.target.user,
            "WorkgroupName": self.target.workgroup,
            "SessionAliveSeconds": self.keep_alive,
            "SessionTtl": ttl,
            "CurrentStatementId": self.statement_id if self.status == "BUSY" else None,
        }


class Sessions:
    """All sessions; those whose time is over are closed when anybody looks, and by a timer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, Session] = {}

    def open(self, target: Target, keep_alive: int, statement_id: str) -> Session:
        """Open a session for its first statement.

        Raises
        ------
        ServiceError
            ActiveSessionsExceededException, if there are too many.
        """
        with self._lock:
            self._close_expired()
            if sum(session.status != "CLOSED" for session in self._by_id.values()) >= MAX_SESSIONS:
                message = f"The number of active sessions exceeds the limit of {MAX_SESSIONS}."
                raise ServiceError("ActiveSessionsExceededException", message)
            session = Session(target, keep_alive, statement_id=statement_id)
            self._by_id[session.id] = session
            return session

    def take(self, caller: Caller, identifier: str, keep_alive: int | None, statement_id: str) -> Session:
        """Give an idle session to a statement.

        Raises
        ------
        ServiceError
            ValidationException, if the session is unknown, closed or busy: it runs one statement at a time and does
            not queue.
        """
        with self._lock:
            self._close_expired()
            session = self._by_id.get(identifier)
            if session is None or session.status == "CLOSED" or session.target.caller.tenant != caller.tenant:
                message = f"Session {identifier} is not available: it does not exist, or was closed."
                raise invalid(message)
            if session.status == "BUSY":
                message = f"Session {identifier} is busy: statement {session.statement_id} is running in it."
                raise invalid(message)
            session.status, session.statement_id, session.updated = "BUSY", statement_id, datetime.now(UTC)
            if keep_alive is not None:
                session.keep_alive = keep_alive
            return session

    def release(self, session: Session) -> None:
        """Take a session back after a statement; it stays for as long as was asked, unless its connection is lost."""
        with self._lock:
            session.updated = datetime.now(UTC)
            session.expires = time.monotonic() + session.keep_alive
            if session.connection is None or session.connection.closed or session.keep_alive == 0:
                self._close(session)
                return
            session.status = "AVAILABLE"
        timer = threading.Timer(session.keep_alive + 0.05, self.sweep)
        timer.daemon = True
        timer.start()

    def list(self, caller: Caller) -> list[Session]:
        """Return the caller's sessions, newest first."""
        with self._lock:
            self._close_expired()
            own = [session for session in self._by_id.values() if session.target.caller.tenant == caller.tenant]
        return sorted(own, key=lambda session: session.created, reverse=True)

    def sweep(self) -> None:
        """Close the sessions whose time is over."""
        with self._lock:
            self._close_expired()

    def _close_expired(self) -> None:
        now = time.monotonic()
        for session in list(self._by_id.values()):
            if session.status == "AVAILABLE" and session.expires <= now:
                self._close(session)
            elif session.status == "CLOSED" and session.expires + RETENTION_SECONDS < now:
                del self._by_id[session.id]

    @staticmethod
    def _close(session: Session) -> None:
        session.status, session.updated = "CLOSED", datetime.now(UTC)
        if session.connection is not None:
            with contextlib.suppress(psycopg.Error):
                session.connection.close()
            session.connection = None
