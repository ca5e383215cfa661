"""Rewrites of a parsed statement, each under a name that says what it does."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from local.sql import functions, navigation
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
_NO_TYPE = {
    exp.DataType.Type.HLLSKETCH: "HLLSKETCH",
    exp.DataType.Type.GEOMETRY: "GEOMETRY",
    exp.DataType.Type.GEOGRAPHY: "GEOGRAPHY",
}
# The aggregate for each window function with IGNORE NULLS, and the frame where it has one of its own.
_PRESENT: dict[str, tuple[str, dict[str, str] | None]] = {
    "FIRST_VALUE": ("first_present", None),
    "LAST_VALUE": ("last_present", None),
    "LAG": ("last_present", {"start": "UNBOUNDED", "start_side": "PRECEDING", "end": "1", "end_side": "PRECEDING"}),
    "LEAD": ("first_present", {"start": "1", "start_side": "FOLLOWING", "end": "UNBOUNDED", "end_side": "FOLLOWING"}),
}
# Words that look like columns and are not.
_WORDS = frozenset(
    {
        "user",
        "current_user",
        "session_user",
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
    }
)


def apply(tree: exp.Expr) -> exp.Expr:
    """Return a statement as PostgreSQL is to run it.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot run it.
    """
    for transform in TRANSFORMS:
        tree = transform(tree)
    return tree


def refuse_what_is_missing(tree: exp.Expr) -> exp.Expr:
    """Refuse by name what would otherwise be dropped or run wrongly."""
    pivot = tree.find(exp.Pivot)
    if pivot is not None:
        raise UnsupportedSqlError("UNPIVOT" if pivot.args.get("unpivot") else "PIVOT")
    command = tree.find(exp.Command)
    if command is not None:
        raise UnsupportedSqlError(str(command.this).upper())
    for kind, name in ((exp.Connect, "CONNECT BY"), (exp.TableSample, "TABLESAMPLE"), (exp.Hint, "a hint")):
        if tree.find(kind) is not None:
            raise UnsupportedSqlError(name)
    return tree


def fold_names(tree: exp.Expr) -> exp.Expr:
    """Fold names to lower case, quoted ones too, and quote them.

    What is no keyword to Redshift may be one to PostgreSQL.
    """
    for node in tree.find_all(exp.Identifier):
        word = node.this.lower()
        keeps_its_case = node.this.startswith(("IAM:", "IAMR:"))
        bare = not node.quoted and word in _WORDS and isinstance(node.parent, exp.Column) and not node.parent.table
        node.set("this", node.this if keeps_its_case else word)
        node.set("quoted", not bare)
    return tree


def label_columns(tree: exp.Expr) -> exp.Expr:
    """Name the result columns made by functions as Redshift names them, before the functions change."""
    for select in tree.find_all(exp.Select):
        for projection in select.expressions:
            function = (
                projection.this
                if isinstance(projection, (exp.Window, exp.WithinGroup, exp.IgnoreNulls))
                else projection
            )
            while isinstance(function, (exp.Window, exp.WithinGroup, exp.IgnoreNulls)):
                function = function.this
            if isinstance(function, exp.Anonymous) and isinstance(function.this, str):
                projection.replace(exp.alias_(projection.copy(), functions.label(function.this), quoted=True))
            elif isinstance(function, exp.Extract):
                projection.replace(exp.alias_(projection.copy(), "date_part", quoted=True))
    return tree


def give_types_their_defaults(tree: exp.Expr) -> exp.Expr:
    """Spell types for PostgreSQL, with Redshift's defaults: NUMERIC is NUMERIC(18,0), VARCHAR(MAX) has 65535 bytes."""
    for node in tree.find_all(exp.DataType):
        if node.this in _NO_TYPE:
            raise UnsupportedSqlError(f"the type {_NO_TYPE[node.this]}")
        if node.this == exp.DataType.Type.DECIMAL and not node.expressions:
            node.set("expressions", [_parameter(18), _parameter(0)])
        if any(isinstance(part.this, exp.Var) and part.name.upper() == "MAX" for part in node.expressions):
            node.set("expressions", [_parameter(MAX_VARCHAR)])
        if node.this in _TYPES:
            node.set(
                "this",
                exp.DataType.Type[_TYPES[node.this]] if _TYPES[node.this] != "BYTEA" else exp.DataType.Type.VARBINARY,
            )
    return tree


