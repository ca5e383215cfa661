"""Statements and their status: SUBMITTED, PICKED, STARTED, then FINISHED, FAILED or ABORTED."""

import functools
import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from redshift_sandbox.aws.service import Caller
from redshift_sandbox.redshift_data.errors import invalid
from redshift_sandbox.redshift_data.limits import CLIENT_TOKEN_SECONDS, RETENTION_SECONDS
from redshift_sandbox.redshift_data.results import Result
from redshift_sandbox.redshift_data.spool import SPOOL, Text

FINAL = frozenset({"FINISHED", "FAILED", "ABORTED"})

_query_ids = itertools.count(1)

# Thousands of statements, which are kept for a day, share the same target.
_interned = functools.lru_cache(maxsize=1_000)(lambda target: target)

_ENDED: Future[None] = Future()
_ENDED.set_result(None)


@dataclass(frozen=True, slots=True)
class Target:
    """The database and user that a statement runs as.

    ``principal`` is the IAM user or role that submitted it, and ``owner`` its ``aws:userid``.
    """

    caller: Caller
    principal: str
    owner: str
    workgroup: str
    workgroup_arn: str
    database: str
    user: str
    secret_arn: str | None = None

    def matches(self, caller: Caller, request: Mapping[str, Any]) -> bool:
        """Return whether ListStatements or ListSessions, called by the same principal, includes this target."""
        return (
            self.caller.tenant == caller.tenant
            and request.get("WorkgroupName") in (None, self.workgroup, self.workgroup_arn)
            and request.get("Database") in (None, self.database)
            and (request.get("RoleLevel") is not False or self.caller.access_key == caller.access_key)
        )


@dataclass(slots=True)
class Part:
    """One SQL text of a statement: the only one, or one of a batch."""

    id: str
    text: Text
    status: str = "SUBMITTED"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    duration: int = -1
    error: str | None = None
    result: Result | None = None
    rows: int = -1
    query_id: int = 0

    @property
    def sql(self) -> str:
        """The SQL text, with parameters replaced by their values."""
        return self.text.read()

    @property
    def size(self) -> int:
        """The size of the result in bytes, or -1 before the end."""
        if self.status != "FINISHED":
            return -1
        return self.result.size if self.result else 0

    def describe(self) -> dict[str, Any]:
        """Return its part of DescribeStatement's response, as a statement or sub-statement."""
        return {
            "Id": self.id,
            "Duration": self.duration,
            "Error": self.error,
            "Status": self.status,
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
            "QueryString": self.sql,
            "ResultRows": self.rows,
            "ResultSize": self.size,
            "RedshiftQueryId": self.query_id,
            "HasResultSet": self.result is not None,
        }

    def enter(self, status: str) -> None:
        """Change the status."""
        self.updated = datetime.now(UTC)
        self.status = status

    def begin(self) -> None:
        """Change the status to STARTED, with a new query id."""
        self.query_id = next(_query_ids)
        self.enter("STARTED")


@dataclass(slots=True)
class Statement:
    """A request of ExecuteStatement or BatchExecuteStatement, and its outcome."""

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
    # Cancels the running query; None if no query is running.
    interrupt: Callable[[], None] | None = None
    done: Future[None] = field(default_factory=Future)
    expires: float = field(default_factory=lambda: time.monotonic() + RETENTION_SECONDS)

    @classmethod
    def make(cls, target: Target, request: Mapping[str, Any], texts: list[str], *, batch: bool) -> "Statement":
        """Create a statement from a request and its SQL texts."""
        identifier = str(uuid.uuid4())
        kept = [SPOOL.keep(text) for text in texts]
        parts = tuple(Part(f"{identifier}:{number}", text) for number, text in enumerate(kept, start=1))
        return cls(
            target=_interned(target),
            whole=Part(identifier, SPOOL.keep("") if batch else kept[0]),
            batch=parts if batch else (),
            transaction=request.get("ExecutionMode") != "AUTO_COMMIT",
            name=request.get("StatementName"),
            parameters=tuple(request.get("Parameters") or ()),
            result_format=request.get("ResultFormat") or "JSON",
        )

    @property
    def id(self) -> str:
        """The statement's id."""
        return self.whole.id

    @property
    def status(self) -> str:
        """The status; final only after its connection and session are free for the next statement."""
        return self.whole.status if self.whole.status not in FINAL or self.done.done() else "STARTED"

    @property
    def has_result(self) -> bool:
        """Whether it, or one of its sub-statements, has a result set, even an empty one."""
        return any(part.result is not None for part in self.batch or (self.whole,))

    def end(self) -> None:
        """Wake up the requests that wait for its end."""
        done, self.done = self.done, _ENDED
        done.set_result(None)

    def describe(self) -> dict[str, Any]:
        """Return DescribeStatement's response."""
        description = self.whole.describe()
        if self.batch:
            description |= {
                "SubStatements": [part.describe() for part in self.batch],
                "HasResultSet": self.has_result,
                "ResultSize": sum(part.size for part in self.batch) if self.whole.status == "FINISHED" else -1,
                "ExecutionMode": "TRANSACTION" if self.transaction else "AUTO_COMMIT",
                "QueryString": None,
            }
        return description | {
            "Status": self.status,
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
            "Status": self.status,
            "StatementName": self.name,
            "CreatedAt": self.whole.created,
            "UpdatedAt": self.whole.updated,
            "QueryParameters": list(self.parameters) or None,
            "IsBatchStatement": bool(self.batch),
            "ResultFormat": self.result_format,
            "SessionId": self.session_id,
        }


