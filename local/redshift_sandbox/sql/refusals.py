"""What PostgreSQL would run and Redshift refuses."""

from sqlglot.tokenizer_core import Token, TokenType

from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.lexer import Lexed

# PostgreSQL's operators on JSON and arrays.
_OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@", "?|", "?&", "&&"})
_SERIAL = frozenset({"SERIAL", "BIGSERIAL", "SMALLSERIAL"})


def refuse(statement: Lexed) -> None:
    """Refuse what Redshift's grammar or its functions do not have.

    Raises
    ------
    SqlError
        With Redshift's words where they are known.
    """
    tokens = statement.tokens
    for index, token in enumerate(tokens):
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER):
            continue
        word = token.text.upper()
        following = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
        if word == "UNNEST" and following == "(":
            # sqlglot takes it for grammar; to Redshift it is a name that no function has.
            raise SqlError('function unnest("unknown") does not exist')
        if word in _OPERATORS and index:
            raise SqlError(f"operator does not exist: {word}")
        if _is_foreign(tokens, index, word, following):
            raise SqlError(f'syntax error at or near "{token.text.split(maxsplit=1)[0]}"')
    if statement.words(1) == ("CREATE",) and _creates_index(statement):
        raise SqlError('SQL command "CREATE INDEX" not supported.')


def _is_foreign(tokens: tuple[Token, ...], index: int, word: str, following: str) -> bool:
    before = tokens[index - 1].text.upper() if index else ""
    creates = tokens[0].text.upper() == "CREATE"
    return {
        "FILTER": before == ")" and following == "(",
        "LATERAL": before in (",", "JOIN") or following == "(",
        # A table of constants.
        "VALUES": before == "(" or index == 0,
        "FOR": following in ("UPDATE", "SHARE") and index + 2 == len(tokens),
        **dict.fromkeys(("UNLOGGED", "INHERITS", "TABLESPACE"), creates),
        "PARTITION": creates and following == "BY" and before == ")",
        "PARTITION BY": creates and before == ")",
        "LIMIT": len(tokens) > index + 2 and tokens[index + 2].text == ",",
        "RETURNING": index > 0,
        "CONFLICT": before == "ON",
        "ON": before == "DISTINCT" and following == "(",
    }.get(word, word in _SERIAL and bool(before) and tokens[0].text.upper() in ("CREATE", "ALTER"))


def _creates_index(statement: Lexed) -> bool:
    return statement.words(2) == ("CREATE", "INDEX") or statement.words(3) == ("CREATE", "UNIQUE", "INDEX")
