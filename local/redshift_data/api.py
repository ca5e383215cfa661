"""The operations of the redshift-data API that run, follow and answer statements."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.aws.service import Caller, JsonService, Operation, ServiceError
from local.redshift_data import catalog, engine
from local.redshift_data.authentication import resolve
from local.redshift_data.errors import invalid, not_found
from local.redshift_data.limits import MAX_ACTIVE_STATEMENTS, MAX_STATEMENT_BYTES
from local.redshift_data.parameters import bind
from local.redshift_data.sessions import Session, Sessions
from local.redshift_data.statements import FINAL, Part, Statement, Statements, Target, new_id
from local.redshift_serverless.records import Namespace
from local.redshift_serverless.store import Store

_PAGE = 100


@dataclass(frozen=True)
class DataApi:
    """The Data API of every workgroup in a store."""

    store: Store
    statements: Statements
    sessions: Sessions

    def service(self) -> JsonService:
        """Return the service, to be registered with MiniStack."""
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
        return JsonService("redshift-data", {**operations, **self._catalog_operations()})

    async def execute(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Run one statement (ExecuteStatement)."""
        return await self._submit(caller, request, [request["Sql"]], batch=False)

    async def batch_execute(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Run up to 40 statements, as one transaction unless asked otherwise (BatchExecuteStatement)."""
        return await self._submit(caller, request, request["Sqls"], batch=True)

    async def describe(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Tell how a statement stands (DescribeStatement)."""
        statement = self._statement(caller, request["Id"])
        await _wait(statement, request.get("WaitTimeSeconds"))
        if ":" in request["Id"]:
            part = _part(statement, request["Id"])
            return {**statement.describe(), **part.describe(), "SubStatements": None, "ExecutionMode": None}
        return statement.describe()

    async def result(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Return a page of a statement's rows (GetStatementResult)."""
        statement, part = await self._finished(caller, request, "JSON")
        assert part.result is not None  # noqa: S101 - _finished() saw to it
        rows, token = part.result.page(request.get("NextToken"))
        del statement
        return {
            "Records": part.result.records(rows),
            "ColumnMetadata": [column.metadata() for column in part.result.columns],
            "TotalNumRows": len(part.result.rows),
            "NextToken": token,
        }

    async def result_v2(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Return a page of a statement's rows as CSV (GetStatementResultV2)."""
        _, part = await self._finished(caller, request, "CSV")
        assert part.result is not None  # noqa: S101 - _finished() saw to it
        rows, token = part.result.page(request.get("NextToken"))
        return {
            "Records": [{"CSVRecords": part.result.csv(rows, header=not request.get("NextToken"))}],
            "ColumnMetadata": [column.metadata() for column in part.result.columns],
            "TotalNumRows": len(part.result.rows),
            "ResultFormat": "CSV",
            "NextToken": token,
        }

    async def list_statements(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """List statements, newest first; those that FINISHED unless another status is asked for (ListStatements)."""
        status = request.get("Status") or "FINISHED"
        prefix = request.get("StatementName") or ""
        found = [
            statement.summary()
            for statement in self.statements.list(caller)
            if status in ("ALL", statement.whole.status)
            and (statement.name or "").startswith(prefix)
            and request.get("WorkgroupName") in (None, statement.target.workgroup)
            and request.get("Database") in (None, statement.target.database)
        ]
        return catalog.page("Statements", found, request, _PAGE)

    async def cancel(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """Stop a running statement (CancelStatement)."""
        statement = self._statement(caller, request["Id"])
        if statement.whole.status in FINAL:
            message = (
                f"Could not cancel a query that is already in {statement.whole.status} state with ID: {statement.id}"
            )
            raise invalid(message)
        await asyncio.to_thread(engine.cancel, statement)
        return {"Status": True}

    async def list_sessions(self, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
        """List sessions, newest first; open ones unless another status is asked for (ListSessions)."""
        wanted = [request["Status"]] if request.get("Status") else ["AVAILABLE", "BUSY"]
        identifier = request.get("SessionId")
        found = [
            session.describe()
            for session in self.sessions.list(caller)
            if (session.id == identifier if identifier else session.status in wanted)
            and request.get("WorkgroupName") in (None, session.target.workgroup)
            and request.get("Database") in (None, session.target.database)
        ]
        return catalog.page("Sessions", found, request, _PAGE)

    def _catalog_operations(self) -> dict[str, Operation]:
        def operation(read: catalog.Reader) -> Operation:
            async def answer(caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
                return await asyncio.to_thread(catalog.answer, self.store, caller, request, read)

            return answer

        return {name: operation(read) for name, read in catalog.READERS.items()}

    async def _submit(
        self, caller: Caller, request: dict[str, Any], texts: list[str], *, batch: bool
    ) -> Mapping[str, Any]:
        for text in texts:
            _require_size(text)
        bound = bind(texts, request.get("Parameters") or ())
        statement = await asyncio.to_thread(self._begin, caller, request, bound, batch=batch)
        await _wait(statement, request.get("WaitTimeSeconds"))
        whole = statement.whole
        waited = request.get("WaitTimeSeconds") is not None
        parts = statement.batch or (whole,)
        return {
            "Id": statement.id,
            "CreatedAt": whole.created,
            "DbUser": statement.target.user,
            "DbGroups": [],
            "Database": statement.target.database,
            "SecretArn": statement.target.secret_arn,
            "WorkgroupName": statement.target.workgroup,
            "SessionId": statement.session_id,
            "Status": whole.status if waited else None,
            "RedshiftPid": statement.pid if waited else None,
            "HasResultSet": any(part.result is not None for part in parts) if waited else None,
        }

    def _begin(self, caller: Caller, request: dict[str, Any], texts: list[str], *, batch: bool) -> Statement:
        self._require_room()
        identifier = new_id()
        session: Session | None = None
        if request.get("SessionId"):
            _require_no_target(request)
            known = self.statements.by_token(caller, request.get("ClientToken"))
            if known is not None:
                return known
            session = self.sessions.take(
                caller, request["SessionId"], request.get("SessionKeepAliveSeconds"), identifier
            )
            target, namespace = session.target, self._namespace(session)
        else:
            target, namespace = resolve(self.store, caller, request)
        statement = _statement(target, request, texts, identifier, batch=batch)
        kept = self.statements.add(statement, request.get("ClientToken"))
        if kept is not statement:
            return kept
        if session is None and request.get("SessionKeepAliveSeconds"):
            try:
                session = self.sessions.open(target, request["SessionKeepAliveSeconds"], identifier)
            except ServiceError:
                self.statements.remove(statement)
                raise
        if session is not None:
            statement.session_id = session.id
        engine.start(statement, namespace, session, lambda: self.sessions.release(session) if session else None)
        return statement

    def _require_room(self) -> None:
        if self.statements.active() >= MAX_ACTIVE_STATEMENTS:
            message = f"The number of active statements exceeds the limit of {MAX_ACTIVE_STATEMENTS}."
            raise ServiceError("ActiveStatementsExceededException", message)

    def _namespace(self, session: Session) -> Namespace:
        caller = session.target.caller
        workgroup = self.store.get_workgroup(caller, session.target.workgroup)
        return self.store.get_namespace(caller, workgroup.namespace_name)

    def _statement(self, caller: Caller, identifier: str) -> Statement:
        statement = self.statements.get(caller, identifier)
        if statement is None:
            message = f"Query does not exist: {identifier}"
            raise not_found(message, identifier)
        return statement

    async def _finished(self, caller: Caller, request: dict[str, Any], wanted: str) -> tuple[Statement, Part]:
        identifier = request["Id"]
        statement = self._statement(caller, identifier)
        await _wait(statement, request.get("WaitTimeSeconds"))
        part = _part(statement, identifier) if ":" in identifier or statement.batch else statement.whole
        if part.result is None or statement.whole.status != "FINISHED":
            message = "Query does not have result. Please check query status with DescribeStatement."
            raise not_found(message, identifier)
        if statement.result_format != wanted:
            operation = "GetStatementResultV2" if wanted == "JSON" else "GetStatementResult"
            message = f"The statement's result format is {statement.result_format}. Use {operation} to get its result."
            raise invalid(message)
        return statement, part


def _statement(
    target: Target, request: Mapping[str, Any], texts: list[str], identifier: str, *, batch: bool
) -> Statement:
    parts = tuple(Part(f"{identifier}:{number}", text) for number, text in enumerate(texts, start=1)) if batch else ()
    return Statement(
        target=target,
        whole=Part(identifier, "" if batch else texts[0]),
        batch=parts,
        transaction=request.get("ExecutionMode") != "AUTO_COMMIT",
        name=request.get("StatementName"),
        parameters=tuple(request.get("Parameters") or ()),
        result_format=request.get("ResultFormat") or "JSON",
    )


def _part(statement: Statement, identifier: str) -> Part:
    for part in statement.batch:
        if part.id == identifier:
            return part
    if statement.batch and ":" not in identifier:
        # AWS wants the sub-statement named, by its number after a colon.
        message = "Query does not have result. Please check query status with DescribeStatement."
        raise not_found(message, identifier)
    message = f"Query does not exist: {identifier}"
    raise not_found(message, identifier)


async def _wait(statement: Statement, seconds: int | None) -> None:
    """Wait for a statement's end without holding a thread."""
    if seconds is None:
        return
    ended = asyncio.wrap_future(statement.done)
    await asyncio.wait([ended], timeout=seconds)


def _require_size(text: str) -> None:
    size = len(text.encode())
    if size > MAX_STATEMENT_BYTES:
        message = (
            f"Query length exceeds the limit: {size} bytes of SQL, and at most {MAX_STATEMENT_BYTES} are accepted."
        )
        raise invalid(message)
    if not text.strip():
        message = "The SQL statement is empty."
        raise invalid(message)


def _require_no_target(request: Mapping[str, Any]) -> None:
    given = [
        name for name in ("WorkgroupName", "ClusterIdentifier", "Database", "DbUser", "SecretArn") if request.get(name)
    ]
    if given:
        message = f"A session already has its target and user: {', '.join(given)} can't be given with SessionId."
        raise invalid(message)
