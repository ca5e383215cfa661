"""How PostgreSQL runs one Redshift statement."""

from dataclasses import dataclass

from redshift_sandbox.sql.copy import CopyFromS3
from redshift_sandbox.sql.unload import UnloadToS3


@dataclass(frozen=True)
class Plan:
    """How PostgreSQL runs one statement.

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
    reads_history
        Whether it reads which queries ran.
    copy
        A COPY from S3, which is no statement of PostgreSQL's.
    unload
        An UNLOAD to S3, likewise.
    """

    verb: str
    steps: tuple[str, ...]
    answer: int = 0
    commits: bool = False
    outside_transaction: bool = False
    reads_history: bool = False
    copy: CopyFromS3 | None = None
    unload: UnloadToS3 | None = None
