"""The errors of statements that are refused before PostgreSQL runs them, and the wording of PostgreSQL's own."""

import re


class SqlError(Exception):
    """Redshift would refuse the statement; the message follows ``ERROR:``."""


class UnsupportedSqlError(SqlError):
    """Redshift accepts the statement, but the sandbox cannot run it yet; the message names the missing feature."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the sandbox does not support {what} yet")


def redshift_message(message: str) -> str:
    """Return a PostgreSQL message with Redshift's names for types and functions."""
    for pattern, replacement in _WORDS:
        message = pattern.sub(replacement, message)
    return message


_WORDS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # The prefix of user-defined functions, and the library: see functions.py.
        (r"(?<![\w$])\$(?=[a-z_])", ""),
        (r"\bredshift_library\.", ""),
        (r"\bunknown\b(?=[,)])|(?<=[<>=+*/|~-] )unknown\b|\bunknown\b(?= [<>=+*/|~-])", '"unknown"'),
        (r"\btext\b(?=[,)])", "character varying"),
        (r"\bjson\b", "super"),
        (r'^cannot insert a non-DEFAULT value into column "[^"]+"$', "cannot set an identity column to a value"),
        (r"^MERGE command cannot affect row a second time$", "Found multiple matches to update the same tuple."),
    )
)
