"""Clauses that depend on the columns of a table: PIVOT, UNPIVOT, * EXCLUDE, and GROUP BY ALL."""

from collections.abc import Callable, Iterator

from sqlglot import exp

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.parser import parse

# Takes a Redshift query and returns the names of its columns.
Columns = Callable[[exp.Select], list[str]]

_AGGREGATES = frozenset(
    {
        "ANY_VALUE", "APPROXIMATE", "AVG", "BIT_AND", "BIT_OR", "BOOL_AND", "BOOL_OR", "COUNT", "LISTAGG", "MAX",
        "MEDIAN", "MIN", "PERCENTILE_CONT", "PERCENTILE_DISC", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "SUM", "VAR_POP",
        "VAR_SAMP", "VARIANCE",
    }
)  # fmt: skip


def expand(tree: exp.Expr, columns: Columns) -> exp.Expr:
    """Replace the clauses that depend on a table's columns, innermost first."""
    for pivot in reversed(list(tree.find_all(exp.Pivot))):
        # An UNPIVOT of an object is a join: see navigation.py.
        if not isinstance(pivot.parent, exp.Join):
            _replace_pivot(pivot, pivot.parent, columns)
    for select in reversed(list(tree.find_all(exp.Select))):
        for projection in list(select.expressions):
            _exclude(select, projection, columns)
        group = select.args.get("group")
        if group is not None and group.args.get("all"):
            group.set("all", None)
            group.set("expressions", _plain_columns(select))
    return tree


def _replace_pivot(pivot: exp.Pivot, source: exp.Expr | None, columns: Columns) -> None:
    if source is None or len(source.args.get("pivots") or ()) != 1:
        raise UnsupportedSqlError("more than one PIVOT or UNPIVOT of a table")
    names = columns(_with_clauses(exp.select("*").from_(_bare(source)), source))
    rewrite = _unpivot if pivot.args.get("unpivot") else _pivot
    source.replace(rewrite(pivot, source, names))


def _with_clauses(query: exp.Select, node: exp.Expr) -> exp.Select:
    """Add the WITH clauses that a node of a statement can refer to."""
    child: exp.Expr | None = node
    parent = node.parent
    while parent is not None:
        if isinstance(parent, exp.With):
            # A common table expression sees the ones before it.
            visible = parent.expressions[: parent.expressions.index(child)]
            parent = parent.parent
        else:
            clause = parent.args.get("with_")
            visible = clause.expressions if clause is not None else []
        for common in visible:
            query = query.with_(common.alias, as_=common.this.copy(), append=True, copy=False)
        child, parent = parent, parent.parent if parent is not None else None
    return query


def _bare(source: exp.Expr) -> exp.Expr:
    bare = source.copy()
    bare.set("pivots", None)
    if isinstance(bare, exp.Subquery) and not bare.alias:
        bare.set("alias", exp.TableAlias(this=exp.to_identifier("source")))
    return bare


def _alias(pivot: exp.Pivot, source: exp.Expr) -> str:
    return str(pivot.alias or source.alias_or_name or "pivoted")


def _pivot(pivot: exp.Pivot, source: exp.Expr, names: list[str]) -> exp.Expr:
    """Aggregate once for each value, grouped by the columns that PIVOT does not name."""
    used = {column.name.lower() for column in pivot.find_all(exp.Column)}
    grouped = [exp.column(name, quoted=True) for name in names if name not in used]
    query = exp.select(*(column.copy() for column in grouped), *_aggregates(pivot)).from_(_bare(source))
    if grouped:
        query = query.group_by(*grouped)
    return query.subquery(_alias(pivot, source))


