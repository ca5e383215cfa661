"""A statement as tokens, with the text between them kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from local.sql.context import NOWHERE, Context
from local.sql.dialect import RedshiftOnPostgres
from local.sql.errors import SqlError


@dataclass(frozen=True)
class Lexed:
    """One statement: its text without what follows the end, its tokens, and where it stands."""

    text: str
    tokens: tuple[Token, ...]
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
        message = "the statement is empty"
        raise SqlError(message)
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        message = "cannot insert multiple commands into a prepared statement"
        raise SqlError(message)
    return Lexed(text[: tokens[-1].end + 1], tuple(tokens), context)


def lex_all(text: str) -> tuple[Token, ...]:
    """Cut a text of any number of statements into tokens.

    Raises
    ------
    SqlError
        If a text or name in it does not end.
    """
    try:
        return tuple(RedshiftOnPostgres().tokenize(text))
    except TokenError as error:
        message = f"syntax error: {_first_line(error)}"
        raise SqlError(message) from error


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
    if token.token_type == TokenType.IDENTIFIER:
        return quoted(token.text)
    if token.token_type == TokenType.STRING:
        return literal(token.text)
    return token.text
