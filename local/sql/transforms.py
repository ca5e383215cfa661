"""Rewrites of a parsed statement, each under a name that says what it does."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from local.sql import functions
from local.sql.errors import UnsupportedSqlError

DEFAULT_VARCHAR = 256
MAX_VARCHAR = 65535

# Redshift's names for types that PostgreSQL lacks.
_TYPES = {
    exp.DataType.Type.SUPER: "JSONB",
    exp.DataType.Type.NVARCHAR: "VARCHAR",
    exp.DataType.Type.NCHAR: "CHAR",
    exp.DataType.Type.TEXT: "VARCHAR",
    exp.DataType.Type.VARBINARY: "BYTEA",
}
_NO_TYPE = {exp.DataType.Type.HLLSKETCH: "HLLSKETCH", exp.DataType.Type.GEOMETRY: "GEOMETRY", exp.DataType.Type.GEOGRAPHY: "GEOGRAPHY"}
# Words that look like columns and are not.
_WORDS = frozenset({"user", "current_user", "session_user", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})


def apply(tree: exp.Expression) -> exp.Expression:
    """Return a statement as PostgreSQL is to run it.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot run it.
    """
    for transform in TRANSFORMS:
        tree = transform(tree)
    return tree


def refuse_what_is_missing(tree: exp.Expression) -> exp.Expression:
    """Refuse by name what would otherwise be dropped or run wrongly."""
    for node in tree.find_all(exp.Pivot):
        raise UnsupportedSqlError("UNPIVOT" if node.args.get("unpivot") else "PIVOT")
    for node in tree.find_all(exp.Command):
        raise UnsupportedSqlError(f"{str(node.this).upper()}")
    for kind, name in ((exp.Connect, "CONNECT BY"), (exp.TableSample, "TABLESAMPLE"), (exp.Hint, "a hint")):
        if tree.find(kind) is not None:
            raise UnsupportedSqlError(name)
    return tree


def fold_names(tree: exp.Expression) -> exp.Expression:
    """Fold names to lower case, quoted ones too, and quote them: what is no keyword to Redshift may be one to PostgreSQL."""
    for node in tree.find_all(exp.Identifier):
        word = node.this.lower()
        keeps_its_case = node.this.startswith(("IAM:", "IAMR:"))
        bare = not node.quoted and word in _WORDS and isinstance(node.parent, exp.Column) and not node.parent.table
        node.set("this", node.this if keeps_its_case else word)
        node.set("quoted", not bare)
    return tree


def label_columns(tree: exp.Expression) -> exp.Expression:
    """Name the result columns made by functions as Redshift names them, before the functions change."""
    for select in tree.find_all(exp.Select):
        for projection in select.expressions:
            function = projection.this if isinstance(projection, (exp.Window, exp.WithinGroup, exp.IgnoreNulls)) else projection
            while isinstance(function, (exp.Window, exp.WithinGroup, exp.IgnoreNulls)):
                function = function.this
            if isinstance(function, exp.Anonymous) and isinstance(function.this, str):
                projection.replace(exp.alias_(projection.copy(), functions.label(function.this), quoted=True))
            elif isinstance(function, exp.Extract):
                projection.replace(exp.alias_(projection.copy(), "date_part", quoted=True))
    return tree


def give_types_their_defaults(tree: exp.Expression) -> exp.Expression:
    """Spell types for PostgreSQL, with Redshift's defaults: NUMERIC is NUMERIC(18,0), VARCHAR(MAX) has 65535 bytes."""
    for node in tree.find_all(exp.DataType):
        if node.this in _NO_TYPE:
            raise UnsupportedSqlError(f"the type {_NO_TYPE[node.this]}")
        if node.this == exp.DataType.Type.DECIMAL and not node.expressions:
            node.set("expressions", [_parameter(18), _parameter(0)])
        if any(isinstance(part.this, exp.Var) and part.name.upper() == "MAX" for part in node.expressions):
            node.set("expressions", [_parameter(MAX_VARCHAR)])
        if node.this in _TYPES:
            node.set("this", exp.DataType.Type[_TYPES[node.this]] if _TYPES[node.this] != "BYTEA" else exp.DataType.Type.VARBINARY)
    return tree


def order_listagg(tree: exp.Expression) -> exp.Expression:
    """Turn LISTAGG(x, d) WITHIN GROUP (ORDER BY y) into STRING_AGG(x, d ORDER BY y)."""
    for node in list(tree.find_all(exp.Anonymous)):
        if node.name.upper() != "LISTAGG":
            continue
        value, *rest = node.expressions
        delimiter = rest[0] if rest else exp.Literal.string("")
        distinct = isinstance(value, exp.Distinct)
        inner = value.expressions[0] if distinct else value
        text: exp.Expression = exp.cast(inner.copy(), exp.DataType.Type.TEXT)
        text = exp.Distinct(expressions=[text]) if distinct else text
        target: exp.Expression = node
        if isinstance(node.parent, exp.WithinGroup):
            target = node.parent
            order = node.parent.expression.copy()
            if distinct:
                # PostgreSQL sorts distinct values only by what it aggregates: the same text.
                for ordered in order.find_all(exp.Ordered):
                    ordered.set("this", exp.cast(ordered.this.copy(), exp.DataType.Type.TEXT))
            order.set("this", delimiter.copy())
            delimiter = order
        target.replace(exp.Anonymous(this="STRING_AGG", expressions=[text, delimiter]))
    return tree


