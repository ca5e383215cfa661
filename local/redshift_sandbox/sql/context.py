"""What the translator needs to know beyond the statement itself."""

from collections.abc import Callable
from dataclasses import dataclass

from redshift_sandbox.sql.errors import UnsupportedSqlError


def _no_columns(query: str) -> list[str]:
    del query
    raise UnsupportedSqlError("a statement here that depends on the columns of a table")


@dataclass(frozen=True)
class Context:
    """Where a statement runs.

    Parameters
    ----------
    describe
        Takes a PostgreSQL query and returns the names of its columns.
    in_procedure
        Whether names may be variables.
    """

    describe: Callable[[str], list[str]] = _no_columns
    in_procedure: bool = False


NO_CONTEXT = Context()
