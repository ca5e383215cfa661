"""Redshift's system views, and the views of PostgreSQL's catalog that would show the sandbox's own schemas."""

from sqlglot import exp

from redshift_sandbox.sql.errors import UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY

_VIEWS = frozenset({
    "pg_table_def", "svv_all_columns", "svv_all_schemas", "svv_all_tables", "svv_columns", "svv_datashares",
    "svv_external_columns", "svv_external_databases", "svv_external_partitions", "svv_external_schemas",
    "svv_external_tables", "svv_mv_info", "svv_redshift_columns", "svv_redshift_databases", "svv_redshift_functions",
    "svv_redshift_schemas", "svv_redshift_tables", "svv_relation_privileges", "svv_role_grants", "svv_roles",
    "svv_schema_privileges", "svv_table_info", "svv_tables", "svv_transactions", "svv_user_grants", "svv_user_info",
    "sys_load_error_detail", "sys_load_history", "sys_query_history", "sys_query_text", "sys_serverless_usage",
    "sys_unload_history",
})  # fmt: skip
_CATALOG = frozenset({
    "pg_attribute_info", "pg_class_info", "pg_database_info", "pg_external_schema", "pg_group", "pg_namespace",
    "pg_proc_info", "pg_tables", "pg_user", "pg_user_info", "pg_views",
})  # fmt: skip
_INFORMATION_SCHEMA = frozenset({"columns", "schemata", "tables", "views"})


def use_library_views(tree: exp.Expr) -> exp.Expr:
    """Redirect system views to the library's; refuse by name those that the sandbox lacks.

    Serverless has no STL and STV views.
    """
    common = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_common = not table.db and table.name.lower() in common
        view = None if is_common or not isinstance(table.this, exp.Identifier) else _library_view(table)
        if view is not None:
            _redirect(table, view)
    return tree


def _library_view(table: exp.Table) -> str | None:
    """Return the library's view for a table, None if the table is no system view."""
    name, schema = table.name.lower(), table.db.lower()
    if schema == "information_schema":
        return f"information_schema_{name}" if name in _INFORMATION_SCHEMA else None
    if schema not in ("", "pg_catalog"):
        return None
    if name in _VIEWS or name in _CATALOG:
        return name
    if name.startswith(("svv_", "sys_")):
        raise UnsupportedSqlError(f"the system view {name}")
    return None


def _redirect(table: exp.Table, view: str) -> None:
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    table.set("this", exp.to_identifier(view, quoted=True))
    table.set("db", exp.to_identifier(LIBRARY, quoted=True))
    table.set("catalog", None)
