"""Sessions: connections that are kept between statements, with their temporary tables and settings."""

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from redshift_sandbox.aws.service import Caller, ServiceError
from redshift_sandbox.connections import Connection, is_lost
from redshift_sandbox.redshift_data.errors import invalid
from redshift_sandbox.redshift_data.limits import MAX_SESSION_SECONDS, MAX_SESSIONS, RETENTION_SECONDS
from redshift_sandbox.redshift_data.statements import Target


@dataclass
class Session:
    """One session; ``status`` is AVAILABLE, BUSY or CLOSED."""

    target: Target
    keep_alive: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "BUSY"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    statement_id: str | None = None
    connection: Connection | None = None
    # The session is closed at this time even if it is in use.
    ends: float = field(default_factory=lambda: time.monotonic() + MAX_SESSION_SECONDS)
    expires: float = field(init=False)

    def __post_init__(self) -> None:
        self.expires = self.ends

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
    """All sessions; a thread closes those that have expired."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._by_id: dict[str, Session] = {}
        self._sweeper: threading.Thread | None = None

    def open(self, target: Target, keep_alive: int) -> Session:
        """Open a session for its first statement.

        Raises
        ------
        ServiceError
            ActiveSessionsExceededException, if there are too many.
        """
        with self._changed:
            self._close_expired()
            active = [session for session in self._by_id.values() if session.status != "CLOSED"]
            if sum(session.target.workgroup_arn == target.workgroup_arn for session in active) >= MAX_SESSIONS:
                raise ServiceError(
                    "ActiveSessionsExceededException",
                    f"The number of active sessions exceeds the limit of {MAX_SESSIONS}.",
                )
            session = Session(target, keep_alive)
            self._by_id[session.id] = session
            return session

    def take(self, caller: Caller, identifier: str, keep_alive: int | None) -> Session:
        """Reserve an idle session for a statement.

        Raises
        ------
        ServiceError
            ValidationException, if the session is unknown, closed or busy: a session runs one statement at a time,
            without a queue.
        """
        with self._changed:
            self._close_expired()
            session = self._by_id.get(identifier)
            # AWS's messages (awslabs/mcp#4587).
            if session is None or session.target.caller.tenant != caller.tenant:
                raise invalid(f"Session with Id: {identifier} is invalid")
            if session.status == "AVAILABLE" and session.connection is not None and is_lost(session.connection):
                self._close(session)
            if session.status == "CLOSED":
                raise invalid("Session is not available")
            if session.status == "BUSY":
                raise invalid(f"Session {identifier} is busy: statement {session.statement_id} is running in it.")
            session.status, session.updated = "BUSY", datetime.now(UTC)
            if keep_alive is not None:
                session.keep_alive = keep_alive
            return session

    def get(self, caller: Caller, identifier: str) -> Session | None:
        """Return a session of the caller's account and region, open or closed."""
        with self._changed:
            session = self._by_id.get(identifier)
        return session if session is not None and session.target.caller.tenant == caller.tenant else None

    def release(self, session: Session) -> None:
        """Return a session after a statement. It is kept for its keep-alive time, unless its connection is lost."""
        with self._changed:
            session.updated = datetime.now(UTC)
            session.expires = min(time.monotonic() + session.keep_alive, session.ends)
            if session.connection is None or session.connection.closed or session.keep_alive == 0:
                self._close(session)
                return
            session.status = "AVAILABLE"
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._sweep, name="session-sweeper", daemon=True)
                self._sweeper.start()
            self._changed.notify_all()

    def newest_first(self) -> Iterator[Session]:
        """Return all sessions, including those closed within the last day."""
        with self._changed:
            self._close_expired()
            return reversed(list(self._by_id.values()))

    def _sweep(self) -> None:
        """Close sessions when they expire, as long as the server runs."""
        with self._changed:
            while True:
                self._close_expired()
                due = [session.expires for session in self._by_id.values() if session.status != "CLOSED"]
                self._changed.wait(max(0.01, min(due) - time.monotonic()) if due else None)

    def _close_expired(self) -> None:
        now = time.monotonic()
        for session in list(self._by_id.values()):
            if session.status == "AVAILABLE" and session.expires <= now:
                self._close(session)
            elif session.status == "BUSY" and session.ends <= now:
                # Cancel its statement; release() then closes the session.
                session.expires = now + 1
                if session.connection is not None:
                    session.connection.cancel_safe(timeout=1)
            elif session.status == "CLOSED" and session.expires + RETENTION_SECONDS < now:
                del self._by_id[session.id]

    @staticmethod
    def _close(session: Session) -> None:
        session.status, session.updated = "CLOSED", datetime.now(UTC)
        if session.connection is not None:
            with contextlib.suppress(psycopg.Error):
                session.connection.close()
            session.connection = None
