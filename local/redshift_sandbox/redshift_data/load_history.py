"""The contents of SYS_LOAD_HISTORY and SYS_LOAD_ERROR_DETAIL.

They are written over a separate connection, so that a rollback does not remove them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from redshift_sandbox.postgres import SUPERUSER, Cluster
from redshift_sandbox.redshift_data.columns import Column
from redshift_sandbox.redshift_data.load_values import BadValueError
from redshift_sandbox.redshift_data.s3_files import File
from redshift_sandbox.sql.copy import CopyFromS3


@dataclass(frozen=True)
class LoadError:
    """A record that could not be loaded."""

    url: str
    line: int
    column: Column | None
    position: int
    problem: BadValueError


class Loads:
    """The record of one COPY."""

    def __init__(
        self, connection: psycopg.Connection[Any], cluster: Cluster, query_id: int, command: CopyFromS3
    ) -> None:
        self._connection = connection
        self._cluster = cluster
        self._query_id = query_id
        self._command = command
        self._started = _now()
        # Looked up here, where names are found as the user's are.
        self._table = connection.execute("SELECT to_regclass(%s)::oid", [command.table]).fetchone()

    def finished(self, files: list[File], rows: int) -> None:
        """Record a COPY that succeeded, and set the result of PG_LAST_COPY_COUNT."""
        self._connection.execute(
            "SELECT redshift_library.set_config('redshift.last_copy_count', %s, false),"
            " redshift_library.set_config('redshift.last_copy_id', %s, false)",
            [str(rows), str(self._query_id)],
        )
        self._record("completed", files, rows, [])

    def failed(self, files: list[File], errors: list[LoadError]) -> None:
        """Record a COPY that failed, with its errors."""
        self._record("aborted", files, 0, errors)

    def _record(self, status: str, files: list[File], rows: int, errors: list[LoadError]) -> None:
        info = self._connection.info
        common = (self._query_id, info.backend_pid, info.user)
        with self._cluster.connect(info.dbname, SUPERUSER) as own:
            own.execute(
                "INSERT INTO redshift_library.loads VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    *common,
                    status,
                    self._command.table.replace('"', "").rpartition(".")[2],
                    self._started,
                    _now(),
                    f"s3://{self._command.bucket}/{self._command.key}",
                    self._command.format.kind,
                    rows,
                    len(files),
                ],
            )
            for error in errors:
                own.execute(
                    "INSERT INTO redshift_library.load_errors"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    [
                        *common,
                        self._table[0] if self._table else None,
                        self._started,
                        error.url,
                        error.line,
                        error.column.name if error.column else "",
                        error.column.declared.partition("(")[0] if error.column else "",
                        str(error.column.length) if error.column else "",
                        error.position,
                        error.problem.code,
                        error.problem.message,
                    ],
                )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
