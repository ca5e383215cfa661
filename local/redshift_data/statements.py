"""Statements and their life: SUBMITTED, PICKED, STARTED, then FINISHED, FAILED or ABORTED."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.aws.service import Caller
from local.redshift_data.limits import CLIENT_TOKEN_SECONDS, RETENTION_SECONDS
from local.redshift_data.results import Result

FINAL = frozenset({"FINISHED", "FAILED", "ABORTED"})

_query_ids = itertools.count(1)


@dataclass(frozen=True)
class Target:
    """Where and as whom a statement runs."""

    caller: Caller
    workgroup: str
    namespace_id: str
    database: str
    user: str
    secret_arn: str | None = None


@dataclass
class Part:
    """One SQL text of a statement: the only one, or one of a batch."""

    id: str
    sql: str
    status: str = "SUBMITTED"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    duration: int = -1
    error: str | None = None
    result: Result | None = None
    rows: int = -1
    query_id: int = 0

    def describe(self) -> dict[str, Any]:
        """Return what DescribeStatement says of it, as a sub-statement or as the statement itself."""
        return {
            "Id": self.id,
            "Duration": self.duration,
            "Error": self.error,
            "Status": self.status,
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
            "QueryString": self.sql,
            "ResultRows": self.rows,
            "ResultSize": -1 if self.status != "FINISHED" else (self.result.size if self.result else 0),
            "RedshiftQueryId": self.query_id,
            "HasResultSet": self.result is not None,
        }

    def enter(self, status: str) -> None:
        """Move on to a status."""
        self.status, self.updated = status, datetime.now(UTC)
        if status == "STARTED":
            self.query_id = next(_query_ids)


@dataclass
class Statement:
    """What one ExecuteStatement or BatchExecuteStatement asked for, and what became of it."""

    target: Target
    whole: Part
    batch: tuple[Part, ...] = ()
    transaction: bool = True
    name: str | None = None
    parameters: tuple[Mapping[str, str], ...] = ()
    result_format: str = "JSON"
    session_id: str | None = None
    pid: int = 0
    cancelled: bool = False
    # Stops the statement in the engine; set while it runs.
    interrupt: Callable[[], None] | None = None
    done: Future[None] = field(default_factory=Future)
    expires: float = field(default_factory=lambda: time.monotonic() + RETENTION_SECONDS)

    @property
    def id(self) -> str:
        """The statement's id."""
        return self.whole.id

    def describe(self) -> dict[str, Any]:
        """Return DescribeStatement's answer."""
        description = self.whole.describe()
        if self.batch:
            description |= {
                "SubStatements": [part.describe() for part in self.batch],
                "HasResultSet": any(part.result is not None for part in self.batch),
                "ExecutionMode": "TRANSACTION" if self.transaction else "AUTO_COMMIT",
                "QueryString": None,
            }
        return description | {
            "SecretArn": self.target.secret_arn,
            "DbUser": self.target.user,
            "Database": self.target.database,
            "RedshiftPid": self.pid,
            "QueryParameters": list(self.parameters) or None,
            "WorkgroupName": self.target.workgroup,
            "ResultFormat": self.result_format,
            "SessionId": self.session_id,
        }

    def summary(self) -> dict[str, Any]:
        """Return its entry in ListStatements."""
        return {
            "Id": self.id,
            "QueryString": None if self.batch else self.whole.sql,
            "QueryStrings": [part.sql for part in self.batch] if self.batch else None,
            "SecretArn": self.target.secret_arn,
            "Status": self.whole.status,
            "StatementName": self.name,
            "CreatedAt": self.whole.created,
            "UpdatedAt": self.whole.updated,
            "QueryParameters": list(self.parameters) or None,
            "IsBatchStatement": bool(self.batch),
            "ResultFormat": self.result_format,
            "SessionId": self.session_id,
        }


class Statements:
    """All statements of the last 24 hours, and the client tokens of the last 8."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, Statement] = {}
        self._by_token: dict[tuple[str, str, str], tuple[float, str]] = {}

    def add(self, statement: Statement, client_token: str | None) -> Statement:
        """Keep a statement; where its client token was used before, return the statement of that request instead."""
        caller = statement.target.caller
        with self._lock:
            self._forget_old()
            if client_token:
                key = (caller.account, caller.region, client_token)
                if key in self._by_token:
                    return self._by_id[self._by_token[key][1]]
                self._by_token[key] = (time.monotonic() + CLIENT_TOKEN_SECONDS, statement.id)
            self._by_id[statement.id] = statement
            return statement

    def by_token(self, caller: Caller, client_token: str | None) -> Statement | None:
        """Return the statement of an earlier request with this client token."""
        with self._lock:
            self._forget_old()
            found = self._by_token.get((caller.account, caller.region, client_token or ""))
            return self._by_id[found[1]] if found else None

    def remove(self, statement: Statement) -> None:
        """Forget a statement that never came to run, and its token."""
        with self._lock:
            self._by_id.pop(statement.id, None)
            self._by_token = {key: value for key, value in self._by_token.items() if value[1] != statement.id}

    def get(self, caller: Caller, identifier: str) -> Statement | None:
        """Return the caller's statement of this id, the number of a sub-statement aside."""
        with self._lock:
            self._forget_old()
            statement = self._by_id.get(identifier.partition(":")[0])
        if statement is None or statement.target.caller.tenant != caller.tenant:
            return None
        return statement

    def list(self, caller: Caller) -> list[Statement]:
        """Return the caller's statements, newest first."""
        with self._lock:
            self._forget_old()
            own = [statement for statement in self._by_id.values() if statement.target.caller.tenant == caller.tenant]
        return sorted(own, key=lambda statement: statement.whole.created, reverse=True)

    def active(self) -> int:
        """Return how many statements have not ended."""
        with self._lock:
            return sum(statement.whole.status not in FINAL for statement in self._by_id.values())

    def _forget_old(self) -> None:
        now = time.monotonic()
        old = [key for key, statement in self._by_id.items() if statement.expires < now and statement.done.done()]
        for key in old:
            del self._by_id[key]
        self._by_token = {
            key: value for key, value in self._by_token.items() if value[0] > now and value[1] in self._by_id
        }


def new_id() -> str:
    """Return a new statement or session id."""
    return str(uuid.uuid4())
