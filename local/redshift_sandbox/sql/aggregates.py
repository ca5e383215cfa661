"""Aggregates that PostgreSQL spells differently, or does not have as window functions."""

from sqlglot import exp

from redshift_sandbox.sql import functions
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError

_HALF: exp.Expr = exp.Literal.number("0.5")
_WHOLE_PARTITION = {"start": "UNBOUNDED", "start_side": "PRECEDING", "end": "UNBOUNDED", "end_side": "FOLLOWING"}


def order_listagg(tree: exp.Expr) -> exp.Expr:
    """Turn LISTAGG(x, d) WITHIN GROUP (ORDER BY y) into STRING_AGG, ordered by an argument or by its window."""
    for node in _calls(tree, "LISTAGG"):
        within = node.parent if isinstance(node.parent, exp.WithinGroup) else None
        order = within.expression if within is not None else None
        whole = within or node
        window = whole.parent if isinstance(whole.parent, exp.Window) else None
        if window is not None and order is not None:
            window.set("order", order.copy())
            window.set("spec", exp.WindowSpec(kind="ROWS", **_WHOLE_PARTITION))
            order = None
        whole.replace(_listagg(node.expressions, order, windowed=window is not None))
    return tree


def _listagg(arguments: list[exp.Expr], order: exp.Expr | None, *, windowed: bool) -> exp.Expr:
    first = arguments[0]
    if isinstance(first, exp.Distinct):
        if windowed:
            raise UnsupportedSqlError("LISTAGG(DISTINCT …) OVER")
        # The parser puts all arguments after DISTINCT into one list.
        listed: list[exp.Expr] = [*first.expressions, *arguments[1:]]
        value, rest = listed[0], listed[1:]
        if order is not None and any(ordered.this != value for ordered in order.expressions):
            raise UnsupportedSqlError("LISTAGG(DISTINCT …) ordered by something else")
        distinct: exp.Expr = exp.Distinct(expressions=[value.copy()])
        if order is not None:
            order = order.copy()
            order.set("this", distinct)
        collected = _own("ARRAY_AGG", order or distinct)
        return _own("ARRAY_TO_STRING", collected, _delimiter(rest))
    delimiter = _delimiter(arguments[1:])
    if order is not None:
        order = order.copy()
        order.set("this", delimiter)
    text = exp.cast(first.copy(), exp.DataType.Type.TEXT)
    return _own("STRING_AGG", text, order or delimiter)


def _delimiter(rest: list[exp.Expr]) -> exp.Expr:
    return rest[0].copy() if rest else exp.Literal.string("")


def window_percentiles(tree: exp.Expr) -> exp.Expr:
    """Turn MEDIAN and PERCENTILE_CONT with OVER into a plain aggregate: PostgreSQL's cannot have windows."""
    for window in list(tree.find_all(exp.Window)):
        call = window.this
        if isinstance(call, exp.Anonymous) and call.expressions and call.name.upper() == "MEDIAN":
            window.set("this", functions.library("percentile", call.expressions[0].copy(), _HALF.copy()))
        elif isinstance(call, exp.WithinGroup) and isinstance(call.this, exp.Anonymous) and call.this.expressions:
            _window_percentile(window, call)
    return tree


def _window_percentile(window: exp.Window, call: exp.WithinGroup) -> None:
    name = call.this.name.upper()
    if name == "PERCENTILE_DISC":
        raise UnsupportedSqlError("PERCENTILE_DISC with OVER")
    if name == "PERCENTILE_CONT":
        ordered, fraction = call.expression.expressions[0], call.this.expressions[0].copy()
        if ordered.args.get("desc"):
            fraction = exp.Paren(this=exp.Sub(this=exp.Literal.number(1), expression=fraction))
        window.set("this", functions.library("percentile", ordered.this.copy(), fraction))


def approximate(tree: exp.Expr) -> exp.Expr:
    """Compute APPROXIMATE COUNT(DISTINCT x) and APPROXIMATE PERCENTILE_DISC exactly."""
    for node in _calls(tree, "APPROXIMATE"):
        call = node.expressions[0]
        function = call.this if isinstance(call, exp.WithinGroup) else call
        if call is None or function.name.upper() not in ("COUNT", "PERCENTILE_DISC"):
            raise SqlError("APPROXIMATE can be used with COUNT(DISTINCT …) and PERCENTILE_DISC only")
        node.replace(call.copy())
    return tree


def ratio_to_report(tree: exp.Expr) -> exp.Expr:
    """Turn RATIO_TO_REPORT(x) OVER (…) into x divided by its sum."""
    for node in _calls(tree, "RATIO_TO_REPORT"):
        window = node.parent
        if not isinstance(window, exp.Window):
            raise SqlError("window function ratio_to_report requires an OVER clause")
        value = node.expressions[0]
        total = window.copy()
        total.set("this", _own("SUM", value.copy()))
        share = exp.cast(exp.Paren(this=value.copy()), exp.DataType.Type.DOUBLE)
        window.replace(exp.Paren(this=exp.Div(this=share, expression=_own("NULLIF", total, exp.Literal.number(0)))))
    return tree


def _calls(tree: exp.Expr, name: str) -> list[exp.Anonymous]:
    found = [node for node in tree.find_all(exp.Anonymous) if isinstance(node.this, str) and node.this.upper() == name]
    if not all(node.expressions for node in found):
        raise SqlError(f"function {name.lower()}() does not exist")
    return found


def _own(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Return a call of PostgreSQL's own function; a later transform does not take it for Redshift's."""
    return exp.Anonymous(this=exp.to_identifier(name), expressions=list(arguments))
