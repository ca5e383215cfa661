"""The operations of the redshift-data API for statements and sessions."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ministack.core.concurrency import run_reentrant

from redshift_sandbox.authorization import user_id
from redshift_sandbox.aws.service import Caller, JsonService, Operation, ServiceError
from redshift_sandbox.identity import database_user
from redshift_sandbox.redshift_data import catalog, engine, events, paging
from redshift_sandbox.redshift_data.authentication import find_workgroup, resolve
from redshift_sandbox.redshift_data.errors import invalid, not_found
from redshift_sandbox.redshift_data.limits import MAX_ACTIVE_STATEMENTS, MAX_STATEMENT_BYTES
from redshift_sandbox.redshift_data.parameters import bind
from redshift_sandbox.redshift_data.permissions import Permissions
from redshift_sandbox.redshift_data.results import Result
from redshift_sandbox.redshift_data.sessions import Session, Sessions
from redshift_sandbox.redshift_data.statements import FINAL, Part, Statement, Statements, Target
from redshift_sandbox.redshift_serverless.records import Namespace
from redshift_sandbox.redshift_serverless.store import Store

_Answer = TypeVar("_Answer")

# ListStatementsLimit in the model.
_PAGE = 100


@dataclass(frozen=True)
class DataApi:
    """The Data API of every workgroup in a store."""

    store: Store
    statements: Statements
    sessions: Sessions

    def service(self) -> JsonService:
        """Return the service, for registration with MiniStack."""
        operations: dict[str, Callable[[Caller, dict[str, Any]], Awaitable[Mapping[str, Any]]]] = {
            "ExecuteStatement": self.execute,
            "BatchExecuteStatement": self.batch_execute,
            "DescribeStatement": self.describe,
            "GetStatementResult": self.result,
            "GetStatementResultV2": self.result_v2,
            "ListStatements": self.list_statements,
            "CancelStatement": self.cancel,
            "ListSessions": self.list_sessions,
        }
        permissions = Permissions(self.store, self.statements, self.sessions)
        return JsonService("redshift-data", {**operations, **self._catalog_operations()}, permissions.authorizer())

    async def execute(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Run one statement (ExecuteStatement)."""
        return await self._submit(caller, request, [request["Sql"]], batch=False)

    async def batch_execute(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Run up to 40 statements, by default as one transaction (BatchExecuteStatement)."""
        return await self._submit(caller, request, request["Sqls"], batch=True)

    async def describe(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Return a statement's status and details (DescribeStatement)."""
        statement = self._statement(caller, request["Id"])
        await _wait(statement, request.get("WaitTimeSeconds"))
        if ":" in request["Id"]:
            part = _part(statement, request["Id"])
            return {**statement.describe(), **part.describe(), "SubStatements": None, "ExecutionMode": None}
        return statement.describe()

    async def result(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Return a page of a statement's rows (GetStatementResult)."""
        result, page, token = await self._result_page(caller, request, "JSON")
        return {
            "Records": json.loads(page),
            "ColumnMetadata": result.metadata(),
            "TotalNumRows": result.count,
            "NextToken": token,
        }

    async def result_v2(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Return a page of a statement's rows as CSV (GetStatementResultV2)."""
        result, page, token = await self._result_page(caller, request, "CSV")
        return {
            "Records": [{"CSVRecords": page}],
            "ColumnMetadata": result.metadata(),
            "TotalNumRows": result.count,
            "ResultFormat": "CSV",
            "NextToken": token,
        }

    async def list_statements(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """List statements, newest first; by default only FINISHED ones (ListStatements)."""
        _require_one_target(request)
        status = request.get("Status") or "FINISHED"
        prefix = request.get("StatementName") or ""
        principal = database_user(caller.access_key)
        found = (
            statement
            for statement in self.statements.newest_first()
            if status in ("ALL", statement.status)
            and statement.target.principal == principal
            and statement.target.matches(caller, request)
            and (statement.name or "").startswith(prefix)
        )
        page, token = paging.page("ListStatements", found, _statement_position, request, _PAGE)
        return {"Statements": [statement.summary() for statement in page], "NextToken": token}

    async def cancel(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Stop a running statement (CancelStatement)."""
        statement = self._statement(caller, request["Id"])
        if statement.status in FINAL:
            raise invalid(
                f"Could not cancel a query that is already in {statement.status} state with ID: {statement.id}"
            )
        await _on_a_thread(engine.cancel, statement)
        return {"Status": True}

    async def list_sessions(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """List sessions, newest first; by default only open ones (ListSessions)."""
        identifier = request.get("SessionId")
        given = [name for name in ("Status", "ClusterIdentifier", "WorkgroupName", "Database") if request.get(name)]
        if identifier and given:
            raise invalid(f"With SessionId, {', '.join(given)} can't be given.")
        _require_one_target(request)
        found = self._requested_sessions(caller, request)
        if identifier:
            found = [session for session in found if session.id == identifier]
            if not found:
                raise not_found(f"Session does not exist: {identifier}", identifier)
        page, token = paging.page("ListSessions", found, _session_position, request, _PAGE)
        return {"Sessions": [session.describe() for session in page], "NextToken": token}

    def _requested_sessions(self, caller: Caller, request: dict[str, Any]) -> list[Session]:
        """Return the caller's sessions on a target; without a SessionId, those of the requested status or open ones."""
        principal = database_user(caller.access_key)
        found = [
            session
            for session in self.sessions.newest_first()
            if session.target.principal == principal and session.target.matches(caller, request)
        ]
        if request.get("SessionId"):
            return found
        wanted = [request["Status"]] if request.get("Status") else ["AVAILABLE", "BUSY"]
        return [session for session in found if session.status in wanted]

    def _catalog_operations(self) -> dict[str, Operation]:
        def operation(name: str) -> Operation:
            async def answer(caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
                return await _on_a_thread(catalog.answer, self.store, caller, request, name)

            return answer

        return {name: operation(name) for name in catalog.READERS}

    async def _submit(
        self, caller: Caller, request: dict[str, Any], texts: list[str], *, batch: bool
    ) -> Mapping[str, Any]:
        for text in texts:
            _require_size(text)
        bound = bind(texts, request.get("Parameters") or ())
        announce = events.announcer() if request.get("WithEvent") else None
        statement = await _on_a_thread(self._begin, caller, request, bound, announce, batch=batch)
        await _wait(statement, request.get("WaitTimeSeconds"))
        waited = request.get("WaitTimeSeconds") is not None
        return {
            "Id": statement.id,
            "CreatedAt": statement.whole.created,
            "DbUser": statement.target.user,
            "DbGroups": [],
            "Database": statement.target.database,
            "SecretArn": statement.target.secret_arn,
            "WorkgroupName": statement.target.workgroup,
            "SessionId": statement.session_id,
            "Status": statement.status if waited else None,
            "RedshiftPid": statement.pid if waited else None,
            "HasResultSet": statement.has_result if waited else None,
        }

    def _begin(
        self,
        caller: Caller,
        request: dict[str, Any],
        texts: list[str],
        announce: Callable[[Statement], None] | None,
        *,
        batch: bool,
    ) -> Statement:
        token, wanted = request.get("ClientToken"), _fingerprint(request, texts)
        known = self.statements.by_token(caller, token, wanted)
        if known is not None:
            return known
        session, target = self._session_and_target(caller, request)
        try:
            namespace = self._require_capacity(target)
            statement = Statement.make(target, request, texts, batch=batch)
            kept = self.statements.add(statement, token, wanted)
        except Exception:
            self._finished(None, session)
            raise
        if kept is not statement:
            self._finished(None, session)
            return kept
        if session is not None:
            session.statement_id, statement.session_id = statement.id, session.id
        engine.start(statement, namespace, session, partial(self._finished, statement, session, announce))
        return statement

    def _session_and_target(self, caller: Caller, request: dict[str, Any]) -> tuple[Session | None, Target]:
        """Return the session that a statement runs in, if any, and its target."""
        keep_alive = request.get("SessionKeepAliveSeconds")
        if request.get("SessionId"):
            _require_no_target(request)
            session = self.sessions.take(caller, request["SessionId"], keep_alive)
            principal, owner = database_user(caller.access_key), user_id(caller)
            return session, replace(session.target, caller=caller, principal=principal, owner=owner)
        target = resolve(self.store, caller, request)
        return self.sessions.open(target, keep_alive) if keep_alive else None, target

    def _finished(
        self,
        statement: Statement | None,
        session: Session | None,
        announce: Callable[[Statement], None] | None = None,
    ) -> None:
        if statement is not None:
            self.statements.ended(statement)
        if session is not None:
            self.sessions.release(session)
        if statement is not None and announce is not None:
            announce(statement)

    def _require_capacity(self, target: Target) -> Namespace:
        """Return the namespace of a target whose workgroup has fewer active statements than the limit."""
        workgroup = find_workgroup(self.store, target.caller, target.workgroup_arn)
        if self.statements.active(workgroup.arn) >= MAX_ACTIVE_STATEMENTS:
            raise ServiceError(
                "ActiveStatementsExceededException",
                f"The number of active statements exceeds the limit of {MAX_ACTIVE_STATEMENTS}.",
            )
        return self.store.get_namespace(target.caller, workgroup.namespace_name)

    def _statement(self, caller: Caller, identifier: str) -> Statement:
        statement = self.statements.get(caller, identifier)
        if statement is None:
            raise not_found(f"Query does not exist: {identifier}", identifier)
        return statement

    async def _result_page(
        self, caller: Caller, request: dict[str, Any], wanted: str
    ) -> tuple[Result, str, str | None]:
        """Return a result, the requested page of it, and the token of the next page."""
        identifier = request["Id"]
        statement = self._statement(caller, identifier)
        await _wait(statement, request.get("WaitTimeSeconds"))
        part = _part(statement, identifier) if ":" in identifier or statement.batch else statement.whole
        # Results of a failed transaction are discarded; those of single committed statements are kept.
        status = part.status if statement.batch and not statement.transaction else statement.status
        if part.result is None or status != "FINISHED":
            raise not_found("Query does not have result. Please check query status with DescribeStatement.", identifier)
        if statement.result_format != wanted:
            operation = "GetStatementResultV2" if wanted == "JSON" else "GetStatementResult"
            raise invalid(
                f"The statement's result format is {statement.result_format}. Use {operation} to get its result."
            )
        number = _page_number(part, request.get("NextToken"))
        token = paging.token(part.id, [number + 1]) if number + 1 < len(part.result.pages) else None
        return part.result, await asyncio.to_thread(part.result.pages[number].read), token


async def _on_a_thread(work: Callable[..., _Answer], *arguments: Any, **options: Any) -> _Answer:
    """Call what may have to wait for the database, on a thread of its own: asyncio's few are for what never waits."""
    answer: _Answer = await run_reentrant(partial(work, *arguments, **options))
    return answer


def _fingerprint(request: Mapping[str, Any], texts: list[str]) -> int:
    """Return a hash of what requests with the same client token must have in common; the session may differ."""
    names = ("WorkgroupName", "Database", "SecretArn", "ExecutionMode", "ResultFormat", "StatementName")
    return hash((*texts, *(request.get(name) for name in names)))


def _statement_position(statement: Statement) -> paging.Position:
    return [-statement.whole.created.timestamp(), statement.id]


def _session_position(session: Session) -> paging.Position:
    return [-session.created.timestamp(), session.id]


def _page_number(part: Part, token: str | None) -> int:
    assert part.result is not None  # noqa: S101  # checked by the caller
    position = paging.position_of(part.id, token) if token else [0]
    match position:
        case [int(number)] if 0 <= number < len(part.result.pages):
            return number
    raise invalid(paging.NOT_OURS)


def _part(statement: Statement, identifier: str) -> Part:
    for part in statement.batch:
        if part.id == identifier:
            return part
    if statement.batch and ":" not in identifier:
        # AWS requires the sub-statement's number after a colon.
        raise not_found("Query does not have result. Please check query status with DescribeStatement.", identifier)
    raise not_found(f"Query does not exist: {identifier}", identifier)


async def _wait(statement: Statement, seconds: int | None) -> None:
    """Wait until a statement ends, without blocking a thread."""
    if seconds is None:
        return
    ended = asyncio.wrap_future(statement.done)
    await asyncio.wait([ended], timeout=seconds)


def _require_size(text: str) -> None:
    size = len(text.encode())
    if size > MAX_STATEMENT_BYTES:
        raise invalid(
            f"Query length exceeds the limit: {size} bytes of SQL, and at most {MAX_STATEMENT_BYTES} are accepted."
        )
    if not text.strip():
        raise invalid("The SQL statement is empty.")


def _require_one_target(request: Mapping[str, Any]) -> None:
    if request.get("ClusterIdentifier") and request.get("WorkgroupName"):
        raise invalid("When providing ClusterIdentifier, then WorkgroupName can't be specified.")


def _require_no_target(request: Mapping[str, Any]) -> None:
    given = [
        name for name in ("WorkgroupName", "ClusterIdentifier", "Database", "DbUser", "SecretArn") if request.get(name)
    ]
    if given:
        raise invalid(f"A session already has its target and user: {', '.join(given)} can't be given with SessionId.")
