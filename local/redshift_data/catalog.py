"""The Data API's look at what is in a database: databases, schemas, tables, columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from local.aws.service import Caller
from local.redshift_data.authentication import resolve
from local.redshift_data.errors import connection_error, connection_failed, invalid
from local.redshift_data.types import precision_and_scale, type_facts
from local.redshift_serverless.store import Store

_PAGE = 1000
_HIDDEN_SCHEMAS = ("pg_toast", "redshift_library")

Reader = Callable[[psycopg.Connection[Any], Mapping[str, Any]], Mapping[str, Any]]


def answer(store: Store, caller: Caller, request: dict[str, Any], read: Reader) -> Mapping[str, Any]:
    """Read from the catalog as the caller, who sees what it may see.

    Raises
    ------
    ServiceError
        DatabaseConnectionException, if the database does not exist.
    """
    database = request.get("ConnectedDatabase") or request.get("Database") or "dev"
    target, namespace = resolve(store, caller, {**request, "Database": database})
    try:
        with namespace.cluster.connections.lent(target.database, target.user) as connection:
            return read(connection, request)
    except psycopg.OperationalError as error:
        raise connection_failed(connection_error(error)) from error


def page(member: str, entries: list[Any], request: Mapping[str, Any], size: int = _PAGE) -> dict[str, Any]:
    """Return one page of a list, and the token of the next."""
    token = request.get("NextToken") or "0"
    if not token.isdecimal():
        message = "The NextToken is not valid."
        raise invalid(message)
    start, count = int(token), int(request.get("MaxResults") or size)
    more = start + count < len(entries)
    return {member: entries[start : start + count], "NextToken": str(start + count) if more else None}


def _databases(connection: psycopg.Connection[Any], request: Mapping[str, Any]) -> Mapping[str, Any]:
    query = (
        "SELECT datname::text FROM pg_catalog.pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
    )
    return page("Databases", [row[0] for row in connection.execute(query)], request)


def _schemas(connection: psycopg.Connection[Any], request: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = connection.execute(
        "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname LIKE %s AND nspname <> ALL(%s)"
        " AND nspname NOT LIKE 'pg\\\\_temp%%' AND nspname NOT LIKE 'pg\\\\_toast%%' ORDER BY 1",
        [request.get("SchemaPattern") or "%", list(_HIDDEN_SCHEMAS)],
    )
    return page("Schemas", [row[0] for row in rows], request)


def _tables(connection: psycopg.Connection[Any], request: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = connection.execute(
        "SELECT c.relname::text, n.nspname::text, CASE WHEN n.nspname IN ('pg_catalog', 'information_schema')"
        " THEN 'SYSTEM ' ELSE '' END || CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'VIEW' ELSE 'TABLE' END"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname LIKE %s AND c.relname LIKE %s AND n.nspname <> ALL(%s)"
        " AND n.nspname NOT LIKE 'pg\\\\_toast%%' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY 2, 1",
        [request.get("SchemaPattern") or "%", request.get("TablePattern") or "%", list(_HIDDEN_SCHEMAS)],
    )
    return page("Tables", [{"name": row[0], "schema": row[1], "type": row[2]} for row in rows], request)


def _table(connection: psycopg.Connection[Any], request: Mapping[str, Any]) -> Mapping[str, Any]:
    if not request.get("Table"):
        message = "Table is required."
        raise invalid(message)
    rows = connection.execute(
        "SELECT a.attname::text, a.atttypid::int8, a.atttypmod, NOT a.attnotnull, n.nspname::text, c.relname::text,"
        " pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
        " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
        " WHERE c.relname = %s AND n.nspname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        [request["Table"].lower(), (request.get("Schema") or "public").lower()],
    ).fetchall()
    columns = page("ColumnList", [_column(row) for row in rows], request)
    return {"TableName": request["Table"], **columns}


def _column(row: tuple[Any, ...]) -> dict[str, Any]:
    name, oid, modifier, nullable, schema, table, default = row
    facts = type_facts(oid)
    precision, scale = precision_and_scale(oid, modifier)
    return {
        "columnDefault": default,
        "isCaseSensitive": facts.case_sensitive,
        "isCurrency": False,
        "isSigned": facts.signed,
        "label": name,
        "length": precision,
        "name": name,
        "nullable": int(nullable),
        "precision": precision,
        "scale": scale,
        "schemaName": schema,
        "tableName": table,
        "typeName": facts.name,
    }


READERS: dict[str, Reader] = {
    "ListDatabases": _databases,
    "ListSchemas": _schemas,
    "ListTables": _tables,
    "DescribeTable": _table,
}
