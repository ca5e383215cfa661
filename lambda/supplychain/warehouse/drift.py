"""Tables that an older version of this app, or somebody, has made with other columns: found, and rebuilt."""

from collections.abc import Collection, Iterable

from supplychain.schema import TABLE_NAMES, TABLES, Table
from supplychain.warehouse import ddl
from supplychain.warehouse.results import Result

_NAMES = ", ".join(f"'{name}'" for name in TABLE_NAMES)

READ = (
    "select table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale "
    f"from svv_columns where table_schema = '{ddl.SCHEMA}' and table_name in ({_NAMES}) "
    "order by table_name, ordinal_position"
)
"""The columns that the tables have: in the words of SVV_COLUMNS."""

_SYNONYMS: dict[str, str] = {"character varying": "varchar", "int4": "integer", "numeric": "decimal"}
"""Redshift's catalogs write types as PostgreSQL does."""


def drifted(result: Result) -> list[Table]:
    """The tables whose columns, as `READ` gave them, are not the schema's, and those that refer to such a table."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, column, data_type, length, precision, scale in result.rows:
        kind = _SYNONYMS.get(str(data_type), str(data_type))
        sizes = {"varchar": f"({length})", "decimal": f"({precision},{scale})"}
        found.setdefault(str(name), []).append((str(column), kind + sizes.get(kind, "")))
    return _with_referrers(
        {
            table.name
            for table in TABLES
            if found.get(table.name) != [(column.name, column.type.redshift) for column in table.columns]
        }
    )


def rebuild(tables: Iterable[Table]) -> list[str]:
    """The statements that drop these tables and create them as the schema has them; views are not dropped with them."""
    tables = list(tables)
    if not tables:
        return []
    names = ", ".join(ddl.qualified(table) for table in reversed(tables))
    return [f"drop table {names}", *(ddl.create_table(table) for table in tables)]


def read_views(tables: Iterable[Table]) -> str:
    """The query that names the views which depend on these tables."""
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


def _with_referrers(names: Collection[str]) -> list[Table]:
    """The tables named, and those that refer to one of them, which could not be dropped otherwise; in their order."""
    wanted = set(names)
    for table in TABLES:  # each stands after those it refers to
        if any(reference.to in wanted for reference in table.references):
            wanted.add(table.name)
    return [table for table in TABLES if table.name in wanted]
