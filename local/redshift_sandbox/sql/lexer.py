"""A statement as tokens, and the cursor that reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from redshift_sandbox.sql.context import NO_CONTEXT, Context
from redshift_sandbox.sql.dialect import RedshiftOnPostgres
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY

# The sandbox's own schema and roles: see library/12_superusers.sql.
_OWN_NAMES = frozenset({LIBRARY, "rdsdb", "rds_superuser", "rds_owner"})
_LITERALS = frozenset({TokenType.STRING, TokenType.HEREDOC_STRING})
# N'…', E'…' and the like.
_MARKED_LITERALS = frozenset({
    TokenType.NATIONAL_STRING, TokenType.BYTE_STRING, TokenType.HEX_STRING, TokenType.BIT_STRING, TokenType.RAW_STRING,
    TokenType.UNICODE_STRING,
})  # fmt: skip
_NOT_WORDS = _LITERALS | _MARKED_LITERALS | {TokenType.IDENTIFIER}
_SWITCHES = ("ON", "OFF", "TRUE", "FALSE", "YES", "NO", "T", "F", "PRESET")
_OFF = ("OFF", "FALSE", "NO", "F")


@dataclass(frozen=True)
class Lexed:
    """One statement: its text up to the last token, its tokens, and its context."""

    text: str
    tokens: tuple[Token, ...]
    context: Context = NO_CONTEXT

    def words(self, count: int) -> tuple[str, ...]:
        """Return the first words in upper case; empty for a literal or a quoted name."""
        return tuple(word_of(token) for token in self.tokens[:count])

    def starts(self, *words: str) -> bool:
        """Return whether the statement begins with these words."""
        return self.words(len(words)) == words

    def after(self, *words: str) -> "Cursor":
        """Return a cursor behind the words that the statement begins with.

        Raises
        ------
        SqlError
            If it begins with others.
        """
        cursor = Cursor(self)
        cursor.expect(*words)
        return cursor

    def without(self, spans: Sequence[tuple[int, int]]) -> str:
        """Return the text with some runs of tokens cut out; a span is (first token, token after the last)."""
        pieces, position = [], 0
        for first, after in sorted(spans):
            pieces.append(self.text[position : self.tokens[first].start])
            position = self.tokens[after - 1].end + 1
        return " ".join([*pieces, self.text[position:]])


class Cursor:
    """A position among the tokens of a statement, or of a part of it.

    ``index`` is a mark to come back to: what was read since then is ``source_since(mark)`` or ``sql_since(mark)``.
    """

    def __init__(self, statement: Lexed, index: int = 0, end: int | None = None) -> None:
        self.statement = statement
        self.index = index
        self.end = len(statement.tokens) if end is None else end

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.index >= self.end

    @property
    def token(self) -> Token | None:
        """The next token, None at the end."""
        return self.statement.tokens[self.index] if self.index < self.end else None

    @property
    def word(self) -> str:
        """The next token in upper case; empty at the end, and for a literal or a quoted name."""
        return self._word(self.index)

    @property
    def next_word(self) -> str:
        """The token after the next one, likewise."""
        return self._word(self.index + 1)

    def at(self, *words: str) -> bool:
        """Return whether these words come next."""
        return all(self._word(self.index + offset) == word for offset, word in enumerate(words))

    def words(self, count: int) -> list[str]:
        """Return the next words in upper case, without moving."""
        return [token.text.upper() for token in self.statement.tokens[self.index : min(self.index + count, self.end)]]

    def finds(self, *words: str) -> bool:
        """Return whether one of these words is ahead."""
        return any(self._word(index) in words for index in range(self.index, self.end))

    def skip(self, *words: str) -> bool:
        """Move past these words if they come next."""
        found = self.at(*words)
        self.index += len(words) if found else 0
        return found

    def skip_any(self, *words: str) -> bool:
        """Move past one of these words if it comes next."""
        found = self.word in words
        self.index += found
        return found

    def drop_last(self, *words: str) -> str:
        """Leave out the last token if it is one of these words, and return it; else return an empty string."""
        last = self._word(self.end - 1) if self.index < self.end else ""
        if last not in words:
            return ""
        self.end -= 1
        return last

    def expect(self, *words: str) -> None:
        """Move past these words.

        Raises
        ------
        SqlError
            If other words come next.
        """
        for word in words:
            if not self.skip(word):
                raise self.syntax_error()

    def expect_end(self) -> None:
        """Raise SqlError if anything is left."""
        if not self.at_end:
            raise self.syntax_error()

    def seek(self, *words: str) -> bool:
        """Move to the next of these words, or to the end; return whether one was found."""
        while not self.at_end and self.word not in words:
            self.index += 1
        return not self.at_end

    def take(self) -> str:
        """Return the text of the next token and move past it.

        Raises
        ------
        SqlError
            If the statement ends here.
        """
        token = self.token
        if token is None:
            raise self.syntax_error()
        self.index += 1
        return token.text

    def take_sql(self) -> str:
        """Take the next token as PostgreSQL reads it."""
        self.take()
        return self.sql_since(self.index - 1)

    def name(self) -> str:
        """Take a name as it was written, without its quotes.

        Raises
        ------
        SqlError
            If something else comes next.
        """
        token = self.token
        if token is None or not _is_name(token):
            raise self.syntax_error()
        return self.take()

    def name_or_text(self) -> str:
        """Take a name, or a string literal in its place."""
        is_text = self.token is not None and self.token.token_type in _LITERALS
        return self.take() if is_text else self.name()

    def names(self) -> list[str]:
        """Take names with commas between them."""
        names = [self.name()]
        while self.skip(","):
            names.append(self.name())
        return names

    def names_in_parentheses(self) -> list[str]:
        """Take a list of names in parentheses, in lower case."""
        self.expect("(")
        names = [name.lower() for name in self.names()]
        self.expect(")")
        return names

    def name_parts(self) -> list[str]:
        """Take the parts of a name that may be qualified."""
        parts = [self.name()]
        while self.skip("."):
            parts.append(self.name())
        return parts

    def qualified_name(self) -> str:
        """Take a name that may be qualified, as PostgreSQL reads it."""
        mark = self.index
        self.name_parts()
        return "".join(_rewritten(token) for token in self.statement.tokens[mark : self.index])

    def skip_parentheses(self) -> bool:
        """Move past a pair of parentheses and what is between them; return whether one opens here.

        Raises
        ------
        SqlError
            If it is not closed.
        """
        if not self.skip("("):
            return False
        depth = 1
        while depth:
            depth += self.at("(") - self.at(")")
            self.take()
        return True

    def text(self, option: str) -> str:
        """Take a string literal, with or without AS before it."""
        self.skip("AS")
        token = self.token
        if token is None or token.token_type != TokenType.STRING:
            raise SqlError(f'syntax error: {option} needs a string, not "{token.text if token else ""}"')
        return self.take()

    def text_or(self, default: str, option: str) -> str:
        """Take a string literal if one comes next, else return a default."""
        index = self.index + (self.word == "AS")
        has_text = index < self.end and self.statement.tokens[index].token_type == TokenType.STRING
        return self.text(option) if has_text else default

    def number(self, option: str) -> int:
        """Take a whole number, with or without AS before it."""
        self.skip("AS")
        text = self.take()
        if not text.isdecimal():
            raise SqlError(f'syntax error: {option} needs a number, not "{text}"')
        return int(text)

    def switch(self) -> bool:
        """Take ON, OFF or a synonym, and return whether it means on; without any of them it is on."""
        on = self.word not in _OFF
        self.skip_any(*_SWITCHES)
        return on

    def sql_since(self, mark: int) -> str:
        """Return the tokens since a mark as PostgreSQL reads them: quoted names folded, string literals escaped."""
        return " ".join(_rewritten(token) for token in self.statement.tokens[mark : self.index])

    def source_since(self, mark: int) -> str:
        """Return the text since a mark as it was written."""
        if mark >= self.index:
            return ""
        tokens = self.statement.tokens
        return self.statement.text[tokens[mark].start : tokens[self.index - 1].end + 1]

    def since(self, mark: int) -> "Cursor":
        """Return a cursor over the tokens since a mark."""
        return Cursor(self.statement, mark, self.index)

    def rest(self) -> str:
        """Take the remaining tokens as PostgreSQL reads them."""
        mark, self.index = self.index, self.end
        return self.sql_since(mark)

    def source_rest(self) -> str:
        """Take the remaining text as it was written."""
        mark, self.index = self.index, self.end
        return self.source_since(mark)

    def syntax_error(self) -> SqlError:
        """Return the error for a statement that is wrong here."""
        token = self.token
        return SqlError(f'syntax error at or near "{token.text}"' if token else "syntax error at end of input")

    def _word(self, index: int) -> str:
        return word_of(self.statement.tokens[index]) if index < self.end else ""


def lex(text: str, context: Context = NO_CONTEXT) -> Lexed:
    """Split a statement into tokens.

    Raises
    ------
    SqlError
        If it is empty, holds more than one statement, or a string literal or quoted name in it is not closed.
    """
    tokens = list(lex_all(text))
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise SqlError("the statement is empty")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise SqlError("cannot insert multiple commands into a prepared statement")
    return Lexed(text[: tokens[-1].end + 1], tuple(tokens), context)


def lex_all(text: str) -> tuple[Token, ...]:
    """Split a text of any number of statements into tokens.

    Raises
    ------
    SqlError
        If a string literal or quoted name in it is not closed, or it names the sandbox's own schema or roles.
    """
    try:
        tokens = tuple(RedshiftOnPostgres().tokenize(text))
    except TokenError as error:
        raise SqlError(f"syntax error: {str(error).splitlines()[0]}") from error
    for token in tokens:
        if token.token_type not in _LITERALS and token.text.lower() in _OWN_NAMES:
            raise SqlError(f'"{token.text.lower()}" does not exist')
    return tokens


def word_of(token: Token) -> str:
    """Return a token in upper case; empty for a literal or a quoted name."""
    return "" if token.token_type in _NOT_WORDS else token.text.upper()


def quoted(name: str) -> str:
    """Return a name quoted for PostgreSQL, in lower case as Redshift folds it; names of IAM users keep their case."""
    return '"' + folded(name).replace('"', '""') + '"'


def folded(name: str) -> str:
    """Return a name in lower case, unless it is that of an IAM user."""
    return name if name.startswith(("IAM:", "IAMR:")) else name.lower()


def literal(text: str) -> str:
    """Return a string literal in which a backslash escapes."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _is_name(token: Token) -> bool:
    return token.token_type == TokenType.IDENTIFIER or word_of(token)[:1].isalnum() or word_of(token)[:1] in ("_", "#")


def _rewritten(token: Token) -> str:
    # A # begins the name of a temporary table.
    if token.token_type == TokenType.IDENTIFIER or token.text.startswith("#"):
        return quoted(token.text)
    if token.token_type in _LITERALS:
        return literal(token.text)
    if token.token_type in _MARKED_LITERALS:
        raise UnsupportedSqlError("a string literal with a prefix here")
    return token.text