def _aggregates(pivot: exp.Pivot) -> Iterator[exp.Expr]:
    (field,) = pivot.args["fields"]
    for value in field.expressions:
        literal = value.this if isinstance(value, exp.PivotAlias) else value
        label = value.alias if isinstance(value, exp.PivotAlias) else _label_of(literal)
        for aggregate in pivot.expressions:
            condition = exp.NullSafeEQ(this=field.this.copy(), expression=literal.copy())
            filtered = exp.Filter(this=aggregate.unalias().copy(), expression=exp.Where(this=condition))
            name = f"{label}_{aggregate.alias}" if aggregate.alias else label
            yield exp.alias_(filtered, name.lower(), quoted=True)


def _label_of(literal: exp.Expr) -> str:
    return "null" if isinstance(literal, exp.Null) else str(literal.name or literal.sql())


def _unpivot(pivot: exp.Pivot, source: exp.Expr, names: list[str]) -> exp.Expr:
    """Return a row for each column that UNPIVOT lists; rows with NULL only with INCLUDE NULLS."""
    (field,) = pivot.args["fields"]
    value, key = pivot.expressions[0].name, field.this.name
    turned = [_unpivoted(column, names) for column in field.expressions]
    kept = [f'"source"."{name}"' for name in names if name not in dict(turned)]
    pairs = ", ".join(f'(\'{label}\', "source"."{name}")' for name, label in turned)
    where = "" if pivot.args.get("include_nulls") else f' WHERE "turned"."{value}" IS NOT NULL'
    projections = ", ".join([*kept, f'"turned"."{key}"', f'"turned"."{value}"'])
    shape = parse(
        f'SELECT {projections} FROM placeholder AS "source"'
        f' CROSS JOIN LATERAL (VALUES {pairs}) AS "turned"("{key}", "{value}"){where}'
    )
    assert isinstance(shape, exp.Select)  # noqa: S101  # it is the SELECT above
    bare = _bare(source)
    bare.set("alias", exp.TableAlias(this=exp.to_identifier("source", quoted=True)))
    shape.args["from_"].this.replace(bare)
    return shape.subquery(_alias(pivot, source))


def _unpivoted(column: exp.Expr, names: list[str]) -> tuple[str, str]:
    """Return the name of a column that UNPIVOT lists, and its label in the result."""
    name = column.this if isinstance(column, exp.PivotAlias) else column
    label = column.args["alias"].name if isinstance(column, exp.PivotAlias) else name.name
    if name.name.lower() not in names:
        raise SqlError(f'column "{name.name.lower()}" does not exist')
    return name.name.lower(), label


def _exclude(select: exp.Select, projection: exp.Expr, columns: Columns) -> None:
    """Replace * EXCLUDE (a, b) by the other columns."""
    table = projection.table if isinstance(projection, exp.Column) else None
    star = projection.this if isinstance(projection, exp.Column) else projection
    if not isinstance(star, exp.Star) or not star.args.get("except_"):
        return
    dropped = {column.name.lower() for column in star.args["except_"]}
    names = columns(_all_columns(select, table))
    for name in sorted(dropped - set(names)):
        raise SqlError(f'column "{name}" does not exist')
    kept = [exp.column(name, table=table, quoted=True) for name in names if name not in dropped]
    position = select.expressions.index(projection)
    select.set("expressions", [*select.expressions[:position], *kept, *select.expressions[position + 1 :]])


def _all_columns(select: exp.Select, table: str | None) -> exp.Select:
    """Return the query for all columns of a table, or of all tables, of a SELECT."""
    if select.args.get("from_") is None:
        raise SqlError("SELECT * with no tables specified is not valid")
    query = exp.Select(
        expressions=[exp.column(exp.Star(), table=table) if table else exp.Star()],
        from_=select.args["from_"].copy(),
        joins=[join.copy() for join in select.args.get("joins") or ()],
    )
    return _with_clauses(query, select.expressions[0])


def _plain_columns(select: exp.Select) -> list[exp.Expr]:
    """Return the positions of the projections without an aggregate."""
    return [
        exp.Literal.number(position)
        for position, projection in enumerate(select.expressions, start=1)
        if not any(call.name.upper() in _AGGREGATES for call in projection.find_all(exp.Anonymous))
    ]
