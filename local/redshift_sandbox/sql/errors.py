"""Why a statement is refused before PostgreSQL sees it."""

import re


class SqlError(Exception):
    """Redshift would refuse the statement; the message follows ``ERROR:``."""


class UnsupportedSqlError(SqlError):
    """Redshift takes the statement, but the sandbox can't run it yet; the message names what it lacks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the sandbox does not support {what} yet")


def as_redshift_tells(message: str) -> str:
    """Return a message of PostgreSQL's with Redshift's names for types and functions."""
    for pattern, replacement in _WORDS:
        message = pattern.sub(replacement, message)
    return message


_WORDS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # The prefix of users' functions, and the library: see functions.py.
        (r"(?<![\w$])\$(?=[a-z_])", ""),
        (r"\bredshift_library\.", ""),
        (r"\bunknown\b(?=[,)])|(?<=[<>=+*/|~-] )unknown\b|\bunknown\b(?= [<>=+*/|~-])", '"unknown"'),
        (r"\btext\b(?=[,)])", "character varying"),
        (r"\bjson\b", "super"),
        (r'^cannot insert a non-DEFAULT value into column "[^"]+"$', "cannot set an identity column to a value"),
        (r"^MERGE command cannot affect row a second time$", "Found multiple matches to update the same tuple."),
    )
)
