"""What stands for columns that only the database knows: PIVOT, UNPIVOT, * EXCLUDE, and GROUP BY ALL."""

from collections.abc import Callable

from sqlglot import exp

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.parser import parse

# Takes a query of Redshift's and returns the names of its columns.
Columns = Callable[[exp.Select], list[str]]

_AGGREGATES = frozenset(
    {
        "ANY_VALUE", "APPROXIMATE", "AVG", "BIT_AND", "BIT_OR", "BOOL_AND", "BOOL_OR", "COUNT", "LISTAGG", "MAX",
        "MEDIAN", "MIN", "PERCENTILE_CONT", "PERCENTILE_DISC", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "SUM", "VAR_POP",
        "VAR_SAMP", "VARIANCE",
    }
)  # fmt: skip


def expand(tree: exp.Expr, columns: Columns) -> exp.Expr:
    """Write out what stands for columns, innermost first."""
    for pivot in reversed(list(tree.find_all(exp.Pivot))):
        source = pivot.parent
        if isinstance(source, exp.Join):
            # Of an object: see navigation.py.
            continue
        if source is None or len(source.args.get("pivots") or ()) != 1:
            what = "more than one PIVOT or UNPIVOT of a table"
            raise UnsupportedSqlError(what)
        names = columns(_query_of(_bare(source), source))
        write = _unpivot if pivot.args.get("unpivot") else _pivot
        source.replace(write(pivot, source, names))
    for select in reversed(list(tree.find_all(exp.Select))):
        _exclude(select, columns)
        group = select.args.get("group")
        if group is not None and group.args.get("all"):
            group.set("all", None)
            group.set("expressions", _plain_columns(select))
    return tree


def _query_of(source: exp.Expr, place: exp.Expr) -> exp.Select:
    """Return SELECT * of a source, with the WITH clauses that it may speak of at a place in a statement."""
    return _with_clauses(exp.select("*").from_(source), place)


def _with_clauses(query: exp.Select, place: exp.Expr) -> exp.Select:
    node, inside = place, None
    while node.parent is not None:
        if isinstance(node, exp.CTE):
            inside = node
        node = node.parent
        clause = node.args.get("with_")
        if clause is not None:
            before = clause.expressions[: clause.expressions.index(inside)] if inside in clause.expressions else None
            for common in clause.expressions if before is None else before:
                query = query.with_(common.alias, as_=common.this.copy(), append=True, copy=False)
        inside = node if isinstance(node, exp.CTE) else inside
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
    (field,) = pivot.args["fields"]
    used = {column.name.lower() for column in pivot.find_all(exp.Column)}
    grouped = [exp.column(name, quoted=True) for name in names if name not in used]
    projections: list[exp.Expr] = [column.copy() for column in grouped]
    for value in field.expressions:
        literal = value.this if isinstance(value, exp.PivotAlias) else value
        named = value.alias if isinstance(value, exp.PivotAlias) else _name_of(literal)
        for aggregate in pivot.expressions:
            call = aggregate.unalias().copy()
            condition = exp.NullSafeEQ(this=field.this.copy(), expression=literal.copy())
            filtered = exp.Filter(this=call, expression=exp.Where(this=condition))
            name = f"{named}_{aggregate.alias}" if aggregate.alias else named
            projections.append(exp.alias_(filtered, name.lower(), quoted=True))
    query = exp.select(*projections).from_(_bare(source))
    if grouped:
        query = query.group_by(*grouped)
    return query.subquery(_alias(pivot, source))


def _name_of(literal: exp.Expr) -> str:
    return "null" if isinstance(literal, exp.Null) else str(literal.name or literal.sql())


def _unpivot(pivot: exp.Pivot, source: exp.Expr, names: list[str]) -> exp.Expr:
    """Give a row for each named column; those that are NULL only with INCLUDE NULLS."""
    (field,) = pivot.args["fields"]
    value, key = pivot.expressions[0].name, field.this.name
    turned: list[tuple[str, str]] = []
    for column in field.expressions:
        name = column.this if isinstance(column, exp.PivotAlias) else column
        label = column.args["alias"].name if isinstance(column, exp.PivotAlias) else name.name
        turned.append((name.name.lower(), label))
        if name.name.lower() not in names:
            raise SqlError(f'column "{name.name.lower()}" does not exist')
    kept = [f'"source"."{name}"' for name in names if name not in {column for column, _ in turned}]
    pairs = ", ".join(f'(\'{label}\', "source"."{name}")' for name, label in turned)
    where = "" if pivot.args.get("include_nulls") else f' WHERE "turned"."{value}" IS NOT NULL'
    projections = ", ".join([*kept, f'"turned"."{key}"', f'"turned"."{value}"'])
    shape = parse(
        f'SELECT {projections} FROM placeholder AS "source"'
        f' CROSS JOIN LATERAL (VALUES {pairs}) AS "turned"("{key}", "{value}"){where}'
    )
    assert isinstance(shape, exp.Select)  # noqa: S101  # as it is written above
    bare = _bare(source)
    bare.set("alias", exp.TableAlias(this=exp.to_identifier("source", quoted=True)))
    placeholder = shape.args["from_"].this
    placeholder.replace(bare)
    return shape.subquery(_alias(pivot, source))


def _exclude(select: exp.Select, columns: Columns) -> None:
    """Turn * EXCLUDE (a, b) into the other columns."""
    for projection in list(select.expressions):
        star = projection.this if isinstance(projection, exp.Column) else projection
        if not isinstance(star, exp.Star) or not star.args.get("except_"):
            continue
        dropped = {column.name.lower() for column in star.args["except_"]}
        table = projection.table if isinstance(projection, exp.Column) else None
        everything = exp.column(exp.Star(), table=table) if table else exp.Star()
        if select.args.get("from_") is None:
            raise SqlError("SELECT * with no tables specified is not valid")
        query = exp.Select(
            expressions=[everything],
            from_=select.args["from_"].copy(),
            joins=[join.copy() for join in select.args.get("joins") or ()],
        )
        names = columns(_with_clauses(query, select.expressions[0]))
        for name in sorted(dropped - set(names)):
            raise SqlError(f'column "{name}" does not exist')
        kept = [exp.column(name, table=table, quoted=True) for name in names if name not in dropped]
        position = select.expressions.index(projection)
        select.set("expressions", [*select.expressions[:position], *kept, *select.expressions[position + 1 :]])


def _plain_columns(select: exp.Select) -> list[exp.Expr]:
    """Return the positions of the projections that hold no aggregate."""
    return [
        exp.Literal.number(position)
        for position, projection in enumerate(select.expressions, start=1)
        if not any(call.name.upper() in _AGGREGATES for call in projection.find_all(exp.Anonymous))
    ]
