"""What a statement alone does not tell."""

from collections.abc import Callable
from dataclasses import dataclass

from redshift_sandbox.sql.errors import UnsupportedSqlError


def _nowhere(query: str) -> list[str]:
    del query
    what = "a statement here that depends on the columns of a table"
    raise UnsupportedSqlError(what)


@dataclass(frozen=True)
class Context:
    """Where a statement stands.

    Parameters
    ----------
    describe
        Takes a query of PostgreSQL's and returns the names of its columns.
    in_procedure
        Whether names may be variables.
    """

    describe: Callable[[str], list[str]] = _nowhere
    in_procedure: bool = False


NOWHERE = Context()
