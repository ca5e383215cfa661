"""Results of statements, converted from PostgreSQL's text format and stored in pages."""

import csv
import functools
import io
import json
from collections.abc import Iterator
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


def fetch(connection: Connection, answer: PGresult, form: str) -> Result:
    """Convert a PostgreSQL result, and look up the tables that its columns come from.

    Parameters
    ----------
    connection
        The connection that returned the result.
    answer
        Rows in text format.
    form
        ``JSON`` or ``CSV``: the format in which rows are sent.

    Raises
    ------
    SqlError
        If it exceeds the Data API's limits.
    """
    columns = _columns(connection, answer)
    write = _csv if form == "CSV" else _records
    pages: list[Text] = []
    page: list[_Row] = []
    page_size = size = 0
    for row, row_size in _rows(answer, columns):
        size += row_size
        if size > MAX_RESULT_BYTES:
            raise SqlError(
                f"Database response exceeded size limit: the Data API returns at most {MAX_RESULT_BYTES} bytes"
            )
        page.append(row)
        page_size += row_size + 16 * len(columns)
        if page_size >= PAGE_BYTES:
            pages.append(SPOOL.keep(write(columns, page, header=not pages)))
            page, page_size = [], 0
    if page or not pages:
        pages.append(SPOOL.keep(write(columns, page, header=not pages)))
    return Result(columns, answer.ntuples, size, tuple(pages))


def _rows(answer: PGresult, columns: tuple[Column, ...]) -> Iterator[tuple[_Row, int]]:
    """Yield each row with its size in bytes."""
    booleans = [column.oid == oids.BOOLEAN for column in columns]
    for index in range(answer.ntuples):
        values = [answer.get_value(index, position) for position in range(len(columns))]
        size = sum(len(value) for value in values if value is not None)
        if size > MAX_ROW_BYTES:
            raise SqlError(
                f"Packet for query is too large: a row has {size} bytes, and at most {MAX_ROW_BYTES} are returned"
            )
        yield tuple(_text(value, boolean) for value, boolean in zip(values, booleans, strict=True)), size


def _columns(connection: Connection, answer: PGresult) -> tuple[Column, ...]:
    origins = [(answer.ftable(position), answer.ftablecol(position)) for position in range(answer.nfields)]
    known = _origins(connection, [origin for origin in origins if origin[0]])
    found = []
    for position, origin in enumerate(origins):
        name = (answer.fname(position) or b"").decode()
        schema, table, nullable = known.get(origin, ("", "", True))
        # Both Redshift and PostgreSQL name an expression without an alias ?column?.
        found.append(_column(name, answer.ftype(position), answer.fmod(position), schema, table, nullable))
    return tuple(found)


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
