"""Load a generation from the lake into the warehouse: one transaction makes it visible."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from supplychain.dataset.manifest import Manifest
from supplychain.dataset.reader import read_rows
from supplychain.dataset.storage import Storage
from supplychain.schema import TABLES, Table
from supplychain.settings import Grantee, LoadSettings
from supplychain.warehouse import ddl, drift, record, verification
from supplychain.warehouse.data_api import BATCH_STATEMENTS, STATEMENT_BYTES, DataApi, Session, StatementError
from supplychain.warehouse.errors import LoadError
from supplychain.warehouse.insert_values import value_lists
from supplychain.warehouse.record import Record

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """A statement of a transaction, and the words for its failure."""

    sql: str
    doing: str
    table: str = ""
    rows: int = 0
    """Rows of `table` that it stages."""


@dataclass(frozen=True)
class Held:
    """What the warehouse holds: the record, and the tables that have other columns than the schema's."""

    record: Record | None
    drifted: tuple[Table, ...] = ()

    def is_of(self, manifest: Manifest) -> bool:
        """Whether it is the generation of this manifest, in the tables of this schema."""
        recorded = self.record is not None and (self.record.generation, self.record.digest)
        return recorded == (manifest.generation, manifest.digest) and not self.drifted


@dataclass(frozen=True)
class Load:
    """Brings a generation into the tables of the database that `api` runs in.

    `request` makes the Data API's tokens: with the same request nothing is run twice.
    """

    api: DataApi
    settings: LoadSettings
    request: str
    copy_role: str
    staged: Callable[[str, int], None] = lambda _table, _rows: None
    """Called with the name of a table and the rows of it that were staged just now, by INSERT."""

    def prepare(self) -> Held:
        """Create what is missing of the tables; gives what the warehouse holds."""
        statements = [*record.CREATE, *ddl.create_tables()]
        steps = [
            *(Step(sql, "creating the tables") for sql in statements),
            Step(record.READ, "reading the record"),
            Step(drift.READ, "reading the columns"),
        ]
        batch = self._transaction(steps, step="prepare")
        # Statement 1 is the time limit.
        read, columns = (self.api.result(f"{batch}:{number}") for number in (len(steps), len(steps) + 1))
        return Held(record.record_of(read), tuple(drift.drifted(columns)))

    def load(self, storage: Storage, manifest: Manifest, held: Held) -> None:
        """Replace the rows of all tables by the generation's, verify, record and grant, in one transaction.

        Tables that have other columns than the schema's are rebuilt in it.

        Raises
        ------
        LoadError
            Where a statement or a check fails: nothing has changed then.
        """
        started = time.monotonic()
        method = self.settings.method(manifest.rows, copy_possible=bool(self.copy_role))
        session = Session()
        self._refuse_views(held.drifted)
        steps = [
            Step(record.LOCK, "waiting for another load"),
            *(Step(sql, "rebuilding a table whose columns have changed") for sql in drift.rebuild(held.drifted)),
            *(Step(f"delete from {ddl.qualified(table)}", f"emptying {table.name}") for table in _kept(held)),
            *(self._fill(storage, table, method) for table in TABLES),
            *(Step(check.sql, f"checking that {check.claim}") for check in verification.checks(manifest)),
            *(Step(sql, "recording the generation") for sql in record.write(manifest, self.settings.grant_select_to)),
            *self._grants(held.record),
        ]
        if method == "insert":
            try:
                self._stage(storage, manifest, session)
                self._transaction(steps, step="commit", session=session, last=True)
            except Exception:
                self.api.end(session)
                raise
        else:
            self._transaction(steps, step="commit")
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

    def bring_grants(self, held: Held) -> None:
        """Grant and revoke SELECT where what is wanted differs from what this app has granted before."""
        if held.record is not None and held.record.granted_to != self.settings.grant_select_to:
            recorded = Step(record.write_grants(self.settings.grant_select_to), "recording the grants")
            self._transaction([recorded, *self._grants(held.record)], step="grants")

    def _refuse_views(self, tables: Sequence[Table]) -> None:
        if tables and (views := [str(name) for (name,) in self.api.execute(drift.read_views(tables)).rows]):
            names = ", ".join(table.name for table in tables)
            raise LoadError(
                f"rebuilding {names} with the columns of this version failed: {', '.join(views)} depends on it"
            )

    def _stage(self, storage: Storage, manifest: Manifest, session: Session) -> None:
        """Fill the session's temporary tables; nobody else sees them."""
        statements = self._staging(storage, manifest)
        number = 0
        while batch := list(islice(statements, BATCH_STATEMENTS - 1)):
            self._transaction(batch, step=f"stage-{number}", session=session)
            number += 1
            for one in batch:
                if one.rows:
                    self.staged(one.table, one.rows)
            logger.info("staged", extra={"generation": manifest.generation, "batch": number, "statements": len(batch)})

    def _staging(self, storage: Storage, manifest: Manifest) -> Iterator[Step]:
        for table in TABLES:
            doing = f"staging {table.name}"
            yield Step(ddl.create_stage(table), doing)
            head = f"insert into {ddl.stage(table)} values "
            for rows in read_rows(storage, manifest, table):
                for values, count in value_lists(rows, self.settings.batch_rows, STATEMENT_BYTES - len(head)):
                    yield Step(head + values, doing, table.name, count)

    def _fill(self, storage: Storage, table: Table, method: str) -> Step:
        target = ddl.qualified(table)
        if method == "insert":
            return Step(f"insert into {target} select * from {ddl.stage(table)}", f"filling {table.name}")
        return Step(
            f"copy {target} from '{storage.location}{table.name}/part-' iam_role '{self.copy_role}' format as parquet",
            f"copying {table.name}",
        )

    def _grants(self, held: Record | None) -> list[Step]:
        wanted = self.settings.grant_select_to
        gone: Sequence[Grantee] = [grantee for grantee in held.granted_to if grantee not in wanted] if held else []
        return [
            *(Step(sql, "revoking SELECT (grant_select_to)") for sql in ddl.revoke_select(gone)),
            *(Step(sql, "granting SELECT (grant_select_to)") for sql in ddl.grant_select(wanted)),
        ]

    def _transaction(
        self, steps: Sequence[Step], *, step: str, session: Session | None = None, last: bool = False
    ) -> str:
        """Run the steps as one transaction, none longer than `statement_timeout`; gives the id of the batch."""
        limit = f"set statement_timeout to {self.settings.statement_timeout * 1000}"
        try:
            return self.api.batch(
                [limit, *(step.sql for step in steps)],
                session=session,
                last=last,
                token=f"{self.request}-{step}",
            )
        except StatementError as error:
            doing = steps[error.index - 1].doing if error.index else "the load"
            raise LoadError(f"{doing} failed: {error.message}{f' [{error.sql}]' if error.sql else ''}") from error


def _kept(held: Held) -> Iterator[Table]:
    """The tables whose rows must go, each before those it refers to; a rebuilt table has none."""
    return (table for table in reversed(TABLES) if table not in held.drifted)
