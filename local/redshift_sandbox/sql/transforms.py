"""Rewrites of a parsed statement, each under a name that says what it does."""

from collections.abc import Callable

from sqlglot import exp

from redshift_sandbox.sql import aggregates, functions, navigation, system_views
from redshift_sandbox.sql.context import NOWHERE, Context
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.expand import expand
from redshift_sandbox.sql.hierarchy import connect_by
from redshift_sandbox.sql.parser import generate

DEFAULT_VARCHAR = 256
MAX_VARCHAR = 65535
MAX_PRECISION = 38

# Redshift's names for types that PostgreSQL lacks.
_TYPES = {
    exp.DataType.Type.SUPER: "JSON",
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
_SIZED = (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR, exp.DataType.Type.NVARCHAR, exp.DataType.Type.NCHAR)
# PostgreSQL's that Redshift has not.
_FOREIGN_TYPES = frozenset(
    exp.DataType.Type[name]
    for name in (
        "JSON", "JSONB", "UUID", "MONEY", "XML", "INET", "HSTORE", "ENUM", "BIT", "INT4RANGE", "INT8RANGE", "NUMRANGE",
        "TSRANGE", "TSTZRANGE", "DATERANGE",
    )
)  # fmt: skip
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
        "default",
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


def apply(tree: exp.Expr, context: Context = NOWHERE) -> exp.Expr:
    """Return a statement as PostgreSQL is to run it.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot run it.
    """
    tree = expand(connect_by(tree), lambda query: context.describe(generate(apply(query, context))))
    # A long list of values is walked once, and not once for each transform.
    present = {type(node) for node in tree.walk()}
    for transform, concerned in TRANSFORMS:
        # In a procedure what looks like a path may be a field of a variable.
        left_out = context.in_procedure and transform is navigation.navigate_super
        if not left_out and any(issubclass(kind, concerned) for kind in present):
            tree = transform(tree)
    return tree


def refuse_what_is_missing(tree: exp.Expr) -> exp.Expr:
    """Refuse by name what would otherwise be dropped or run wrongly."""
    command = tree.find(exp.Command)
    if command is not None:
        raise UnsupportedSqlError(str(command.this).upper())
    for kind, name in ((exp.TableSample, "TABLESAMPLE"), (exp.Hint, "a hint")):
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
        _refuse_foreign_type(node)
        if node.this == exp.DataType.Type.VARBINARY:
            node.set("expressions", [])
        if node.this == exp.DataType.Type.DECIMAL:
            if not node.expressions:
                node.set("expressions", [_parameter(18), _parameter(0)])
            _check_precision(node.expressions[0].name)
        if any(isinstance(part.this, exp.Var) and part.name.upper() == "MAX" for part in node.expressions):
            node.set("expressions", [_parameter(MAX_VARCHAR)])
        if node.this in _SIZED:
            _check_length(node)
        if node.this in _TYPES:
            node.set(
                "this",
                exp.DataType.Type[_TYPES[node.this]] if _TYPES[node.this] != "BYTEA" else exp.DataType.Type.VARBINARY,
            )
    return tree


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
            schema = node.parent.this.name if isinstance(node.parent.this, (exp.Identifier, exp.Column)) else ""
            if node.parent.this is node:
                schema = "pg_catalog"
            if schema.lower() == functions.LIBRARY or not isinstance(node.this, str):
                continue
            if schema.lower() != "pg_catalog":
                node.set("this", exp.to_identifier(functions.USERS_OWN + node.name.lower(), quoted=True))
                continue
        if not isinstance(node.this, str):
            # Written by a transform before.
            continue
        replacement = functions.rewrite(node.name, [argument.copy() for argument in node.expressions])
        if replacement is not None:
            parent = node.parent
            is_qualified = isinstance(parent, exp.Dot) and parent.expression is node
            (parent if isinstance(parent, exp.Dot) and is_qualified else node).replace(replacement)
    for extract in list(tree.find_all(exp.Extract)):
        extract.replace(functions.library("date_part", functions.date_part(extract.this), extract.expression.copy()))
    return tree


def name_values_of_merge(tree: exp.Expr) -> exp.Expr:
    """Give MERGE … INSERT VALUES (…) its values: without a list of columns the parser takes VALUES for a function."""
    for insert in tree.find_all(exp.Insert):
        listed = insert.this.expressions if isinstance(insert.this, exp.Tuple) else ()
        if len(listed) == 1 and listed[0].name.upper() == "VALUES" and isinstance(listed[0], exp.Anonymous):
            insert.set("expression", exp.Tuple(expressions=[value.copy() for value in listed[0].expressions]))
            insert.set("this", None)
    return tree


def keep_temporary(tree: exp.Expr) -> exp.Expr:
    """SELECT INTO a name that begins with # makes a temporary table."""
    for into in tree.find_all(exp.Into):
        if into.this.name.startswith("#"):
            into.set("temporary", True)
    return tree


def name_current_user_id(tree: exp.Expr) -> exp.Expr:
    """CURRENT_USER_ID takes no parentheses."""
    for node in list(tree.find_all(exp.CurrentUserId)):
        node.replace(functions.library("current_user_id"))
    return tree


def refuse_arrays(tree: exp.Expr) -> exp.Expr:
    """Refuse PostgreSQL's arrays but in queries of the catalog, which tools ask with them."""
    if tree.find(exp.Array) is not None and not any(table.name.startswith("pg_") for table in tree.find_all(exp.Table)):
        raise SqlError("ARRAY[…] is not supported: ARRAY(…) makes a SUPER")
    return tree


def take_collations(tree: exp.Expr) -> exp.Expr:
    """Take out COLLATE CASE_SENSITIVE, which is how texts compare anyway."""
    for constraint in list(tree.find_all(exp.ColumnConstraint)):
        if isinstance(constraint.kind, exp.CollateColumnConstraint):
            if constraint.kind.this.name.upper() == "CASE_INSENSITIVE":
                what = "COLLATE CASE_INSENSITIVE"
                raise UnsupportedSqlError(what)
            constraint.pop()
    return tree


def start_identity_anywhere(tree: exp.Expr) -> exp.Expr:
    """Let IDENTITY begin at any number: PostgreSQL's own range begins at 1."""
    for kind in tree.find_all(exp.GeneratedAsIdentityColumnConstraint):
        start, step = kind.args.get("start"), kind.args.get("increment")
        if "on_null" not in kind.args:
            # IDENTITY and not GENERATED BY DEFAULT AS IDENTITY: values are never given.
            kind.set("this", True)
        if isinstance(step, exp.Neg):
            kind.set("maxvalue", exp.Literal.number(2**31 - 1))
            kind.set("minvalue", exp.Neg(this=exp.Literal.number(2**31)))
        elif start is not None and (isinstance(start, exp.Neg) or start.name == "0"):
            kind.set("minvalue", exp.Neg(this=exp.Literal.number(2**31)))
    return tree


def keep_leader_functions_apart(tree: exp.Expr) -> exp.Expr:
    """Refuse GENERATE_SERIES beside tables of users: on Redshift it runs on the leader node alone, which has none."""
    if any(call.name.upper() == "GENERATE_SERIES" for call in tree.find_all(exp.Anonymous)):
        common = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            is_named = isinstance(table.this, exp.Identifier) and table.name.lower() not in common
            if (
                is_named
                and not table.name.lower().startswith(("pg_", "svv_", "sys_"))
                and table.db != "information_schema"
            ):
                raise SqlError("Specified types or functions (one per INFO message) not supported on Redshift tables.")
    return tree


def cast_to_super(tree: exp.Expr) -> exp.Expr:
    """Let a cast to SUPER make a value, and not read a text as JSON."""
    for cast in list(tree.find_all(exp.Cast)):
        if cast.to.this == exp.DataType.Type.SUPER and not isinstance(cast.this, exp.Null):
            value = cast.this.copy()
            cast.replace(functions.library("to_super", _as_text(value) if value.is_string else value))
    return tree


def try_casts(tree: exp.Expr) -> exp.Expr:
    """Let TRY_CAST give NULL where a value does not fit."""
    for cast in list(tree.find_all(exp.TryCast)):
        kind = exp.cast(exp.Null(), cast.to.copy())
        cast.replace(exp.cast(functions.library("try_cast", _as_text(cast.this.copy()), kind), cast.to.copy()))
    return tree


def _as_text(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, exp.DataType.Type.TEXT)


def cut_texts(tree: exp.Expr) -> exp.Expr:
    """Let explicit casts to VARCHAR(n) and CHAR(n) cut by bytes; PostgreSQL cuts by characters."""
    for cast in list(tree.find_all(exp.Cast)):
        kind = cast.to
        if kind.this not in (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR):
            continue
        if kind.this == exp.DataType.Type.CHAR and not kind.expressions:
            kind.set("expressions", [_parameter(1)])
        if kind.expressions and not cast.find_ancestor(exp.DataType):
            value = cast.this.copy()
            if not (value.is_string and value.name.isascii() and len(value.name) <= int(kind.expressions[0].name)):
                cast.set(
                    "this", functions.library("cut", _as_text(value), exp.Literal.number(kind.expressions[0].name))
                )
    return tree


def _check_precision(precision: str) -> None:
    if not precision.isdecimal() or not 1 <= int(precision) <= MAX_PRECISION:
        raise SqlError(f"NUMERIC precision {precision} must be between 1 and {MAX_PRECISION}")


def _check_length(node: exp.DataType) -> None:
    for part in node.expressions:
        if not part.name.isdecimal():
            raise SqlError(f'syntax error at or near "{part.name}"')


def _refuse_foreign_type(node: exp.DataType) -> None:
    column = node.find_ancestor(exp.ColumnDef)
    if node.this == exp.DataType.Type.ARRAY and column is not None:
        raise SqlError(f'Column "{column.name.lower()}" has unsupported type "{node.sql("postgres").lower()}"')
    if node.this in _FOREIGN_TYPES:
        raise SqlError(f'type "{node.sql("postgres").lower()}" does not exist')


def _parameter(value: int) -> exp.DataTypeParam:
    return exp.DataTypeParam(this=exp.Literal.number(value))


# In this order, each with the kinds of nodes that it concerns: it is left out where a statement has none of them.
TRANSFORMS: tuple[tuple[Callable[[exp.Expr], exp.Expr], tuple[type[exp.Expr], ...]], ...] = (
    (refuse_what_is_missing, (exp.Command, exp.TableSample, exp.Hint)),
    (name_values_of_merge, (exp.Merge,)),
    (name_current_user_id, (exp.CurrentUserId,)),
    (refuse_arrays, (exp.Array,)),
    (take_collations, (exp.CollateColumnConstraint,)),
    (start_identity_anywhere, (exp.GeneratedAsIdentityColumnConstraint,)),
    (keep_leader_functions_apart, (exp.Anonymous,)),
    (keep_temporary, (exp.Into,)),
    (fold_names, (exp.Identifier,)),
    (system_views.find, (exp.Table,)),
    (aggregates.approximate, (exp.Anonymous,)),
    (label_columns, (exp.Select,)),
    (cast_to_super, (exp.Cast,)),
    (try_casts, (exp.TryCast,)),
    (give_types_their_defaults, (exp.DataType,)),
    (ignore_nulls, (exp.IgnoreNulls,)),
    (aggregates.order_listagg, (exp.Anonymous,)),
    (aggregates.spread_medians, (exp.Window,)),
    (aggregates.ratio_to_report, (exp.Anonymous,)),
    (rewrite_functions, (exp.Anonymous, exp.Extract)),
    (navigation.navigate_super, (exp.Column, exp.Dot, exp.Bracket, exp.Join, exp.Unnest)),
    (cut_texts, (exp.Cast,)),
)
