"""The transforms of a parsed statement, in the order of ``TRANSFORMS``."""

from collections.abc import Callable

from sqlglot import exp

from redshift_sandbox.sql import aggregates, functions, navigation, system_views
from redshift_sandbox.sql.context import NO_CONTEXT, Context
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.expand import expand
from redshift_sandbox.sql.hierarchy import connect_by
from redshift_sandbox.sql.parser import generate

DEFAULT_VARCHAR = 256
MAX_VARCHAR = 65535
MAX_PRECISION = 38

# PostgreSQL's types for Redshift's. VARBINARY is written as BYTEA.
_TYPES = {
    exp.DataType.Type.SUPER: exp.DataType.Type.JSON,
    exp.DataType.Type.NVARCHAR: exp.DataType.Type.VARCHAR,
    exp.DataType.Type.NCHAR: exp.DataType.Type.CHAR,
    exp.DataType.Type.TEXT: exp.DataType.Type.VARCHAR,
}
_MISSING_TYPES = {
    exp.DataType.Type.HLLSKETCH: "HLLSKETCH",
    exp.DataType.Type.GEOMETRY: "GEOMETRY",
    exp.DataType.Type.GEOGRAPHY: "GEOGRAPHY",
}
_SIZED = (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR, exp.DataType.Type.NVARCHAR, exp.DataType.Type.NCHAR)
# PostgreSQL's types that Redshift does not have.
_FOREIGN_TYPES = frozenset(
    exp.DataType.Type[name]
    for name in (
        "JSON", "JSONB", "UUID", "MONEY", "XML", "INET", "HSTORE", "ENUM", "BIT", "INT4RANGE", "INT8RANGE", "NUMRANGE",
        "TSRANGE", "TSTZRANGE", "DATERANGE",
    )
)  # fmt: skip
# The aggregate for each window function with IGNORE NULLS, and its frame where it is not the window's.
_PRESENT: dict[str, tuple[str, dict[str, str] | None]] = {
    "FIRST_VALUE": ("first_present", None),
    "LAST_VALUE": ("last_present", None),
    "LAG": ("last_present", {"start": "UNBOUNDED", "start_side": "PRECEDING", "end": "1", "end_side": "PRECEDING"}),
    "LEAD": ("first_present", {"start": "1", "start_side": "FOLLOWING", "end": "UNBOUNDED", "end_side": "FOLLOWING"}),
}
# Words that sqlglot parses as columns.
_WORDS = frozenset({
    "default", "user", "current_user", "session_user", "current_date", "current_time", "current_timestamp", "localtime",
    "localtimestamp",
})  # fmt: skip


def apply(tree: exp.Expr, context: Context = NO_CONTEXT) -> exp.Expr:
    """Return a parsed statement as PostgreSQL runs it.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot run it.
    """
    tree = expand(connect_by(tree), lambda query: context.describe(generate(apply(query, context))))
    # A long list of values is walked once, not once for each transform.
    present = {type(node) for node in tree.walk()}
    for transform, kinds in TRANSFORMS:
        # In a procedure, what looks like a path may be a field of a variable.
        skipped = context.in_procedure and transform is navigation.navigate_super
        if not skipped and any(issubclass(kind, kinds) for kind in present):
            tree = transform(tree)
    return tree


def refuse_unsupported(tree: exp.Expr) -> exp.Expr:
    """Refuse by name what sqlglot would drop or run wrongly."""
    command = tree.find(exp.Command)
    if command is not None:
        raise UnsupportedSqlError(str(command.this).upper())
    for kind, name in ((exp.TableSample, "TABLESAMPLE"), (exp.Hint, "a hint")):
        if tree.find(kind) is not None:
            raise UnsupportedSqlError(name)
    return tree


def fold_names(tree: exp.Expr) -> exp.Expr:
    """Fold names to lower case, quoted names too, and quote them: PostgreSQL has keywords that Redshift does not."""
    for node in tree.find_all(exp.Identifier):
        word = node.this.lower()
        is_iam = node.this.startswith(("IAM:", "IAMR:"))
        bare = not node.quoted and word in _WORDS and isinstance(node.parent, exp.Column) and not node.parent.table
        node.set("this", node.this if is_iam else word)
        node.set("quoted", not bare)
    return tree


def label_columns(tree: exp.Expr) -> exp.Expr:
    """Name result columns of functions as Redshift does, before the functions are replaced."""
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


def translate_types(tree: exp.Expr) -> exp.Expr:
    """Replace types by PostgreSQL's. Redshift's NUMERIC is NUMERIC(18,0), and VARCHAR(MAX) has 65535 bytes."""
    for node in tree.find_all(exp.DataType):
        _refuse_type(node)
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
        node.set("this", _TYPES.get(node.this, node.this))
    return tree


