"""Results of statements, converted from PostgreSQL's text format and stored in pages."""

import csv
import functools
import io
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg.pq.abc import PGresult

from redshift_sandbox.connections import Connection
from redshift_sandbox.redshift_data import oids
from redshift_sandbox.redshift_data.limits import MAX_RESULT_BYTES, MAX_ROW_BYTES, PAGE_BYTES
from redshift_sandbox.redshift_data.spool import SPOOL, Text
from redshift_sandbox.redshift_data.types import precision_and_scale, type_facts
from redshift_sandbox.sql.errors import SqlError

_Row = tuple[str | None, ...]

_LONGS = frozenset({oids.BIGINT, oids.SMALLINT, oids.INTEGER, oids.OID})
_DOUBLES = frozenset({oids.REAL, oids.DOUBLE})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result."""

    name: str
    oid: int
    modifier: int
    schema: str = ""
    table: str = ""
    nullable: bool = True

    def metadata(self) -> dict[str, Any]:
        """Return the Data API's ColumnMetadata."""
        facts = type_facts(self.oid)
        precision, scale = precision_and_scale(self.oid, self.modifier)
        return {
            "isCaseSensitive": facts.case_sensitive,
            "isCurrency": False,
            "isSigned": facts.signed,
            "label": self.name,
            "length": 0,
            "name": self.name,
            "nullable": int(self.nullable),
            "precision": precision,
            "scale": scale,
            "schemaName": self.schema,
            "tableName": self.table,
            "typeName": facts.name,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A statement's rows in pages of about a megabyte, serialized for the Data API, and their size in bytes."""

    columns: tuple[Column, ...]
    count: int
    size: int
    pages: tuple[Text, ...]

    def metadata(self) -> list[dict[str, Any]]:
        """Return the Data API's list of ColumnMetadata."""
        return [column.metadata() for column in self.columns]


def fetch(connection: Connection, parts: Iterator[PGresult], form: str) -> Result:
    """Convert a PostgreSQL result as it arrives, and look up the tables that its columns come from.

    Parameters
    ----------
    connection
        The connection that returns the result.
    parts
        The result, in text format, in at least one part.
    form
        ``JSON`` or ``CSV``: the format in which rows are sent.

    Raises
    ------
    SqlError
        If it exceeds the Data API's limits.
    """
    first = next(parts)
    columns = _columns(first)
    pages = _Pages(columns, _csv if form == "CSV" else _records)
    for part in itertools.chain([first], parts):
        for row, size in _rows(part, columns):
            pages.add(row, size)
    return Result(_with_origins(connection, first, columns), pages.count, pages.size, pages.finish())


class _Pages:
    """The pages of a result that is being read; only the last one is in memory."""

    def __init__(self, columns: tuple[Column, ...], write: Callable[..., str]) -> None:
        self._columns = columns
        self._write = write
        self._pages: list[Text] = []
        self._rows: list[_Row] = []
        self._page_size = 0
        self.count = 0
        self.size = 0

    def add(self, row: _Row, size: int) -> None:
        """Add a row of this size in bytes."""
        self.count += 1
        self.size += size
        if self.size > MAX_RESULT_BYTES:
            raise SqlError(
                f"Database response exceeded size limit: the Data API returns at most {MAX_RESULT_BYTES} bytes"
            )
        self._rows.append(row)
        self._page_size += size + 16 * len(self._columns)
        if self._page_size >= PAGE_BYTES:
            self._keep()

    def finish(self) -> tuple[Text, ...]:
        """Return all pages: at least one, which may be empty."""
        if self._rows or not self._pages:
            self._keep()
        return tuple(self._pages)

    def _keep(self) -> None:
        self._pages.append(SPOOL.keep(self._write(self._columns, self._rows, header=not self._pages)))
        self._rows, self._page_size = [], 0


def _rows(part: PGresult, columns: tuple[Column, ...]) -> Iterator[tuple[_Row, int]]:
    """Yield each row with its size in bytes."""
    booleans = [column.oid == oids.BOOLEAN for column in columns]
    for index in range(part.ntuples):
        values = [part.get_value(index, position) for position in range(len(columns))]
        size = sum(len(value) for value in values if value is not None)
        if size > MAX_ROW_BYTES:
            raise SqlError(
                f"Packet for query is too large: a row has {size} bytes, and at most {MAX_ROW_BYTES} are returned"
            )
        yield tuple(_text(value, boolean) for value, boolean in zip(values, booleans, strict=True)), size


def _columns(part: PGresult) -> tuple[Column, ...]:
    # Both Redshift and PostgreSQL name an expression without an alias ?column?.
    return tuple(
        Column((part.fname(position) or b"").decode(), part.ftype(position), part.fmod(position))
        for position in range(part.nfields)
    )


def _with_origins(connection: Connection, part: PGresult, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns of a result with the schemas and tables they come from."""
    origins = [(part.ftable(position), part.ftablecol(position)) for position in range(part.nfields)]
    known = _origins(connection, [origin for origin in origins if origin[0]])
    found = zip(columns, origins, strict=True)
    return tuple(
        _column(column.name, column.oid, column.modifier, *known.get(origin, ("", "", True)))
        for column, origin in found
    )


# Results are stored for a day, and those of the same table share these objects.
_column = functools.lru_cache(maxsize=10_000)(Column)


def _origins(connection: Connection, origins: list[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, str, bool]]:
    if not origins:
        return {}
    rows = connection.execute(
        "SELECT c.oid::int8, a.attnum::int4, n.nspname::text, c.relname::text, NOT a.attnotnull"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.oid = ANY(%s::oid[]) AND a.attnum > 0",
        [sorted({table for table, _ in origins})],
    ).fetchall()
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def _text(value: bytes | None, boolean: bool) -> str | None:
    if value is None:
        return None
    return value.decode() if not boolean else "true" if value == b"t" else "false"


def _records(columns: tuple[Column, ...], rows: list[_Row], *, header: bool) -> str:
    """Write rows as the Data API's Records."""
    del header
    types = [column.oid for column in columns]
    return json.dumps([[_field(value, oid) for value, oid in zip(row, types, strict=True)] for row in rows])


def _csv(columns: tuple[Column, ...], rows: list[_Row], *, header: bool) -> str:
    """Write rows as CSV: optionally a header, NULL as an empty field, quotes only where needed."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\r\n")
    if header:
        writer.writerow([column.name for column in columns])
    writer.writerows(rows)
    return output.getvalue()


def _field(value: str | None, oid: int) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if oid in _LONGS:
        return {"longValue": int(value)}
    if oid == oids.BOOLEAN:
        return {"booleanValue": value == "true"}
    if oid in _DOUBLES and value not in ("NaN", "Infinity", "-Infinity"):
        return {"doubleValue": float(value)}
    return {"stringValue": value}
