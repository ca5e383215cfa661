"""What is to be done on PostgreSQL for one Redshift statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True)
class Plan:
    """PostgreSQL's side of one statement.

    Parameters
    ----------
    verb
        What the statement is, for messages: ``SELECT``, ``CREATE TABLE``.
    steps
        SQL for PostgreSQL, in order; they succeed or fail together.
    answer
        Which step's answer is the statement's.
    commits
        Whether the statement commits the transaction that it is in.
    outside_transaction
        Whether it refuses to run in a transaction.
    action
        What is done instead of, or after, the steps with the open connection; its cursor is the statement's answer.
    """

    verb: str
    steps: tuple[str, ...]
    answer: int = 0
    commits: bool = False
    outside_transaction: bool = False
    action: Callable[[psycopg.Connection[Any]], psycopg.Cursor[Any]] | None = None
