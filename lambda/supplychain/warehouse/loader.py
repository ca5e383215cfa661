"""Load a generation from the lake into the warehouse; one transaction makes it visible."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from supplychain.dataset.manifest import Manifest
from supplychain.dataset.reader import read_rows
from supplychain.dataset.storage import Storage
from supplychain.schema import TABLES, Table
from supplychain.settings import Grantee, LoadSettings
from supplychain.warehouse import ddl, record, schema_drift, verification
from supplychain.warehouse.comments import READ_COMMENTS, comment_statements
from supplychain.warehouse.data_api import BATCH_STATEMENTS, STATEMENT_BYTES, DataApi, Session, SessionDeniedError
from supplychain.warehouse.insert_values import value_lists
from supplychain.warehouse.locks import GRACE_SECONDS, LockBreaker
from supplychain.warehouse.record import Record, sql_literal
from supplychain.warehouse.results import Result
from supplychain.warehouse.transaction import LoadError, Step, run_transaction

logger = logging.getLogger(__name__)

_LIMIT_BYTES: Final = 100
"""Reserved in each batch for the statement that sets the time limit."""
_MAX_STEP_BYTES: Final = STATEMENT_BYTES - _LIMIT_BYTES


@dataclass(frozen=True)
class WarehouseState:
    """What the warehouse holds: the load record, and the tables whose columns differ from the schema."""

    record: Record | None
    drifted: tuple[Table, ...] = ()
    missing_comments: tuple[str, ...] = ()
    """The statements that bring the comments of tables and columns to what the schema says."""
    former_principals: frozenset[Grantee] = frozenset()
    """The grantees of the record that no longer exist."""

    def holds(self, manifest: Manifest) -> bool:
        """Return whether the record is of this generation, and the tables have the columns of the schema."""
        recorded = self.record is not None and (self.record.generation, self.record.digest)
        return recorded == (manifest.generation, manifest.digest) and not self.drifted


@dataclass(frozen=True)
class Loader:
    """Loads generations into the tables of the database of `api`.

    `request` is part of the Data API's client tokens: nothing runs twice for the same request.
    """

    api: DataApi
    settings: LoadSettings
    request: str
    copy_role: str
    restrict_public: bool = False
    """Whether to revoke the right to create objects in schema `public`, which Redshift gives every user."""
    on_staged: Callable[[str, int], None] = lambda _table, _rows: None
    """Called with a table's name and the number of its rows that a batch of INSERTs has just staged."""

    def prepare(self) -> WarehouseState:
        """Create missing tables and their schema, and return what the warehouse holds.

        Raises
        ------
        LoadError
            If another object has the name of a table.
        """
        try:
            return self._prepare("prepare")
        except LoadError:
            self._refuse_misplaced()
            if self.api.execute(f"select 1 from pg_namespace where nspname = '{ddl.SCHEMA}'").rows:
                raise
        logger.warning("creating the database schema again, which someone has dropped", extra={"schema": ddl.SCHEMA})
        self._transaction([Step(sql, "creating the schema") for sql in ddl.RESTORE_SCHEMA], name="schema")
        return self._prepare("prepare-again")

    def read_record(self) -> Record | None:
        """Return the record, without changing anything. Raises LoadError if there is none, or it cannot be read."""
        return record.parse_record(self._read(Step(record.READ, "reading the record")))

    def load(self, storage: Storage, manifest: Manifest, state: WarehouseState) -> None:
        """Replace the rows of all tables, verify them, record the generation and grant SELECT, in one transaction.

        The transaction also rebuilds the tables whose columns differ from the schema.

        Raises
        ------
        LoadError
            If a statement or a check fails; the warehouse is unchanged then.
        """
        started = time.monotonic()
        method = self.settings.method(manifest.rows, copy_possible=bool(self.copy_role))
        self._refuse_dependent_views(state.drifted)
        if method == "insert":
            method = self._load_by_insert(storage, manifest, state)
        else:
            self._load_by_copy(storage, manifest, state)
        logger.info(
            "loaded",
            extra={
                "generation": manifest.generation,
                "rows": manifest.rows,
                "method": method,
                "seconds": round(time.monotonic() - started, 3),
                "submissions": self.api.submissions,
            },
        )

    def update_comments(self, state: WarehouseState) -> None:
        """Set the comments that differ from the schema's. The tables must have the columns of the schema.

        Not in the transaction that loads: a batch has room for 40 statements, and there are more comments.
        """
        for number, batch in enumerate(_batches(Step(sql, "setting comments") for sql in state.missing_comments)):
            self._transaction(batch, name=f"comments-{number}")

    def update_grants(self, state: WarehouseState) -> None:
        """Grant SELECT as `grant_select_to` says, and revoke what the record says was granted before."""
        recorded = Step(record.write_grants(self.settings.grant_select_to), "recording the grants")
        self._transaction([recorded, *self._grant_steps(state)], name="grants")

    def _prepare(self, name: str) -> WarehouseState:
        statements = [*record.CREATE, *ddl.create_tables()]
        if self.restrict_public:
            statements.append(ddl.RESTRICT_PUBLIC)
        queries = (
            record.READ,
            schema_drift.READ_COLUMNS,
            READ_COMMENTS,
            schema_drift.READ_MISPLACED,
            ddl.READ_PRINCIPALS,
        )
        steps = [
            *(Step(sql, "creating the tables") for sql in statements),
            *(Step(sql, "reading the record and the columns") for sql in queries),
        ]
        batch = self._transaction(steps, name=name)
        # Sub-statements are counted from 1, and the first one sets the time limit.
        first = len(statements) + 2
        recorded, columns, comments, misplaced, principals = (
            self.api.result(f"{batch}:{first + number}") for number in range(len(queries))
        )
        if misplaced.rows:
            self._refuse_misplaced()
        drifted = tuple(schema_drift.drifted_tables(columns))
        found = record.parse_record(recorded)
        existing = {str(name) for (name,) in principals.rows}
        return WarehouseState(
            found,
            drifted,
            tuple(comment_statements(comments, rebuilt=drifted)),
            frozenset(one for one in found.granted_to if one.kind != "public" and str(one) not in existing)
            if found
            else frozenset(),
        )

    def _refuse_misplaced(self) -> None:
        if names := [f"{ddl.SCHEMA}.{name}" for (name,) in self.api.execute(schema_drift.READ_MISPLACED).rows]:
            raise LoadError(
                f"creating the tables failed: {', '.join(names)} is a view, where the sample data has a table; "
                "drop or rename the view"
            )

    def _refuse_dependent_views(self, tables: Sequence[Table]) -> None:
        if tables and (views := [str(name) for (name,) in self.api.execute(schema_drift.read_views(tables)).rows]):
            names = ", ".join(table.name for table in tables)
            raise LoadError(
                f"rebuilding {names} with the columns of this version failed: {', '.join(views)} depends on it"
            )

    def _commit_steps(self, storage: Storage, manifest: Manifest, state: WarehouseState, method: str) -> list[Step]:
        rebuilt = schema_drift.rebuild_tables(state.drifted)
        emptied = [table for table in reversed(TABLES) if table not in state.drifted]
        return [
            Step(record.LOCK, "waiting for another load"),
            *(Step(sql, "rebuilding a table whose columns have changed") for sql in rebuilt),
            *(Step(f"delete from {ddl.qualified(table)}", f"emptying {table.name}") for table in emptied),
            *(self._fill_step(storage, table, method) for table in TABLES),
            *(Step(check.sql, f"checking that {check.condition}") for check in verification.checks(manifest)),
            *(Step(sql, "recording the generation") for sql in record.write(manifest, self.settings.grant_select_to)),
            *self._grant_steps(state),
        ]

    def _commit(
        self, storage: Storage, manifest: Manifest, state: WarehouseState, method: str, session: Session | None = None
    ) -> None:
        grace = min(GRACE_SECONDS, self.settings.statement_timeout / 2)
        self._transaction(
            self._commit_steps(storage, manifest, state, method),
            name="commit",
            session=session,
            close_session=session is not None,
            # Only dropping a table waits for readers: a reseed replaces rows, and lets readers of them be.
            while_waiting=LockBreaker(self.api, [ddl.SCHEMA], grace) if state.drifted else None,
        )

    def _load_by_copy(self, storage: Storage, manifest: Manifest, state: WarehouseState) -> None:
        self._commit(storage, manifest, state, "copy")

    def _load_by_insert(self, storage: Storage, manifest: Manifest, state: WarehouseState) -> Literal["insert", "copy"]:
        """Load by INSERT, or by COPY if IAM allows no statements in a session; return which of the two it was."""
        session = Session()
        try:
            self._stage(storage, manifest, session)
            self._commit(storage, manifest, state, "insert", session)
        except SessionDeniedError as denied:
            # The session ends by itself: a statement that ends it would be denied too.
            if not self.copy_role:
                raise
            logger.warning("loading by COPY instead of INSERT", extra={"reason": str(denied)})
            self._load_by_copy(storage, manifest, state)
            return "copy"
        except Exception:
            self.api.close(session)
            raise
        return "insert"

    def _stage(self, storage: Storage, manifest: Manifest, session: Session) -> None:
        """Fill temporary tables of the session, which no other session sees."""
        for number, batch in enumerate(_batches(self._staging_steps(storage, manifest))):
            self._transaction(batch, name=f"stage-{number}", session=session)
            for step in batch:
                if step.rows:
                    self.on_staged(step.table, step.rows)
            logger.info("staged", extra={"generation": manifest.generation, "batch": number, "statements": len(batch)})

    def _staging_steps(self, storage: Storage, manifest: Manifest) -> Iterator[Step]:
        for table in TABLES:
            description = f"staging {table.name}"
            yield Step(ddl.create_staging_table(table), description)
            head = f"insert into {ddl.staging_table(table)} values "
            for rows in read_rows(storage, manifest, table):
                for values, count in value_lists(rows, self.settings.batch_rows, _MAX_STEP_BYTES - len(head)):
                    yield Step(head + values, description, table.name, count)

    def _fill_step(self, storage: Storage, table: Table, method: str) -> Step:
        target = ddl.qualified(table)
        if method == "insert":
            return Step(f"insert into {target} select * from {ddl.staging_table(table)}", f"filling {table.name}")
        source = sql_literal(f"{storage.location}{table.name}/part-")
        return Step(
            f"copy {target} from {source} iam_role {sql_literal(self.copy_role)} format as parquet",
            f"copying {table.name}",
        )

    def _grant_steps(self, state: WarehouseState) -> list[Step]:
        wanted = self.settings.grant_select_to
        granted = state.record.granted_to if state.record else ()
        obsolete = [one for one in granted if one not in wanted and one not in state.former_principals]
        return [
            *(Step(sql, "revoking SELECT (grant_select_to)") for sql in ddl.revoke_select(obsolete)),
            *(Step(sql, "granting SELECT (grant_select_to)") for sql in ddl.grant_select(wanted)),
        ]

    def _read(self, query: Step) -> Result:
        """Run a query again whenever the same event asks: unlike what changes something, it has no client token."""
        batch = run_transaction(self.api, [query], statement_timeout=self.settings.statement_timeout)
        return self.api.result(f"{batch}:2")

    def _transaction(
        self,
        steps: Sequence[Step],
        *,
        name: str,
        session: Session | None = None,
        close_session: bool = False,
        while_waiting: Callable[[int], None] | None = None,
    ) -> str:
        return run_transaction(
            self.api,
            steps,
            statement_timeout=self.settings.statement_timeout,
            token=f"{self.request}-{name}",
            session=session,
            close_session=close_session,
            while_waiting=while_waiting,
        )


def _batches(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Group steps into batches that the Data API accepts, with room for the statement that sets the time limit."""
    batch: list[Step] = []
    size = 0
    for step in steps:
        more = len(step.sql.encode())
        if batch and (len(batch) == BATCH_STATEMENTS - 1 or size + more > _MAX_STEP_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(step)
        size += more
    if batch:
        yield batch
