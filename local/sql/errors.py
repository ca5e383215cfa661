"""Why a statement is refused before PostgreSQL sees it."""

from __future__ import annotations


class SqlError(Exception):
    """Redshift would refuse the statement; the message follows ``ERROR:``."""


class UnsupportedSqlError(SqlError):
    """Redshift takes the statement, but the sandbox can't run it yet; the message names what it lacks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the sandbox does not support {what} yet")