def ignore_nulls(tree: exp.Expression) -> exp.Expression:
    """Turn FIRST_VALUE, LAST_VALUE, LAG and LEAD with IGNORE NULLS into aggregates over a frame; PostgreSQL 18 has no such option."""
    for node in list(tree.find_all(exp.IgnoreNulls)):
        window = node.find_ancestor(exp.Window)
        function = node.this
        name = function.name.upper() if isinstance(function, exp.Anonymous) else ""
        # Inside the parentheses (LAST_VALUE(x IGNORE NULLS)) the option stands on the argument.
        if isinstance(node.parent, exp.Anonymous):
            name = node.parent.name.upper()
            function = node.parent
            node.replace(node.this)
            node = function  # noqa: PLW2901 - the call takes the place of its option
        offset = function.expressions[1].name if len(function.expressions) > 1 else "1"
        if window is None or name not in ("FIRST_VALUE", "LAST_VALUE", "LAG", "LEAD") or len(function.expressions) > 2 or offset != "1":
            raise UnsupportedSqlError(f"IGNORE NULLS with these arguments of {name or 'a function'}")
        if name in ("LAG", "LEAD"):
            window.set("spec", _frame("UNBOUNDED", "PRECEDING", "1", "PRECEDING") if name == "LAG" else _frame("1", "FOLLOWING", "UNBOUNDED", "FOLLOWING"))
        present = "last_present" if name in ("LAST_VALUE", "LAG") else "first_present"
        node.replace(functions.library(present, function.expressions[0].copy()))
    return tree


def rewrite_functions(tree: exp.Expression) -> exp.Expression:
    """Replace Redshift's functions by what answers alike, innermost first."""
    for node in reversed(list(tree.find_all(exp.Anonymous))):
        if isinstance(node.parent, exp.Dot):
            continue
        replacement = functions.rewrite(node.name, [argument.copy() for argument in node.expressions])
        if replacement is not None:
            node.replace(replacement)
    for node in list(tree.find_all(exp.Extract)):
        node.replace(functions.library("date_part", functions.date_part(node.this), node.expression.copy()))
    return tree


def navigate_super(tree: exp.Expression) -> exp.Expression:
    """Turn paths into a SUPER column into PostgreSQL's: ``alias.column.key`` in an expression, ``FROM t, t.column e`` to unnest."""
    for select in list(tree.find_all(exp.Select)):
        aliases = {table.alias_or_name for table in select.find_all(exp.Table)}
        for column in list(select.find_all(exp.Column)):
            parts = [part.name for part in column.parts]
            if len(parts) >= 3 and parts[0] in aliases:
                base = exp.column(parts[1], table=parts[0], quoted=True)
                path = ",".join('"' + key.replace('"', '\\"') + '"' for key in parts[2:])
                column.replace(exp.Paren(this=exp.JSONBExtract(this=base, expression=exp.Literal.string(f"{{{path}}}"))))
        for unnest in list(select.find_all(exp.Unnest)):
            elements = exp.Anonymous(this="jsonb_array_elements", expressions=[unnest.expressions[0].copy()])
            unnest.replace(exp.Table(this=elements, alias=unnest.args["alias"].copy()))
    return tree


def _frame(start: str, start_side: str, end: str, end_side: str) -> exp.WindowSpec:
    return exp.WindowSpec(kind="ROWS", start=start, start_side=start_side, end=end, end_side=end_side)


def _parameter(value: int) -> exp.DataTypeParam:
    return exp.DataTypeParam(this=exp.Literal.number(value))


# System views live in the library; everything else that begins like one is not there yet.
_VIEWS = frozenset({
    "svv_tables", "svv_all_tables", "svv_redshift_tables", "svv_columns", "svv_all_columns", "svv_redshift_columns", "svv_all_schemas",
    "svv_redshift_schemas", "svv_redshift_databases", "pg_table_def", "svv_table_info", "svv_user_info", "svv_roles",
})  # fmt: skip


def find_system_views(tree: exp.Expression) -> exp.Expression:
    """Point to Redshift's system views; those that the sandbox lacks are refused by name. STL and STV are not on Serverless at all."""
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if table.db.lower() not in ("", "pg_catalog"):
            continue
        if name in _VIEWS:
            table.set("db", exp.to_identifier(functions.LIBRARY, quoted=True))
            table.set("catalog", None)
        elif name.startswith(("svv_", "sys_")):
            raise UnsupportedSqlError(f"the system view {name}")
    return tree


TRANSFORMS: tuple[Callable[[exp.Expression], exp.Expression], ...] = (
    refuse_what_is_missing,
    fold_names,
    find_system_views,
    label_columns,
    give_types_their_defaults,
    ignore_nulls,
    order_listagg,
    rewrite_functions,
    navigate_super,
)
