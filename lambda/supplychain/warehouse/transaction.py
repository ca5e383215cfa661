"""Statements that run as one transaction, and the error that names the one that failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from supplychain.warehouse.data_api import DataApi, Session, StatementError


class LoadError(Exception):
    """A generation could not be loaded; the message names the step and the cause. The warehouse is unchanged."""


@dataclass(frozen=True)
class Step:
    """A statement of a transaction, and its description for an error message."""

    sql: str
    description: str
    table: str = ""
    rows: int = 0
    """The number of rows of `table` that it stages."""


def run_transaction(
    api: DataApi,
    steps: Sequence[Step],
    *,
    statement_timeout: int,
    token: str | None = None,
    session: Session | None = None,
    close_session: bool = False,
    while_waiting: Callable[[int], None] | None = None,
) -> str:
    """Run steps as one transaction, each limited to `statement_timeout` seconds, and return the id of the batch.

    The first statement of the batch sets the limit. With a `token` that the Data API has seen, nothing runs again.
    `while_waiting` is that of `DataApi.batch`.

    Raises
    ------
    LoadError
        If a statement fails.
    """
    limit = f"set statement_timeout to {statement_timeout * 1000}"
    try:
        return api.batch(
            [limit, *(step.sql for step in steps)],
            session=session,
            close_session=close_session,
            token=token,
            while_waiting=while_waiting,
        )
    except StatementError as error:
        failed = steps[error.index - 1].description if error.index else "the load"
        raise LoadError(f"{failed} failed: {error.message}{f' [{error.sql}]' if error.sql else ''}") from error
