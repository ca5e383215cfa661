"""Results of statements: taken from PostgreSQL's answer as it came, and paged."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq.abc import PGresult

from local.redshift_data.errors import invalid
from local.redshift_data.limits import MAX_RESULT_BYTES, MAX_ROW_BYTES, PAGE_BYTES
from local.redshift_data.types import BOOLEAN_OIDS, DOUBLE_OIDS, LONG_OIDS, precision_and_scale, type_facts
from local.sql.errors import SqlError


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Result:
    """A statement's rows: the text of every value, None for NULL."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]
    size: int

    def page(self, token: str | None) -> tuple[Sequence[tuple[str | None, ...]], str | None]:
        """Return the rows that a token stands for, and the token of the next page.

        Raises
        ------
        ServiceError
            ValidationException, if the token is not one of this result.
        """
        start = _position(token, len(self.rows))
        end, size = start, 0
        while end < len(self.rows) and (size < PAGE_BYTES or end == start):
            size += sum(len(value) for value in self.rows[end] if value is not None) + 16 * len(self.columns)
            end += 1
        return self.rows[start:end], str(end) if end < len(self.rows) else None

    def records(self, rows: Sequence[tuple[str | None, ...]]) -> list[list[dict[str, Any]]]:
        """Return rows as the Data API's Records."""
        kinds = [column.oid for column in self.columns]
        return [[_field(value, oid) for value, oid in zip(row, kinds, strict=True)] for row in rows]

    def csv(self, rows: Sequence[tuple[str | None, ...]], *, header: bool) -> str:
        """Return rows as CSV: a header first if wanted, NULL as nothing, text quoted where it must be."""
        output = io.StringIO()
        writer = csv.writer(output, lineterminator="\r\n")
        if header:
            writer.writerow([column.name for column in self.columns])
        writer.writerows(rows)
        return output.getvalue()


def fetch(connection: psycopg.Connection[Any], answer: PGresult) -> Result:
    """Take a result over from PostgreSQL, looking up the tables its columns come from.

    Raises
    ------
    SqlError
        If it passes the Data API's limits.
    """
    width, height = answer.nfields, answer.ntuples
    columns = _columns(connection, answer, width)
    oids = [column.oid for column in columns]
    rows, size = [], 0
    for index in range(height):
        values = tuple(_text(answer.get_value(index, position), oids[position]) for position in range(width))
        row_bytes = sum(len(value.encode()) for value in values if value is not None)
        size += row_bytes
        if row_bytes > MAX_ROW_BYTES:
            message = f"a row of the result has {row_bytes} bytes; the Data API returns at most {MAX_ROW_BYTES}"
            raise SqlError(message)
        if size > MAX_RESULT_BYTES:
            message = f"the result passes the Data API's limit of {MAX_RESULT_BYTES} bytes"
            raise SqlError(message)
        rows.append(values)
    return Result(columns, tuple(rows), size)


def _columns(connection: psycopg.Connection[Any], answer: PGresult, width: int) -> tuple[Column, ...]:
    origins = [(answer.ftable(position), answer.ftablecol(position)) for position in range(width)]
    known = _origins(connection, [origin for origin in origins if origin[0]])
    found = []
    for position, origin in enumerate(origins):
        name = (answer.fname(position) or b"").decode()
        schema, table, nullable = known.get(origin, ("", "", True))
        # An expression without a name is ?column? in both.
        found.append(Column(name, answer.ftype(position), answer.fmod(position), schema, table, nullable))
    return tuple(found)


def _origins(
    connection: psycopg.Connection[Any], origins: list[tuple[int, int]]
) -> dict[tuple[int, int], tuple[str, str, bool]]:
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


def _text(value: bytes | None, oid: int) -> str | None:
    if value is None:
        return None
    text = value.decode()
    if oid in BOOLEAN_OIDS:
        return "true" if text == "t" else "false"
    return text


def _field(value: str | None, oid: int) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if oid in LONG_OIDS:
        return {"longValue": int(value)}
    if oid in BOOLEAN_OIDS:
        return {"booleanValue": value == "true"}
    if oid in DOUBLE_OIDS and value not in ("NaN", "Infinity", "-Infinity"):
        return {"doubleValue": float(value)}
    return {"stringValue": value}


def _position(token: str | None, count: int) -> int:
    if not token:
        return 0
    if not token.isdecimal() or int(token) >= count:
        message = "The NextToken is not valid for this statement."
        raise invalid(message)
    return int(token)
