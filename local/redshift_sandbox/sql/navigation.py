"""Paths into SUPER values, which are JSON in PostgreSQL."""

from sqlglot import exp

from redshift_sandbox.sql import functions

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between)


def navigate_super(tree: exp.Expr) -> exp.Expr:
    """Translate paths: ``t.column.key[0]`` in expressions, ``FROM t, t.column AS e`` to unnest an array."""
    elements = {unnest: _element_name(unnest) for unnest in tree.find_all(exp.Unnest)}
    for join in list(tree.find_all(exp.Join)):
        if _is_object_unpivot(join):
            _unpivot_object(join)
    positions = {join: join.this.this.alias for join in tree.find_all(exp.Join) if _has_position(join)}
    names = {*elements.values(), *positions.values()}
    for node in list(tree.find_all(exp.Dot, exp.Bracket, exp.Column)):
        _navigate(node, names)
    for unnest, name in elements.items():
        unnest.replace(_elements(unnest.expressions[0], name))
    for join, name in positions.items():
        _unnest_with_position(join, name)
    _cast_compared_strings(tree)
    return tree


def _cast_compared_strings(tree: exp.Expr) -> None:
    """Cast string literals that are compared with a path: PostgreSQL would parse them as JSON."""
    for comparison in list(tree.find_all(*_COMPARISONS)):
        if any(_is_path(part) for part in comparison.iter_expressions()):
            for part in [part for part in comparison.iter_expressions() if part.is_string]:
                part.replace(exp.cast(part.copy(), exp.DataType.Type.TEXT))


def _tables(node: exp.Expr) -> set[str]:
    """Return the names of all tables that a query can refer to, those of its outer queries too."""
    found: set[str] = set()
    scope: exp.Expr | None = node
    while scope is not None:
        if isinstance(scope, (exp.Select, exp.Update, exp.Delete, exp.Merge)):
            sources = [scope.args.get("from_"), *(scope.args.get("joins") or ())]
            found |= {source.this.alias_or_name for source in sources if source is not None}
            if not isinstance(scope, exp.Select):
                found |= {table.alias_or_name for table in scope.find_all(exp.Table, exp.Subquery)}
        scope = scope.parent
    return found


def _navigate(node: exp.Expr, elements: set[str]) -> None:
    """Replace a column or path, unless it is part of a longer path."""
    is_inner = isinstance(node.parent, (exp.Dot, exp.Bracket)) and node.parent.this is node
    if is_inner or (isinstance(node, exp.Column) and len(node.parts) == 1):
        return
    base, keys = _split_path(node)
    if isinstance(base, exp.Column):
        names = [part.name for part in base.parts]
        count = _column_parts(names, _tables(node), elements)
        keys = names[count:] + keys
        base = exp.column(*reversed(names[:count][-2:]), quoted=True)
    elif not isinstance(base, (exp.Paren, exp.Subquery, exp.Anonymous, exp.Dot)):
        return
    if keys:
        path = ",".join(_quoted_key(key) for key in keys)
        node.replace(exp.Paren(this=exp.JSONBExtract(this=base.copy(), expression=exp.Literal.string(f"{{{path}}}"))))


def _split_path(node: exp.Expr) -> tuple[exp.Expr, list[str]]:
    """Return the expression that a path starts from, and its keys."""
    keys: list[str] = []
    while isinstance(node, (exp.Dot, exp.Bracket)) and not _is_schema_function(node):
        key = node.expression if isinstance(node, exp.Dot) else node.expressions[0]
        keys.insert(0, key.name)
        node = node.this
    return node, keys


def _quoted_key(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_schema_function(node: exp.Expr) -> bool:
    return isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func)


def _column_parts(names: list[str], tables: set[str], elements: set[str]) -> int:
    """Return how many of a path's names denote the column; the others are keys."""
    if names[0] in elements:
        return 1
    if names[0] in tables:
        return min(2, len(names))
    if len(names) > len(("table", "column")) and names[1] in tables:
        # schema.table.column: keys follow it.
        return len(names)
    return 1 if tables else len(names)


def _is_path(node: exp.Expr) -> bool:
    return isinstance(node, exp.Paren) and isinstance(node.this, exp.JSONBExtract)


def _element_name(unnest: exp.Unnest) -> str:
    alias = unnest.args.get("alias")
    if alias is None:
        return str(unnest.expressions[0].name)
    return str(alias.this.name if alias.this is not None else alias.columns[0].name)


def _elements(value: exp.Expr, name: str) -> exp.Expr:
    alias = exp.TableAlias(this=_name(name), columns=[_name(name)])
    return exp.Table(this=functions.library("elements", value.copy()), alias=alias)


def _has_position(join: exp.Join) -> bool:
    return isinstance(join.this, exp.AtIndex) and isinstance(join.this.this, exp.Alias)


def _is_object_unpivot(join: exp.Join) -> bool:
    pivot = join.this
    return (
        isinstance(pivot, exp.Pivot) and isinstance(pivot.this, exp.AtIndex) and isinstance(pivot.this.this, exp.Alias)
    )


def _unpivot_object(join: exp.Join) -> None:
    """``FROM t, UNPIVOT t.object AS v AT k``: the attributes of an object."""
    at = join.this.this
    value, key = at.this.alias, at.expression.name
    alias = exp.TableAlias(this=_name(f"{value} of object"), columns=[_name(key), _name(value)])
    join.set("this", exp.Table(this=functions.library("attributes", at.this.this.copy()), alias=alias))


def _unnest_with_position(join: exp.Join, name: str) -> None:
    """``FROM t, t.items AS i AT n``: the elements with their positions, which count from 0."""
    value, position = join.this.this.this.copy(), join.this.expression.name
    source = exp.Table(
        this=functions.library("elements", value),
        alias=exp.TableAlias(
            this=_name("e"),
            columns=[_name(word) for word in ("v", "n")],
        ),
        ordinality=True,
    )
    numbered = exp.select(
        exp.alias_(exp.column("v", quoted=True), name, quoted=True),
        exp.alias_(exp.column("n", quoted=True) - 1, position, quoted=True),
    ).from_(source)
    lateral = exp.Lateral(this=exp.Subquery(this=numbered), alias=exp.TableAlias(this=_name(name)))
    join.set("this", lateral)


def _name(word: str) -> exp.Identifier:
    return exp.to_identifier(word, quoted=True)
