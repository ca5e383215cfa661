"""sqlglot's parser and generator, with PostgreSQL's error messages."""

import logging

from sqlglot import ErrorLevel, ParseError, UnsupportedError, exp

from redshift_sandbox.sql.dialect import RedshiftOnPostgres
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError

# It logs what it cannot parse, which parse() raises as an error.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse(text: str) -> exp.Expr:
    """Parse one statement.

    Raises
    ------
    SqlError
        If its syntax is wrong.
    """
    try:
        trees = RedshiftOnPostgres().parse(text, error_level=ErrorLevel.IMMEDIATE)
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        near = str(found.get("highlight") or "").strip()
        raise SqlError(
            f'syntax error at or near "{near}" (line {found.get("line")}, column {found.get("col")})'
            if near
            else f"syntax error: {error}"
        ) from error
    tree = trees[0] if trees else None
    if tree is None:
        raise SqlError("the statement is empty")
    _read_names(tree)
    return tree


def _read_names(tree: exp.Expr) -> None:
    """Treat the quoted name of a function as any other: the transforms look functions up by their names."""
    for call in tree.find_all(exp.Anonymous):
        if isinstance(call.this, exp.Identifier):
            call.set("this", call.this.name)


def generate(tree: exp.Expr) -> str:
    """Return a statement as PostgreSQL's text.

    Raises
    ------
    UnsupportedSqlError
        If PostgreSQL has no syntax for a part of it.
    """
    try:
        return RedshiftOnPostgres().generate(
            tree, unsupported_level=ErrorLevel.RAISE, copy=True, comments=False, normalize_functions=False
        )
    except UnsupportedError as error:
        raise UnsupportedSqlError(str(error).splitlines()[0]) from error
