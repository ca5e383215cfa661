"""A statement as tokens, with the text between them kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex, overload

from sqlglot import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from redshift_sandbox.sql.context import NOWHERE, Context
from redshift_sandbox.sql.dialect import RedshiftOnPostgres
from redshift_sandbox.sql.errors import SqlError


class Tokens(tuple[Token, ...]):
    """Tokens; to ask for one behind the last is to find that the statement ends too early."""

    __slots__ = ()

    @overload
    def __getitem__(self, place: SupportsIndex) -> Token: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Token, ...]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Token | tuple[Token, ...]:
        try:
            return super().__getitem__(place)
        except IndexError as error:
            raise SqlError("syntax error at end of input") from error


@dataclass(frozen=True)
class Lexed:
    """One statement: its text without what follows the end, its tokens, and where it stands."""

    text: str
    tokens: Tokens
    context: Context = NOWHERE

    def words(self, count: int) -> tuple[str, ...]:
        """Return the first words, in capitals."""
        return tuple(token.text.upper() for token in self.tokens[:count])

    def starts(self, *words: str) -> bool:
        """Say whether the statement begins with these words."""
        return self.words(len(words)) == words

    def without(self, spans: Sequence[tuple[int, int]]) -> str:
        """Return the text with some runs of tokens cut out; a span is (first token, token after the last)."""
        pieces, position = [], 0
        for first, after in sorted(spans):
            pieces.append(self.text[position : self.tokens[first].start])
            position = self.tokens[after - 1].end + 1
        return " ".join([*pieces, self.text[position:]])

    def slice(self, first: int, after: int | None = None) -> str:
        """Return the text from one token to before another."""
        last = self.tokens[(len(self.tokens) if after is None else after) - 1]
        return self.text[self.tokens[first].start : last.end + 1] if first < len(self.tokens) else ""


def lex(text: str, context: Context = NOWHERE) -> Lexed:
    """Cut a statement into tokens.

    Raises
    ------
    SqlError
        If it is empty, holds more than one statement, or a text or name in it does not end.
    """
    tokens = list(lex_all(text))
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise SqlError("the statement is empty")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise SqlError("cannot insert multiple commands into a prepared statement")
    return Lexed(text[: tokens[-1].end + 1], Tokens(tokens), context)


def lex_all(text: str) -> Tokens:
    """Cut a text of any number of statements into tokens.

    Raises
    ------
    SqlError
        If a text or name in it does not end.
    """
    try:
        return Tokens(RedshiftOnPostgres().tokenize(text))
    except TokenError as error:
        raise SqlError(f"syntax error: {_first_line(error)}") from error


def is_name(token: Token) -> bool:
    """Say whether a token may be a name, quoted or not."""
    return token.token_type in (TokenType.IDENTIFIER, TokenType.VAR) or token.text.replace("_", "").isalnum()


def quoted(name: str) -> str:
    """Return a name as PostgreSQL takes it, folded as Redshift folds it; IAM users keep their case."""
    folded = name if name.startswith(("IAM:", "IAMR:")) else name.lower()
    return '"' + folded.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a literal in which a backslash escapes."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def rejoin(statement: Lexed, first: int = 0, after: int | None = None) -> str:
    """Return tokens as text again, with names folded as Redshift folds them and texts quoted for PostgreSQL."""
    return " ".join(_rewritten(token) for token in statement.tokens[first:after])


def _rewritten(token: Token) -> str:
    # A # begins the name of a temporary table.
    if token.token_type == TokenType.IDENTIFIER or token.text.startswith("#"):
        return quoted(token.text)
    if token.token_type == TokenType.STRING:
        return literal(token.text)
    return token.text
