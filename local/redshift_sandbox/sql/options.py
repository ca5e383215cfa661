"""The options that COPY and UNLOAD share, and how options are read."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Cursor


@dataclass
class Authorization:
    """The credentials: a role (None: the namespace's default role), or an access key."""

    role: str | None = None
    given: bool = False
    by_key: bool = False

    def take(self, option: str, cursor: Cursor) -> bool:
        """Read the value of an option that authorizes; return whether the option is one."""
        if option == "IAM_ROLE":
            self.given = True
            if not cursor.skip("DEFAULT"):
                self.role = cursor.text(option)
        elif option in ("CREDENTIALS", "WITH"):
            cursor.skip("CREDENTIALS")
            self._credentials(cursor.text("CREDENTIALS"))
        elif option in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
            self.given = self.by_key = True
            cursor.text(option)
        else:
            return False
        return True

    def require(self, verb: str) -> None:
        """Refuse a statement without credentials."""
        if not self.given:
            raise SqlError(f"Invalid {verb} statement: one of IAM_ROLE, CREDENTIALS or ACCESS_KEY_ID is needed")

    def _credentials(self, text: str) -> None:
        self.given = True
        pairs = dict(part.partition("=")[::2] for part in text.split(";"))
        self.role = pairs.get("aws_iam_role")
        self.by_key = self.role is None


def read(
    verb: str,
    cursor: Cursor,
    authorization: Authorization,
    known: dict[str, Callable[[Cursor], None]],
    missing: frozenset[str],
) -> None:
    """Read options to the end of a statement.

    Raises
    ------
    SqlError
        If an option does not exist, or the sandbox lacks it.
    """
    while (token := cursor.token) is not None:
        option = cursor.word
        cursor.take()
        if authorization.take(option, cursor):
            continue
        if option in missing:
            raise UnsupportedSqlError(f"{verb} with {option}")
        if option not in known:
            raise SqlError(f'syntax error at or near "{token.text}"')
        known[option](cursor)
    authorization.require(verb)


def s3_url(cursor: Cursor, verb: str) -> tuple[str, str]:
    """Take an ``s3://`` URL and return its bucket and key."""
    is_text = cursor.token is not None and cursor.token.token_type == TokenType.STRING
    url = cursor.take()
    if not is_text or not url.startswith("s3://"):
        raise UnsupportedSqlError(f"{verb} with anything but s3://")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
