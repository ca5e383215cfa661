"""The columns of a table, for COPY."""

from dataclasses import dataclass
from typing import Any

import psycopg

from redshift_sandbox.redshift_data.types import precision_and_scale
from redshift_sandbox.sql.copy import CopyFromS3
from redshift_sandbox.sql.errors import SqlError


@dataclass(frozen=True)
class Column:
    """One column: name, PostgreSQL type and modifier, declared type, whether NOT NULL and whether IDENTITY."""

    name: str
    oid: int
    modifier: int
    declared: str
    required: bool
    identity: bool

    @property
    def length(self) -> int:
        """The length of a string in bytes, or the precision of a number."""
        return precision_and_scale(self.oid, self.modifier)[0]


def columns_of(connection: psycopg.Connection[Any], command: CopyFromS3) -> list[Column]:
    """Return the columns that a COPY loads, in the order of the fields of its files.

    Raises
    ------
    SqlError
        If the command names a column that does not exist.
    """
    rows = connection.execute(
        "SELECT attname::text, atttypid::int8, atttypmod, pg_catalog.format_type(atttypid, atttypmod), attnotnull,"
        " attidentity <> '' FROM pg_catalog.pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped ORDER BY attnum",
        [command.table],
    ).fetchall()
    known = {row[0]: Column(*row) for row in rows}
    if not command.columns:
        return [column for column in known.values() if command.explicit_ids or not column.identity]
    for name in command.columns:
        if name not in known:
            raise SqlError(f'column "{name}" of relation {command.table} does not exist')
    return [known[name] for name in command.columns]