def ignore_nulls(tree: exp.Expr) -> exp.Expr:
    """Turn FIRST_VALUE, LAST_VALUE, LAG and LEAD with IGNORE NULLS into aggregates over a frame.

    PostgreSQL 18 has no such option.
    """
    for option in list(tree.find_all(exp.IgnoreNulls)):
        window = option.find_ancestor(exp.Window)
        whole, name, value, rest = _call_of(option)
        if window is None or name not in _PRESENT or any(part.name != "1" for part in rest):
            raise UnsupportedSqlError(f"IGNORE NULLS with these arguments of {name or 'a function'}")
        aggregate, frame = _PRESENT[name]
        if frame is not None:
            window.set("spec", exp.WindowSpec(kind="ROWS", **frame))
        whole.replace(functions.library(aggregate, value.copy()))
    return tree


def _call_of(option: exp.IgnoreNulls) -> tuple[exp.Expr, str, exp.Expr, list[exp.Expr]]:
    """Return a call with IGNORE NULLS, its function's name, its first argument and the others."""
    if isinstance(option.parent, exp.Anonymous):
        # LAST_VALUE(x IGNORE NULLS)
        call = option.parent
        return call, call.name.upper(), option.this, call.expressions[1:]
    # LAST_VALUE(x) IGNORE NULLS
    value, *rest = option.this.expressions
    return option, option.this.name.upper() if isinstance(option.this, exp.Anonymous) else "", value, rest


def rewrite_functions(tree: exp.Expr) -> exp.Expr:
    """Replace Redshift's functions by their equivalents, innermost first."""
    for node in reversed(list(tree.find_all(exp.Anonymous))):
        # A name that is not a string was written by an earlier transform.
        if isinstance(node.this, str):
            _rewrite_function(node)
    for extract in list(tree.find_all(exp.Extract)):
        extract.replace(functions.library("date_part", functions.date_part(extract.this), extract.expression.copy()))
    return tree


def require_known_functions(tree: exp.Expr) -> exp.Expr:
    """Refuse what no transform has written and Redshift does not have: it may be a function of PostgreSQL's."""
    for call in tree.find_all(exp.Anonymous):
        name = call.name.lower()
        if not (name.startswith(functions.USER_FUNCTION_PREFIX) or name in functions.KNOWN or _is_of_library(call)):
            raise SqlError(f"function {name} does not exist")
    return tree


def _is_of_library(call: exp.Anonymous) -> bool:
    return isinstance(call.parent, exp.Dot) and _schema_of(call.parent) == functions.LIBRARY


def _rewrite_function(node: exp.Anonymous) -> None:
    qualified = node.parent if isinstance(node.parent, exp.Dot) and node.parent.expression is node else None
    schema = _schema_of(qualified) if qualified is not None else "pg_catalog"
    if schema == functions.LIBRARY:
        return
    if schema != "pg_catalog":
        node.set("this", exp.to_identifier(functions.USER_FUNCTION_PREFIX + node.name.lower(), quoted=True))
        return
    replacement = functions.rewrite(node.name, [argument.copy() for argument in node.expressions])
    if replacement is not None:
        (qualified or node).replace(replacement)


def _schema_of(qualified: exp.Dot) -> str:
    return qualified.this.name.lower() if isinstance(qualified.this, (exp.Identifier, exp.Column)) else ""


def repair_merge_values(tree: exp.Expr) -> exp.Expr:
    """Repair MERGE … INSERT VALUES (…): without a list of columns sqlglot parses VALUES as a function."""
    for insert in tree.find_all(exp.Insert):
        listed = insert.this.expressions if isinstance(insert.this, exp.Tuple) else ()
        if len(listed) == 1 and listed[0].name.upper() == "VALUES" and isinstance(listed[0], exp.Anonymous):
            insert.set("expression", exp.Tuple(expressions=[value.copy() for value in listed[0].expressions]))
            insert.set("this", None)
    return tree


def make_temporary(tree: exp.Expr) -> exp.Expr:
    """Make SELECT INTO a temporary table where its name begins with #."""
    for into in tree.find_all(exp.Into):
        if into.this.name.startswith("#"):
            into.set("temporary", True)
    return tree


def replace_current_user_id(tree: exp.Expr) -> exp.Expr:
    """Replace CURRENT_USER_ID, which has no parentheses."""
    for node in list(tree.find_all(exp.CurrentUserId)):
        node.replace(functions.library("current_user_id"))
    return tree


def refuse_arrays(tree: exp.Expr) -> exp.Expr:
    """Refuse PostgreSQL's arrays, except in queries of the catalog, where tools use them."""
    if tree.find(exp.Array) is not None and not any(table.name.startswith("pg_") for table in tree.find_all(exp.Table)):
        raise SqlError("ARRAY[…] is not supported: ARRAY(…) makes a SUPER")
    return tree


