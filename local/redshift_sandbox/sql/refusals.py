"""Syntax that PostgreSQL accepts and Redshift refuses."""

from collections.abc import Callable

from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.lexer import Cursor, Lexed, word_of

# PostgreSQL's operators on JSON and arrays.
_OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@", "?|", "?&", "&&"})


def refuse(statement: Lexed) -> None:
    """Refuse PostgreSQL's grammar and functions that Redshift does not have.

    Raises
    ------
    SqlError
        With Redshift's message where it is known.
    """
    before = None
    for index, token in enumerate(statement.tokens):
        word = word_of(token)
        if word in _WATCHED:
            _refuse_word(Cursor(statement, index), before)
        before = word
    if statement.starts("CREATE", "INDEX") or statement.starts("CREATE", "UNIQUE", "INDEX"):
        raise SqlError('SQL command "CREATE INDEX" not supported.')


def _refuse_word(cursor: Cursor, before: str | None) -> None:
    word = cursor.word
    if word == "UNNEST" and cursor.next_word == "(":
        # sqlglot has syntax for it; in Redshift it is the name of a function that does not exist.
        raise SqlError('function unnest("unknown") does not exist')
    if word in _OPERATORS and before is not None:
        raise SqlError(f"operator does not exist: {word}")
    is_foreign = _FOREIGN.get(word)
    if is_foreign is not None and is_foreign(cursor, before):
        raise SqlError(f'syntax error at or near "{cursor.take().split(maxsplit=1)[0]}"')


def _in_create(cursor: Cursor, before: str | None) -> bool:
    del before
    return cursor.statement.starts("CREATE")


def _serial(cursor: Cursor, before: str | None) -> bool:
    return before is not None and (cursor.statement.starts("CREATE") or cursor.statement.starts("ALTER"))


def _partition(cursor: Cursor, before: str | None) -> bool:
    return _in_create(cursor, before) and before == ")" and (cursor.at("PARTITION BY") or cursor.next_word == "BY")


# Words of PostgreSQL's grammar, each with a test of the cursor at it and of the word before it (None at the start).
_FOREIGN: dict[str, Callable[[Cursor, str | None], bool]] = {
    "FILTER": lambda cursor, before: before == ")" and cursor.next_word == "(",
    "LATERAL": lambda cursor, before: before in (",", "JOIN") or cursor.next_word == "(",
    # VALUES as a table of constants.
    "VALUES": lambda _, before: before in ("(", None),
    "FOR": lambda cursor, _: cursor.words(3)[1:] in (["UPDATE"], ["SHARE"]),
    "UNLOGGED": _in_create,
    "INHERITS": _in_create,
    "TABLESPACE": _in_create,
    "PARTITION": _partition,
    "PARTITION BY": _partition,
    "LIMIT": lambda cursor, _: cursor.words(3)[2:] == [","],
    "RETURNING": lambda _, before: before is not None,
    "CONFLICT": lambda _, before: before == "ON",
    "ON": lambda cursor, before: before == "DISTINCT" and cursor.next_word == "(",
    **dict.fromkeys(("SERIAL", "BIGSERIAL", "SMALLSERIAL"), _serial),
}
_WATCHED = frozenset({"UNNEST", *_OPERATORS, *_FOREIGN})
