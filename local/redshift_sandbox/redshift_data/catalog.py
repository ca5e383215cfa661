"""The Data API's catalog operations: databases, schemas, tables and columns."""

from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from redshift_sandbox.aws.service import Caller
from redshift_sandbox.connections import Connection
from redshift_sandbox.redshift_data.authentication import resolve
from redshift_sandbox.redshift_data.errors import connection_error, connection_failed, invalid, statement_error
from redshift_sandbox.redshift_data.paging import page
from redshift_sandbox.redshift_data.types import precision_and_scale, type_facts
from redshift_sandbox.redshift_serverless.store import Store

# PageSize in the model.
_PAGE = 1000

Reader = Callable[[Connection, Mapping[str, Any]], tuple[str, list[tuple[list[Any], Any]]]]
"""Returns the response member, and its entries in order, each with its sort key."""


def answer(store: Store, caller: Caller, request: dict[str, Any], operation: str) -> Mapping[str, Any]:
    """Read from the catalog with the privileges of the caller.

    Raises
    ------
    ServiceError
        DatabaseConnectionException, if a database does not exist; ValidationException, if a pattern is not valid.
    """
    target = resolve(store, caller, request)
    cluster = store.namespace_of(caller, target.workgroup).cluster
    try:
        # PostgreSQL cannot read another database's catalog, so connect to that database.
        with (
            cluster.connections.borrow(request.get("ConnectedDatabase") or target.database, target.user),
            cluster.connections.borrow(target.database, target.user) as connection,
        ):
            member, entries = READERS[operation](connection, request)
    except psycopg.OperationalError as error:
        raise connection_failed(connection_error(error)) from error
    except psycopg.DataError as error:  # such as a pattern that ends with its escape character
        raise invalid(statement_error(error)) from error
    found, token = page(operation, entries, lambda entry: entry[0], request, _PAGE)
    table = {"TableName": request.get("Table")} if operation == "DescribeTable" else {}
    return {**table, member: [entry for _, entry in found], "NextToken": token}


def _databases(connection: Connection, request: Mapping[str, Any]) -> tuple[str, list[tuple[list[Any], Any]]]:
    del request
    rows = connection.execute(
        "SELECT datname::text FROM pg_catalog.pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
    )
    return "Databases", [([name], name) for (name,) in rows]


def _schemas(connection: Connection, request: Mapping[str, Any]) -> tuple[str, list[tuple[list[Any], Any]]]:
    rows = connection.execute(
        f"SELECT n.nspname::text FROM pg_catalog.pg_namespace n WHERE n.nspname LIKE %s AND {_SHOWN} ORDER BY 1",
        [request.get("SchemaPattern") or "%"],
    )
    return "Schemas", [([name], name) for (name,) in rows]


def _tables(connection: Connection, request: Mapping[str, Any]) -> tuple[str, list[tuple[list[Any], Any]]]:
    rows = connection.execute(
        "SELECT n.nspname::text, c.relname::text, CASE WHEN n.nspname IN ('pg_catalog', 'information_schema')"
        " THEN 'SYSTEM ' ELSE '' END || CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'VIEW' ELSE 'TABLE' END"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname LIKE %s AND c.relname LIKE %s AND {_SHOWN}"
        " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY 1, 2",
        [request.get("SchemaPattern") or "%", request.get("TablePattern") or "%"],
    )
    return "Tables", [([schema, name], {"name": name, "schema": schema, "type": kind}) for schema, name, kind in rows]


def _columns(connection: Connection, request: Mapping[str, Any]) -> tuple[str, list[tuple[list[Any], Any]]]:
    rows = connection.execute(
        "SELECT a.attnum::int4, a.attname::text, a.atttypid::int8, a.atttypmod, NOT a.attnotnull, n.nspname::text,"
        " c.relname::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
        " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
        " WHERE c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
        f" AND c.relname = coalesce(%s, c.relname) AND n.nspname = coalesce(%s, n.nspname) AND {_SHOWN}"
        " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY n.nspname, c.relname, a.attnum",
        [(request.get(name) or "").lower() or None for name in ("Table", "Schema")],
    )
    return "ColumnList", [([row[5], row[6], row[0]], _column(row[1:])) for row in rows]


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


# Excludes schemas that Redshift does not have or does not show.
_SHOWN = (
    "n.nspname <> 'redshift_library' AND n.nspname NOT LIKE 'pg\\\\_temp%%' AND n.nspname NOT LIKE 'pg\\\\_toast%%'"
)

READERS: dict[str, Reader] = {
    "ListDatabases": _databases,
    "ListSchemas": _schemas,
    "ListTables": _tables,
    "DescribeTable": _columns,
}
