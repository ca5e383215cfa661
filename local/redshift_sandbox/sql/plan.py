"""How PostgreSQL runs one Redshift statement."""

from dataclasses import dataclass

from redshift_sandbox.sql.copy import CopyFromS3
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import literal
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

    @property
    def commands(self) -> tuple[str, ...]:
        """The steps as PostgreSQL runs them: Redshift's superusers may do what otherwise takes an object's owner."""
        if self.verb not in _BY_OWNER and not self.steps[0].startswith(_DEFAULTS_OF_OTHERS):
            return self.steps
        return tuple(f"DO {literal(f'BEGIN PERFORM {LIBRARY}.run({literal(step)}); END')}" for step in self.steps)


_DEFAULTS_OF_OTHERS = ("ALTER DEFAULT PRIVILEGES FOR",)
_BY_OWNER = frozenset({
    "ALTER DATABASE", "ALTER GROUP", "ALTER MATERIALIZED VIEW", "ALTER ROLE", "ALTER SCHEMA", "ALTER TABLE",
    "ALTER TABLE APPEND", "ALTER USER", "COMMENT ON", "CREATE GROUP", "CREATE ROLE", "CREATE USER", "DROP FUNCTION",
    "DROP GROUP", "DROP MATERIALIZED VIEW", "DROP PROCEDURE", "DROP ROLE", "DROP SCHEMA", "DROP TABLE", "DROP USER",
    "DROP VIEW", "GRANT", "REVOKE", "TRUNCATE",
})  # fmt: skip
