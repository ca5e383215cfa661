"""A client of the Redshift Data API: submit, wait, fetch results."""

import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from supplychain.warehouse.deadline import Deadline, OutOfTimeError
from supplychain.warehouse.results import Result, parse_column, parse_value

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_data.type_defs import DescribeStatementResponseTypeDef

logger = logging.getLogger(__name__)

BATCH_STATEMENTS: Final = 40
"""The largest number of statements in a BatchExecuteStatement (Data API quota)."""

STATEMENT_BYTES: Final = 100_000
"""The largest size of a statement (Data API quota). The documentation leaves open whether it applies to the request,
so all statements of a batch together stay below it."""

_WAIT_SECONDS: Final = 30
"""The longest time that a request may wait for its statement (WaitTimeSeconds)."""

_WATCHED_WAIT_SECONDS: Final = 3
"""The same for a statement that `while_waiting` watches."""

_CLOSING_KEEP_ALIVE_SECONDS: Final = 1
"""How long a session outlives its last statement. Its database cannot be dropped before it ends."""

_BUSY_CODES: Final = frozenset(
    {
        "ActiveSessionsExceededException",
        "ActiveStatementsExceededException",
        "ActiveWaitingRequestsExceededException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_LOST_SESSION_CODES: Final = frozenset({"ResourceNotFoundException", "ValidationException"})
_BUSY_SESSION: Final = re.compile(r"session\b.*\b(busy|in use|running)", re.IGNORECASE)
_BUSY_SESSION_SECONDS: Final = 30.0
"""How long a session may stay busy with an earlier statement before it is given up for a new one."""
_DENIED_CODES: Final = frozenset({"AccessDenied", "AccessDeniedException", "ValidationException"})
_DENIED: Final = "not authorized to perform"
"""What the message of a denied request contains. The Data API reports denied credentials as a ValidationException."""

_FIRST_POLL_SECONDS: Final = 0.1
_LONGEST_POLL_SECONDS: Final = 5.0
_POLL_GROWTH: Final = 1.5
_FINAL_STATUSES: Final = frozenset({"FINISHED", "FAILED", "ABORTED"})


class StatementError(Exception):
    """A statement failed or was cancelled.

    `index` is its position in the batch, from 0, or None if the Data API did not report it.
    """

    def __init__(self, message: str, *, sql: str = "", index: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.sql = sql
        self.index = index


class SessionLostError(Exception):
    """The session does not exist any more, nor do its temporary tables: start again with a new one."""


class SessionDeniedError(Exception):
    """IAM does not allow a statement in an open session, although it allowed the one that opened the session."""


def is_denied(error: ClientError) -> bool:
    """Return whether IAM has denied a request, whichever error the service reports."""
    details = error.response["Error"]
    return details["Code"] in _DENIED_CODES and _DENIED in details.get("Message", "")


@dataclass
class Session:
    """A database session, in which statements run one at a time. Its temporary tables exist until it ends."""

    keep_alive_seconds: int = 30
    id: str = ""


@dataclass
class DataApi:
    """Runs SQL in one database of a workgroup.

    Without a secret, statements run as the database user of the caller's IAM identity, with the privileges of PUBLIC.
    """

    client: "RedshiftDataAPIServiceClient"
    workgroup: str
    database: str
    secret_arn: str | None = None
    deadline: Deadline = field(default_factory=Deadline)
    submissions: int = 0
    """The number of ExecuteStatement and BatchExecuteStatement requests so far."""

    def execute(self, sql: str, parameters: Mapping[str, str] | None = None) -> Result:
        """Run a statement, wait for it and return its rows; none if it has no result.

        Parameters
        ----------
        parameters
            The value of each ``:name`` in the statement, as text that Redshift converts.

        Raises
        ------
        StatementError
            If the statement fails.
        OutOfTimeError
            If the deadline passes; the statement is cancelled.
        """
        request = {"Sql": sql, "WaitTimeSeconds": self._wait_seconds(_WAIT_SECONDS), **self._target(None)}
        if parameters:
            request["Parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
        answer = self._submit(partial(self.client.execute_statement, **request))
        self._wait(answer["Id"], answer.get("Status", "SUBMITTED"), [sql])
        return self.result(answer["Id"])

    def batch(
        self,
        statements: Sequence[str],
        *,
        session: Session | None = None,
        close_session: bool = False,
        token: str | None = None,
        while_waiting: Callable[[int], None] | None = None,
    ) -> str:
        """Run 1 to `BATCH_STATEMENTS` statements as one transaction, wait for it and return the id of the batch.

        The rows of statement n, counted from 1, are `result(f"{id}:{n}")`. A `token` used in the last 8 hours runs
        nothing and returns the id of the batch that was run with it. `while_waiting` is called every few seconds with
        the process id of the session that runs the batch.

        Raises
        ------
        StatementError
            If a statement fails; the transaction is rolled back.
        OutOfTimeError
            If the deadline passes; the batch is cancelled.
        SessionLostError
            If the session does not exist any more, or stays busy.
        SessionDeniedError
            If IAM does not allow statements in an open session.
        """
        longest_wait = _WAIT_SECONDS if while_waiting is None else _WATCHED_WAIT_SECONDS
        request: dict[str, Any] = {
            "Sqls": list(statements),
            "WaitTimeSeconds": self._wait_seconds(longest_wait),
            **self._target(session),
        }
        if close_session:
            request["SessionKeepAliveSeconds"] = _CLOSING_KEEP_ALIVE_SECONDS
        if token is not None:
            request["ClientToken"] = token
        call = partial(self.client.batch_execute_statement, **request)
        answer = self._submit_in_session(call) if "SessionId" in request else self._submit(call)
        if session is not None and not session.id:
            session.id = answer["SessionId"]
        self._wait(answer["Id"], answer.get("Status", "SUBMITTED"), statements, while_waiting)
        return str(answer["Id"])

    def close(self, session: Session) -> None:
        """End a session early. Succeeds if it has ended already."""
        if session.id:
            with suppress(ClientError, SessionLostError, StatementError, OutOfTimeError):
                self.batch(["select 1"], session=session, close_session=True)

    def result(self, statement_id: str) -> Result:
        """Return all rows of a finished statement; none if it has no result."""
        try:
            first = self._retry_while_busy(partial(self.client.get_statement_result, Id=statement_id))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return Result((), [])
            raise
        columns = tuple(parse_column(column) for column in first["ColumnMetadata"])
        rows = [
            tuple(map(parse_value, record)) for page in self._pages(statement_id, first) for record in page["Records"]
        ]
        return Result(columns, rows)

    def cancel_running(self) -> int:
        """Cancel the running statements of this identity in this database and return their number."""
        cancelled = 0
        for status in ("SUBMITTED", "PICKED", "STARTED"):
            pages = self.client.get_paginator("list_statements").paginate(
                Status=status,
                WorkgroupName=self.workgroup,
                Database=self.database,
            )
            for page in pages:
                for statement in page["Statements"]:
                    cancelled += self._cancel(statement["Id"])
        return cancelled

    def _pages(self, statement_id: str, page: Any) -> Iterator[Any]:
        yield page
        while "NextToken" in page:
            page = self._retry_while_busy(
                partial(self.client.get_statement_result, Id=statement_id, NextToken=page["NextToken"])
            )
            yield page

    def _target(self, session: Session | None) -> dict[str, Any]:
        if session is not None and session.id:
            return {"SessionId": session.id, "SessionKeepAliveSeconds": session.keep_alive_seconds}
        target: dict[str, Any] = {"WorkgroupName": self.workgroup, "Database": self.database}
        if self.secret_arn is not None:
            target["SecretArn"] = self.secret_arn
        if session is not None:
            target["SessionKeepAliveSeconds"] = session.keep_alive_seconds
        return target

    def _wait_seconds(self, longest: int) -> int:
        return max(1, int(min(self.deadline.remaining, longest)))

    def _submit_in_session(self, request: Callable[[], Any]) -> Any:
        """Submit a request that names an open session; repeat it while an earlier statement runs in the session."""
        give_up = time.monotonic() + _BUSY_SESSION_SECONDS
        while True:
            try:
                return self._submit(request)
            except ClientError as error:
                code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
                if is_denied(error):
                    raise SessionDeniedError(message) from error
                if code not in _LOST_SESSION_CODES:
                    raise
                if not _BUSY_SESSION.search(message) or time.monotonic() > give_up:
                    raise SessionLostError(message) from error
                self.deadline.sleep(_jittered(1.0), message)

    def _submit(self, request: Callable[[], Any]) -> Any:
        self.submissions += 1
        return self._retry_while_busy(request)

    def _retry_while_busy(self, request: Callable[[], Any]) -> Any:
        """Repeat a request while the service is busy, with increasing pauses, until the deadline."""
        pause = 0.5
        while True:
            try:
                return request()
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in _BUSY_CODES:
                    raise
                logger.info("the Data API is busy", extra={"code": code, "pause_seconds": pause})
                self.deadline.sleep(pause, f"the Data API kept answering {code}")
                pause = min(pause * 2, 15.0)

    def _wait(
        self,
        statement_id: str,
        status: str,
        statements: Sequence[str],
        while_waiting: Callable[[int], None] | None = None,
    ) -> None:
        """Poll until the statement has ended: WaitTimeSeconds delays each answer, and pauses do if it is ignored."""
        longest_wait = _WAIT_SECONDS if while_waiting is None else _WATCHED_WAIT_SECONDS
        pause = _FIRST_POLL_SECONDS
        while status not in _FINAL_STATUSES:
            if self.deadline.remaining <= 0:
                self._cancel(statement_id)
                raise OutOfTimeError(f"ran out of time: cancelled {_shortened(statements[0])}")
            asked = time.monotonic()
            described = self._retry_while_busy(
                partial(
                    self.client.describe_statement,
                    Id=statement_id,
                    WaitTimeSeconds=self._wait_seconds(longest_wait),
                )
            )
            status = described["Status"]
            if while_waiting is not None and status not in _FINAL_STATUSES and described.get("RedshiftPid"):
                while_waiting(described["RedshiftPid"])
            early = _jittered(pause) - (time.monotonic() - asked)
            if status not in _FINAL_STATUSES and 0 < early < self.deadline.remaining:
                self.deadline.sleep(early, "waiting for a statement")
            pause = min(pause * _POLL_GROWTH, _LONGEST_POLL_SECONDS)
        if status != "FINISHED":
            raise self._failure(self.client.describe_statement(Id=statement_id), statements)

    def _failure(self, described: "DescribeStatementResponseTypeDef", statements: Sequence[str]) -> StatementError:
        message = described.get("Error") or f"the statement was {described['Status']}"
        for index, part in enumerate(described.get("SubStatements", [])):
            if part.get("Status") in {"FAILED", "ABORTED"} and part.get("Error"):
                return StatementError(part["Error"], sql=_shortened(statements[index]), index=index)
        only = len(statements) == 1
        return StatementError(message, sql=_shortened(statements[0]) if only else "", index=0 if only else None)

    def _cancel(self, statement_id: str) -> bool:
        try:
            return bool(self.client.cancel_statement(Id=statement_id)["Status"])
        except ClientError as error:  # it has ended in the meantime
            if error.response["Error"]["Code"] in {"ValidationException", "ResourceNotFoundException"}:
                return False
            raise


def _jittered(seconds: float) -> float:
    """Between half of and all of `seconds`: clients that started together do not stay in step."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311  # no secret


def _shortened(sql: str, limit: int = 160) -> str:
    line = " ".join(sql[: 2 * limit].split())
    return line if len(line) <= limit else f"{line[:limit]}…"
