"""Comments on the tables and columns, from the schema, for every tool that shows columns."""

from collections.abc import Collection

from supplychain.schema import TABLE_NAMES, TABLES, Table
from supplychain.warehouse import ddl
from supplychain.warehouse.record import sql_literal
from supplychain.warehouse.results import Result

_NAMES = ", ".join(f"'{name}'" for name in TABLE_NAMES)

READ_COMMENTS = (
    "select table_name, '', remarks from svv_tables "
    f"where table_schema = '{ddl.SCHEMA}' and table_name in ({_NAMES}) "
    "union all select table_name, column_name, remarks from svv_columns "
    f"where table_schema = '{ddl.SCHEMA}' and table_name in ({_NAMES})"
)
"""The query for the existing comments; the column's name is empty for a table's own comment."""


def comment_statements(result: Result, rebuilt: Collection[Table]) -> list[str]:
    """Return a COMMENT ON for each comment that differs from the schema's in the result of `READ_COMMENTS`.

    The comments of `rebuilt` tables are gone, whatever they were when they were read.
    """
    existing = {(str(table), str(column)): text for table, column, text in result.rows}
    return [
        f"comment on {target} is {sql_literal(comment)}"
        for table in TABLES
        for column, target, comment in _comments(table)
        if table in rebuilt or existing.get((table.name, column)) != comment
    ]


def _comments(table: Table) -> list[tuple[str, str, str]]:
    """Return the name of the column, the target of the statement and the comment, the table's own first."""
    name = ddl.qualified(table)
    return [
        ("", f"table {name}", table.comment),
        *((column.name, f"column {name}.{column.name}", column.comment) for column in table.columns),
    ]
