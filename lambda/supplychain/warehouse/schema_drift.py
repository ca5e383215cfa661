"""Detect and rebuild tables whose columns differ from the schema, such as those of an older version of this app."""

from collections.abc import Collection, Iterable

from supplychain.schema import TABLE_NAMES, TABLES, Table
from supplychain.warehouse import ddl
from supplychain.warehouse.results import Result

_NAMES = ", ".join(f"'{name}'" for name in TABLE_NAMES)

READ_COLUMNS = (
    "select table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale "
    f"from svv_columns where table_schema = '{ddl.SCHEMA}' and table_name in ({_NAMES}) "
    "order by table_name, ordinal_position"
)
"""The query for the columns of the existing tables."""

_READ_RELATIONS = (
    "select pg_class.relname from pg_class join pg_namespace on pg_namespace.oid = pg_class.relnamespace "
    f"where pg_namespace.nspname = '{ddl.SCHEMA}' and pg_class.relname in ({_NAMES}) and pg_class.relkind"
)
READ_TABLES = f"{_READ_RELATIONS} = 'r'"
"""The query for the names of the existing tables."""

READ_MISPLACED = f"{_READ_RELATIONS} <> 'r' order by 1"
"""The query for the names of tables that other objects have, which are views."""

_CATALOG_TYPES: dict[str, str] = {"character varying": "varchar", "int4": "integer", "numeric": "decimal"}
"""Names that Redshift's catalog has for the types of the schema."""


def drifted_tables(result: Result) -> list[Table]:
    """Return the tables that differ from the schema in the result of `READ_COLUMNS`, and those that reference them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, column, data_type, length, precision, scale in result.rows:
        kind = _CATALOG_TYPES.get(str(data_type), str(data_type))
        sizes = {"varchar": f"({length})", "decimal": f"({precision},{scale})"}
        found.setdefault(str(name), []).append((str(column), kind + sizes.get(kind, "")))
    return _with_referencing_tables(
        {
            table.name
            for table in TABLES
            if found.get(table.name) != [(column.name, column.type.redshift) for column in table.columns]
        }
    )


def rebuild_tables(tables: Iterable[Table]) -> list[str]:
    """Return the statements that drop and recreate these tables. Dropping fails if a view depends on one of them."""
    tables = list(tables)
    if not tables:
        return []
    names = ", ".join(ddl.qualified(table) for table in reversed(tables))
    return [f"drop table {names}", *(ddl.create_table(table) for table in tables)]


def read_views(tables: Iterable[Table]) -> str:
    """Return the query for the names of the views that depend on these tables."""
    names = ", ".join(f"'{table.name}'" for table in tables)
    return (
        "select distinct view_schema.nspname || '.' || view.relname from pg_depend "
        "join pg_rewrite on pg_rewrite.oid = pg_depend.objid "
        "join pg_class as view on view.oid = pg_rewrite.ev_class "
        "join pg_namespace as view_schema on view_schema.oid = view.relnamespace "
        "join pg_class as base on base.oid = pg_depend.refobjid "
        "join pg_namespace as base_schema on base_schema.oid = base.relnamespace "
        f"where base_schema.nspname = '{ddl.SCHEMA}' and base.relname in ({names}) and view.oid <> base.oid order by 1"
    )


def _with_referencing_tables(names: Collection[str]) -> list[Table]:
    """Return the named tables and all that reference them, without which they cannot be dropped, in their order."""
    selected = set(names)
    for table in TABLES:  # each follows the tables that it references
        if any(reference.to in selected for reference in table.references):
            selected.add(table.name)
    return [table for table in TABLES if table.name in selected]
