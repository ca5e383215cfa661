"""Parsing and writing, with errors as the database tells them."""

from __future__ import annotations

import logging

from sqlglot import ErrorLevel, ParseError, UnsupportedError, exp

from local.sql.dialect import RedshiftOnPostgres
from local.sql.errors import SqlError, UnsupportedSqlError

# What it cannot parse is refused here; it need not be logged too.
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
        message = (
            f'syntax error at or near "{near}" (line {found.get("line")}, column {found.get("col")})'
            if near
            else f"syntax error: {error}"
        )
        raise SqlError(message) from error
    tree = trees[0] if trees else None
    if tree is None:
        message = "the statement is empty"
        raise SqlError(message)
    return tree


def generate(tree: exp.Expr) -> str:
    """Write a statement for PostgreSQL.

    Raises
    ------
    UnsupportedSqlError
        If it holds what PostgreSQL has no words for.
    """
    try:
        return RedshiftOnPostgres().generate(
            tree, unsupported_level=ErrorLevel.RAISE, copy=True, comments=False, normalize_functions=False
        )
    except UnsupportedError as error:
        raise UnsupportedSqlError(str(error).splitlines()[0]) from error
