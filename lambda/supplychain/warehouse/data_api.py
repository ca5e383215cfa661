"""A client of the Redshift Data API: submit, wait, fetch results."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from supplychain.warehouse.deadline import Deadline, OutOfTimeError
from supplychain.warehouse.results import Result, column_of, value_of

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_data.type_defs import DescribeStatementResponseTypeDef

logger = logging.getLogger(__name__)

BATCH_STATEMENTS: Final = 40
"""Most statements in one BatchExecuteStatement (Data API quota)."""

STATEMENT_BYTES: Final = 100_000
"""Most bytes in one statement: the Data API takes 100 KB."""

_WAIT_SECONDS: Final = 30
"""Longest that one request may wait for its statement (WaitTimeSeconds)."""

_SESSION_ENDS: Final = 1
"""Seconds that a session outlives its last statement: while it lives, its database cannot be dropped."""

_BUSY: Final = frozenset(
    {
        "ActiveSessionsExceededException",
        "ActiveStatementsExceededException",
        "ActiveWaitingRequestsExceededException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_REFUSED_SESSION: Final = frozenset({"ResourceNotFoundException", "ValidationException"})
_OVER: Final = frozenset({"FINISHED", "FAILED", "ABORTED"})


class StatementError(Exception):
    """A statement FAILED or was ABORTED.

    `index` is its place in its batch, from 0, or None where the database did not say.
    """

    def __init__(self, message: str, *, sql: str = "", index: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.sql = sql
        self.index = index


class SessionLostError(Exception):
    """The session that statements were to run in is gone, and with it its temporary tables: start anew."""


@dataclass
class Session:
    """A database session that statements run in one after the other; temporary tables live as long as it does."""

    keep_alive_seconds: int = 30
    id: str = ""


@dataclass
class DataApi:
    """Runs SQL in one database of a workgroup.

    Without a secret, the database user is the caller's IAM identity, with the rights of PUBLIC.
    """

    client: "RedshiftDataAPIServiceClient"
    workgroup: str
    database: str
    secret_arn: str | None = None
    deadline: Deadline = field(default_factory=Deadline)
    submissions: int = 0
    """Execute- and BatchExecuteStatement requests made so far."""

    def execute(self, sql: str) -> Result:
        """Run one statement and wait for it; gives its rows, none where it has no result.

        Raises
        ------
        StatementError
            Where the database refuses or fails it.
        OutOfTimeError
            Where the deadline comes first; the statement is cancelled.
        """
        request = {"Sql": sql, "WaitTimeSeconds": self._wait_seconds(), **self._target(None)}
        answer = self._submit(partial(self.client.execute_statement, **request))
        self._wait(answer["Id"], answer.get("Status", "SUBMITTED"), [sql])
        return self.result(answer["Id"])

    def batch(
        self, statements: Sequence[str], *, session: Session | None = None, last: bool = False, token: str | None = None
    ) -> str:
        """Run 1 to `BATCH_STATEMENTS` statements as one transaction and wait; gives the batch's id.

        The rows of its n-th statement, from 1, are `result(f"{id}:{n}")`. With `last` the session ends after it. With
        a `token` seen in the last 8 hours nothing runs again, and the answer is that of the first time. Raises as
        `execute` does, and SessionLostError.
        """
        request: dict[str, Any] = {
            "Sqls": list(statements),
            "WaitTimeSeconds": self._wait_seconds(),
            **self._target(session),
        }
        if last:
            request["SessionKeepAliveSeconds"] = _SESSION_ENDS
        if token is not None:
            request["ClientToken"] = token
        try:
            answer = self._submit(partial(self.client.batch_execute_statement, **request))
        except ClientError as error:
            if "SessionId" in request and error.response["Error"]["Code"] in _REFUSED_SESSION:
                raise SessionLostError(error.response["Error"]["Message"]) from error
            raise
        if session is not None and not session.id:
            session.id = answer["SessionId"]
        self._wait(answer["Id"], answer.get("Status", "SUBMITTED"), statements)
        return str(answer["Id"])

    def end(self, session: Session) -> None:
        """End a session before its time, where it is still there."""
        if session.id:
            with suppress(ClientError, SessionLostError, StatementError, OutOfTimeError):
                self.batch(["select 1"], session=session, last=True)

    def result(self, statement_id: str) -> Result:
        """The rows of a finished statement, all pages of them; none where it has no result."""
        try:
            first = self._patiently(partial(self.client.get_statement_result, Id=statement_id))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return Result((), [])
            raise
        columns = tuple(column_of(column) for column in first["ColumnMetadata"])
        rows = [tuple(map(value_of, record)) for page in self._pages(statement_id, first) for record in page["Records"]]
        return Result(columns, rows)

    def cancel_running(self) -> int:
        """Cancel every statement of ours that still runs in this database; gives their number."""
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
            page = self._patiently(
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

    def _wait_seconds(self) -> int:
        return max(1, min(_WAIT_SECONDS, int(min(self.deadline.remaining, _WAIT_SECONDS))))

    def _submit(self, request: Callable[[], Any]) -> Any:
        self.submissions += 1
        return self._patiently(request)

    def _patiently(self, request: Callable[[], Any]) -> Any:
        """Make a request again while the service is busy, with growing pauses, until the deadline."""
        pause = 0.5
        while True:
            try:
                return request()
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in _BUSY:
                    raise
                logger.info("the Data API is busy", extra={"code": code, "pause_seconds": pause})
                self.deadline.sleep(pause, f"the Data API kept answering {code}")
                pause = min(pause * 2, 15.0)

    def _wait(self, statement_id: str, status: str, statements: Sequence[str]) -> None:
        while status not in _OVER:
            if self.deadline.remaining <= 0:
                self._cancel(statement_id)
                raise OutOfTimeError(f"ran out of time: cancelled {_shortened(statements[0])}")
            status = self._patiently(
                partial(self.client.describe_statement, Id=statement_id, WaitTimeSeconds=self._wait_seconds())
            )["Status"]
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
        except ClientError as error:  # it ended in the meantime
            if error.response["Error"]["Code"] in {"ValidationException", "ResourceNotFoundException"}:
                return False
            raise


def _shortened(sql: str, most: int = 160) -> str:
    line = " ".join(sql[: 2 * most].split())
    return line if len(line) <= most else f"{line[:most]}…"
