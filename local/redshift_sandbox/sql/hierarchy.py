"""CONNECT BY as a recursive query."""

from sqlglot import exp

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError

_ALL, _PARENT, _LEVEL = "hierarchy", "parent", "level"


def connect_by(tree: exp.Expr) -> exp.Expr:
    """Turn SELECT … START WITH … CONNECT BY PRIOR … into a recursive WITH, in which LEVEL is a column."""
    for select in list(tree.find_all(exp.Select)):
        connect = select.args.get("connect")
        if connect is not None:
            _rewrite(select, connect)
    return tree


def _rewrite(select: exp.Select, connect: exp.Connect) -> None:
    source = _only_table(select, connect)
    name = source.alias_or_name
    condition = connect.args["connect"].copy()
    select.set("connect", None)
    if select.find(exp.Prior, exp.ConnectByRoot) is not None:
        raise UnsupportedSqlError("PRIOR and CONNECT_BY_ROOT outside of CONNECT BY")
    first = exp.select(_all_of(name), exp.alias_(exp.Literal.number(1), _LEVEL)).from_(source.copy())
    if connect.args.get("start") is not None:
        first = first.where(connect.args["start"].copy())
    following = (
        exp.select(_all_of(name), exp.alias_(_next_level(), _LEVEL))
        .from_(source.copy())
        .join(exp.alias_(exp.to_table(_ALL), _PARENT, table=True), on=_join_condition(condition, name))
    )
    select.set("from_", exp.From(this=exp.alias_(exp.to_table(_ALL), name, table=True)))
    for star in [part for part in select.expressions if isinstance(part, exp.Star)]:
        star.set("except_", [exp.column(_LEVEL)])
    union = exp.Union(this=first, expression=following, distinct=False)
    select.with_(_ALL, as_=union, recursive=True, copy=False)


def _only_table(select: exp.Select, connect: exp.Connect) -> exp.Expr:
    if select.args.get("from_") is None:
        raise SqlError("CONNECT BY needs a table")
    if select.args.get("joins") or connect.args.get("nocycle"):
        raise UnsupportedSqlError("CONNECT BY over a join, or with NOCYCLE")
    source: exp.Expr = select.args["from_"].this
    return source


def _join_condition(condition: exp.Expr, table: str) -> exp.Expr:
    """Return CONNECT BY's condition: PRIOR and LEVEL mean the parent, other columns without a table the child."""
    for column in list(condition.find_all(exp.Column)):
        if column.name.lower() == _LEVEL and not column.table:
            column.replace(exp.Paren(this=_next_level()))
    for prior in list(condition.find_all(exp.Prior)):
        prior.replace(exp.column(prior.this.name, table=_PARENT))
    for column in condition.find_all(exp.Column):
        if not column.table:
            column.set("table", exp.to_identifier(table))
    return condition


def _all_of(table: str) -> exp.Column:
    return exp.column(exp.Star(), table=table)


def _next_level() -> exp.Expr:
    return exp.column(_LEVEL, table=_PARENT) + 1
