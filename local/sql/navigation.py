"""Paths into SUPER columns, which are JSON to PostgreSQL."""

from __future__ import annotations

from sqlglot import exp

_TEXTS = (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR, exp.DataType.Type.TEXT)


def navigate_super(tree: exp.Expr) -> exp.Expr:
    """Turn paths into PostgreSQL's: ``alias.column.key`` in an expression, ``FROM t, t.column e`` to unnest."""
    for select in list(tree.find_all(exp.Select)):
        aliases = {table.alias_or_name for table in select.find_all(exp.Table, exp.Subquery)}
        for column in list(select.find_all(exp.Column)):
            parts = [part.name for part in column.parts]
            if len(parts) > len(("alias", "column")) and parts[0] in aliases:
                column.replace(_path(parts))
        for unnest in list(select.find_all(exp.Unnest)):
            elements = exp.Anonymous(this="jsonb_array_elements", expressions=[unnest.expressions[0].copy()])
            unnest.replace(exp.Table(this=elements, alias=unnest.args["alias"].copy()))
    for cast in list(tree.find_all(exp.Cast)):
        if cast.to.this in _TEXTS and _is_path(cast.this):
            # A JSON text's own characters, without the quotes that JSON writes around them.
            cast.set(
                "this",
                exp.Paren(this=exp.JSONBExtractScalar(this=cast.this.copy(), expression=exp.Literal.string("{}"))),
            )
    return tree


def _path(parts: list[str]) -> exp.Expr:
    base = exp.column(parts[1], table=parts[0], quoted=True)
    keys = ",".join('"' + key.replace('"', '\\"') + '"' for key in parts[2:])
    return exp.Paren(this=exp.JSONBExtract(this=base, expression=exp.Literal.string(f"{{{keys}}}")))


def _is_path(node: exp.Expr) -> bool:
    while isinstance(node, (exp.Bracket, exp.Paren)):
        node = node.this
    return isinstance(node, exp.JSONBExtract)