def remove_collations(tree: exp.Expr) -> exp.Expr:
    """Remove COLLATE CASE_SENSITIVE, which is the default."""
    for constraint in list(tree.find_all(exp.ColumnConstraint)):
        if isinstance(constraint.kind, exp.CollateColumnConstraint):
            if constraint.kind.this.name.upper() == "CASE_INSENSITIVE":
                raise UnsupportedSqlError("COLLATE CASE_INSENSITIVE")
            constraint.pop()
    return tree


def start_identity_anywhere(tree: exp.Expr) -> exp.Expr:
    """Let IDENTITY start at any number: PostgreSQL's default range starts at 1."""
    for kind in tree.find_all(exp.GeneratedAsIdentityColumnConstraint):
        start, step = kind.args.get("start"), kind.args.get("increment")
        if "on_null" not in kind.args:
            # IDENTITY, unlike GENERATED BY DEFAULT AS IDENTITY, accepts no values.
            kind.set("this", True)
        if isinstance(step, exp.Neg):
            kind.set("maxvalue", exp.Literal.number(2**31 - 1))
            kind.set("minvalue", exp.Neg(this=exp.Literal.number(2**31)))
        elif start is not None and (isinstance(start, exp.Neg) or start.name == "0"):
            kind.set("minvalue", exp.Neg(this=exp.Literal.number(2**31)))
    return tree


def refuse_leader_functions(tree: exp.Expr) -> exp.Expr:
    """Refuse GENERATE_SERIES beside users' tables: on Redshift it runs on the leader node only, which has none."""
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
    """Keep strings that are cast to SUPER as strings; PostgreSQL's cast would parse them as JSON."""
    for cast in list(tree.find_all(exp.Cast)):
        if cast.to.this == exp.DataType.Type.SUPER and not isinstance(cast.this, exp.Null):
            value = cast.this.copy()
            cast.replace(functions.library("to_super", _as_text(value) if value.is_string else value))
    return tree


def try_casts(tree: exp.Expr) -> exp.Expr:
    """Make TRY_CAST return NULL where a value does not fit."""
    for cast in list(tree.find_all(exp.TryCast)):
        kind = exp.cast(exp.Null(), cast.to.copy())
        cast.replace(exp.cast(functions.library("try_cast", _as_text(cast.this.copy()), kind), cast.to.copy()))
    return tree


def _as_text(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, exp.DataType.Type.TEXT)


def truncate_strings(tree: exp.Expr) -> exp.Expr:
    """Make explicit casts to VARCHAR(n) and CHAR(n) truncate by bytes; PostgreSQL truncates by characters."""
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


def _refuse_type(node: exp.DataType) -> None:
    if node.this in _MISSING_TYPES:
        raise UnsupportedSqlError(f"the type {_MISSING_TYPES[node.this]}")
    column = node.find_ancestor(exp.ColumnDef)
    if node.this == exp.DataType.Type.ARRAY and column is not None:
        raise SqlError(f'Column "{column.name.lower()}" has unsupported type "{node.sql("postgres").lower()}"')
    if node.this in _FOREIGN_TYPES:
        raise SqlError(f'type "{node.sql("postgres").lower()}" does not exist')


def _parameter(value: int) -> exp.DataTypeParam:
    return exp.DataTypeParam(this=exp.Literal.number(value))


# In this order, each with the kinds of nodes that it changes; it is skipped where a statement has none of them.
TRANSFORMS: tuple[tuple[Callable[[exp.Expr], exp.Expr], tuple[type[exp.Expr], ...]], ...] = (
    (refuse_unsupported, (exp.Command, exp.TableSample, exp.Hint)),
    (repair_merge_values, (exp.Merge,)),
    (replace_current_user_id, (exp.CurrentUserId,)),
    (refuse_arrays, (exp.Array,)),
    (remove_collations, (exp.CollateColumnConstraint,)),
    (start_identity_anywhere, (exp.GeneratedAsIdentityColumnConstraint,)),
    (refuse_leader_functions, (exp.Anonymous,)),
    (make_temporary, (exp.Into,)),
    (fold_names, (exp.Identifier,)),
    (system_views.use_library_views, (exp.Table,)),
    (aggregates.approximate, (exp.Anonymous,)),
    (label_columns, (exp.Select,)),
    (cast_to_super, (exp.Cast,)),
    (try_casts, (exp.TryCast,)),
    (translate_types, (exp.DataType,)),
    (ignore_nulls, (exp.IgnoreNulls,)),
    (aggregates.order_listagg, (exp.Anonymous,)),
    (aggregates.window_percentiles, (exp.Window,)),
    (aggregates.ratio_to_report, (exp.Anonymous,)),
    (rewrite_functions, (exp.Anonymous, exp.Extract)),
    (navigation.navigate_super, (exp.Column, exp.Dot, exp.Bracket, exp.Join, exp.Unnest)),
    (truncate_strings, (exp.Cast,)),
    (require_known_functions, (exp.Anonymous,)),
)