def order_listagg(tree: exp.Expr) -> exp.Expr:
    """Turn LISTAGG(x, d) WITHIN GROUP (ORDER BY y) into an aggregate that sorts inside its parentheses."""
    for node in list(tree.find_all(exp.Anonymous)):
        if node.name.upper() == "LISTAGG":
            within = node.parent if isinstance(node.parent, exp.WithinGroup) else None
            order = within.expression if within is not None else None
            (within or node).replace(_listagg(node.expressions, order))
    return tree


def _listagg(arguments: list[exp.Expr], order: exp.Expr | None) -> exp.Expr:
    first = arguments[0]
    if isinstance(first, exp.Distinct):
        # The parser takes what follows DISTINCT for one list.
        listed: list[exp.Expr] = [*first.expressions, *arguments[1:]]
        value, rest = listed[0], listed[1:]
        if order is not None and any(ordered.this != value for ordered in order.expressions):
            what = "LISTAGG(DISTINCT …) ordered by something else"
            raise UnsupportedSqlError(what)
        distinct: exp.Expr = exp.Distinct(expressions=[value.copy()])
        if order is not None:
            order = order.copy()
            order.set("this", distinct)
        collected = exp.Anonymous(this="ARRAY_AGG", expressions=[order or distinct])
        return exp.Anonymous(this="ARRAY_TO_STRING", expressions=[collected, _delimiter(rest)])
    delimiter = _delimiter(arguments[1:])
    if order is not None:
        order = order.copy()
        order.set("this", delimiter)
    text = exp.cast(first.copy(), exp.DataType.Type.TEXT)
    return exp.Anonymous(this="STRING_AGG", expressions=[text, order or delimiter])


def _delimiter(rest: list[exp.Expr]) -> exp.Expr:
    return rest[0].copy() if rest else exp.Literal.string("")


def ignore_nulls(tree: exp.Expr) -> exp.Expr:
    """Turn FIRST_VALUE, LAST_VALUE, LAG and LEAD with IGNORE NULLS into aggregates over a frame.

    PostgreSQL 18 has no such option.
    """
    for option in list(tree.find_all(exp.IgnoreNulls)):
        window = option.find_ancestor(exp.Window)
        # The option holds the call in LAST_VALUE(x) IGNORE NULLS, the call the option in LAST_VALUE(x IGNORE NULLS).
        outer = option.parent if isinstance(option.parent, exp.Anonymous) else None
        call = outer or option.this
        name = call.name.upper() if isinstance(call, exp.Anonymous) else ""
        value, *rest = [option.this, *call.expressions[1:]] if outer else call.expressions
        if window is None or name not in _PRESENT or any(part.name != "1" for part in rest):
            what = f"IGNORE NULLS with these arguments of {name or 'a function'}"
            raise UnsupportedSqlError(what)
        aggregate, frame = _PRESENT[name]
        if frame is not None:
            window.set("spec", exp.WindowSpec(kind="ROWS", **frame))
        (outer or option).replace(functions.library(aggregate, value.copy()))
    return tree


def rewrite_functions(tree: exp.Expr) -> exp.Expr:
    """Replace Redshift's functions by what answers alike, innermost first."""
    for node in reversed(list(tree.find_all(exp.Anonymous))):
        if isinstance(node.parent, exp.Dot):
            continue
        replacement = functions.rewrite(node.name, [argument.copy() for argument in node.expressions])
        if replacement is not None:
            node.replace(replacement)
    for extract in list(tree.find_all(exp.Extract)):
        extract.replace(functions.library("date_part", functions.date_part(extract.this), extract.expression.copy()))
    return tree


def _parameter(value: int) -> exp.DataTypeParam:
    return exp.DataTypeParam(this=exp.Literal.number(value))


# System views live in the library; everything else that begins like one is not there yet.
_VIEWS = frozenset({
    "svv_tables", "svv_all_tables", "svv_redshift_tables", "svv_columns", "svv_all_columns", "svv_redshift_columns",
    "svv_all_schemas", "svv_redshift_schemas", "svv_redshift_databases", "pg_table_def", "svv_table_info",
    "svv_user_info", "svv_roles",
})  # fmt: skip


def find_system_views(tree: exp.Expr) -> exp.Expr:
    """Point to Redshift's system views; those that the sandbox lacks are refused by name.

    STL and STV are not on Serverless at all.
    """
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


TRANSFORMS: tuple[Callable[[exp.Expr], exp.Expr], ...] = (
    refuse_what_is_missing,
    fold_names,
    find_system_views,
    label_columns,
    give_types_their_defaults,
    ignore_nulls,
    order_listagg,
    rewrite_functions,
    navigation.navigate_super,
)
