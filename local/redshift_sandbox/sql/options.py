"""The options of COPY and UNLOAD, read from their tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot.tokenizer_core import Token, TokenType

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Lexed

_SWITCHES = frozenset({"ON", "OFF", "TRUE", "FALSE", "YES", "NO", "T", "F", "PRESET"})
_OFF = frozenset({"OFF", "FALSE", "NO", "F"})


@dataclass
class Cursor:
    """A place among the tokens of a statement."""

    statement: Lexed
    index: int

    @property
    def token(self) -> Token | None:
        """The token here, None at the end."""
        return self.statement.tokens[self.index] if self.index < len(self.statement.tokens) else None

    @property
    def word(self) -> str:
        """The token here in capitals; nothing at the end, or where a literal or a quoted name stands."""
        token = self.token
        plain = token is not None and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER)
        return token.text.upper() if token is not None and plain else ""

    def take(self) -> str:
        """Return the text here and go on."""
        token = self.token
        if token is None:
            raise SqlError("syntax error at end of input")
        self.index += 1
        return token.text

    def skip(self, *words: str) -> bool:
        """Go over one of these words, if it stands here."""
        found = self.word in words
        self.index += found
        return found

    def text(self, option: str) -> str:
        """Return the literal here, AS before it or not."""
        self.skip("AS")
        token = self.token
        if token is None or token.token_type != TokenType.STRING:
            raise SqlError(f'syntax error: {option} needs a text, not "{token.text if token else ""}"')
        return self.take()

    def text_or(self, default: str, option: str) -> str:
        """Return the literal here, or a default."""
        token = self.statement.tokens[self.index + (self.word == "AS")] if self._has_more() else None
        return self.text(option) if token is not None and token.token_type == TokenType.STRING else default

    def number(self, option: str) -> int:
        """Return the number here, AS before it or not."""
        self.skip("AS")
        text = self.take()
        if not text.isdecimal():
            raise SqlError(f'syntax error: {option} needs a number, not "{text}"')
        return int(text)

    def switch(self) -> bool:
        """Return whether an option is on, which it is without a word."""
        on = self.word not in _OFF
        self.skip(*_SWITCHES)
        return on

    def _has_more(self) -> bool:
        return self.index + (self.word == "AS") < len(self.statement.tokens)


@dataclass
class Authorization:
    """By whose right: a role (None: the namespace's default one), or a key."""

    role: str | None = None
    given: bool = False
    by_key: bool = field(default=False)

    def take(self, option: str, cursor: Cursor) -> bool:
        """Read an option that authorizes; return whether it was one."""
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
        """Refuse a statement that names nobody."""
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
        If an option is none, or the sandbox lacks it.
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


def s3_url(token: Token, verb: str) -> tuple[str, str]:
    """Return the bucket and the key of a literal that names a place in S3."""
    if token.token_type != TokenType.STRING or not token.text.startswith("s3://"):
        what = f"{verb} with anything but s3://"
        raise UnsupportedSqlError(what)
    bucket, _, key = token.text.removeprefix("s3://").partition("/")
    return bucket, key
