"""What PostgreSQL would run and Redshift refuses."""

from __future__ import annotations

from sqlglot.tokenizer_core import Token, TokenType

from local.sql.errors import SqlError
from local.sql.lexer import Lexed

# PostgreSQL's functions that Redshift has not
# (docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-functions.html).
_UNKNOWN_FUNCTIONS = frozenset({
    "STRING_AGG", "ARRAY_AGG", "JSON_AGG", "JSONB_AGG", "JSON_OBJECT_AGG", "JSONB_OBJECT_AGG", "XMLAGG", "UNNEST",
    "GEN_RANDOM_UUID", "FORMAT", "STRING_TO_ARRAY", "ARRAY_TO_STRING", "REGEXP_MATCHES", "REGEXP_SPLIT_TO_TABLE",
    "REGEXP_SPLIT_TO_ARRAY", "TO_TSVECTOR", "TO_TSQUERY", "TO_JSON", "TO_JSONB", "ROW_TO_JSON", "JSONB_BUILD_OBJECT",
    "JSON_BUILD_OBJECT", "JSONB_SET", "MAKE_DATE", "MAKE_INTERVAL", "MAKE_TIMESTAMP", "AGE_IN_DAYS", "SETSEED",
    "PG_READ_FILE", "PG_READ_BINARY_FILE", "PG_LS_DIR", "PG_STAT_FILE", "LO_IMPORT", "LO_EXPORT", "LO_CREATE", "LO_GET",
    "PG_RELOAD_CONF", "PG_ROTATE_LOGFILE", "PG_SLEEP_FOR", "PG_SLEEP_UNTIL", "DBLINK", "MODE", "EVERY",
})  # fmt: skip

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
        if word in _UNKNOWN_FUNCTIONS and following == "(":
            message = f"function {word.lower()}(unknown) does not exist"
            raise SqlError(message)
        if _is_foreign(tokens, index, word, following):
            message = f'syntax error at or near "{token.text}"'
            raise SqlError(message)
    if statement.words(1) == ("CREATE",) and _creates_index(statement):
        message = 'SQL command "CREATE INDEX" not supported.'
        raise SqlError(message)


def _is_foreign(tokens: tuple[Token, ...], index: int, word: str, following: str) -> bool:
    before = tokens[index - 1].text.upper() if index else ""
    if word == "FILTER":
        return before == ")" and following == "("
    if word == "LATERAL":
        return before in (",", "JOIN") or following == "("
    if word == "RETURNING":
        return index > 0
    if word == "CONFLICT":
        return before == "ON"
    if word == "ON":
        return before == "DISTINCT" and following == "("
    return word in _SERIAL and bool(before) and tokens[0].text.upper() in ("CREATE", "ALTER")


def _creates_index(statement: Lexed) -> bool:
    return statement.words(2) == ("CREATE", "INDEX") or statement.words(3) == ("CREATE", "UNIQUE", "INDEX")