@dataclass(frozen=True, slots=True)
class _Token:
    """A used client token: when it expires, its statement, and the hash of its request."""

    expires: float
    statement_id: str
    request: int


class Statements:
    """All statements of the last 24 hours, and the client tokens of the last 8."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Both are in order of expiration.
        self._by_id: dict[str, Statement] = {}
        self._by_token: dict[tuple[tuple[str, str], str], _Token] = {}
        self._running: dict[str, Statement] = {}

    def add(self, statement: Statement, client_token: str | None, request: int) -> Statement:
        """Add a statement that is about to run, or return the earlier statement with its client token.

        Raises
        ------
        ServiceError
            As ``by_token``. ``request`` is the hash of the request.
        """
        caller = statement.target.caller
        with self._lock:
            known = self._known(caller, client_token, request)
            if known is not None:
                return known
            if client_token:
                token = _Token(time.monotonic() + CLIENT_TOKEN_SECONDS, statement.id, request)
                self._by_token[caller.tenant, client_token] = token
            self._by_id[statement.id] = self._running[statement.id] = statement
            return statement

    def by_token(self, caller: Caller, client_token: str | None, request: int) -> Statement | None:
        """Return the statement of an earlier request with this client token.

        Raises
        ------
        ServiceError
            ValidationException, if that request was different.
        """
        with self._lock:
            return self._known(caller, client_token, request)

    def ended(self, statement: Statement) -> None:
        """Remove a statement from the active ones."""
        with self._lock:
            self._running.pop(statement.id, None)

    def get(self, caller: Caller, identifier: str) -> Statement | None:
        """Return the caller's statement with this id, which may have the suffix of a sub-statement."""
        with self._lock:
            self._forget_old()
            statement = self._by_id.get(identifier.partition(":")[0])
        if statement is None or statement.target.caller.tenant != caller.tenant:
            return None
        return statement

    def newest_first(self) -> Iterator[Statement]:
        """Return all statements."""
        with self._lock:
            self._forget_old()
            return reversed(list(self._by_id.values()))

    def active(self, workgroup_arn: str) -> int:
        """Return the number of statements of a workgroup that have not ended."""
        with self._lock:
            return sum(statement.target.workgroup_arn == workgroup_arn for statement in self._running.values())

    def _known(self, caller: Caller, client_token: str | None, request: int) -> Statement | None:
        self._forget_old()
        found = self._by_token.get((caller.tenant, client_token or ""))
        if found is None:
            return None
        if found.request != request:
            raise invalid(f"The ClientToken {client_token} was used before with other parameters.")
        return self._by_id[found.statement_id]

    def _forget_old(self) -> None:
        now = time.monotonic()
        statements = itertools.takewhile(lambda statement: statement.expires < now, self._by_id.values())
        for statement in [statement for statement in statements if statement.done.done()]:
            del self._by_id[statement.id]
        tokens = itertools.takewhile(lambda pair: pair[1].expires < now, self._by_token.items())
        for key in [key for key, _ in tokens]:
            del self._by_token[key]
