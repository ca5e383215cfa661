"""The body of a stored procedure: PL/pgSQL around statements and expressions of Redshift's."""

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.context import Context
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Lexed, lex_all
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan

_INSIDE = Context(in_procedure=True)
_STATEMENTS = frozenset({
    "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT", "REVOKE",
    "ANALYZE", "COMMENT", "SET", "RESET", "REFRESH", "LOCK", "CALL", "COPY", "UNLOAD", "VACUUM",
})  # fmt: skip
# After these words a statement begins.
_OPENERS = frozenset({"BEGIN", "THEN", "ELSE", "LOOP", "DECLARE"})
_REFUSED = {
    "EXECUTE": "EXECUTE in a stored procedure", "OPEN": "cursors in a stored procedure",
    "FETCH": "cursors in a stored procedure",
}  # fmt: skip


def translate_body(text: str) -> str:
    """Return the body for PostgreSQL.

    Raises
    ------
    SqlError
        If Redshift would refuse a statement in it, or the sandbox cannot run one.
    """
    body = Lexed(text, lex_all(text))
    pieces, index = [], 0
    while index < len(body.tokens):
        end = _end(body, index)
        pieces.append(_statement(body, index, end))
        index = end
    return "\n".join(pieces)


def _end(body: Lexed, first: int) -> int:
    """Return the place after the statement, or the head of a block, that begins at a token."""
    depth, cases = 0, 0
    opening = _word(body, first)
    for index in range(first, len(body.tokens)):
        token = body.tokens[index]
        word = _word(body, index)
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if token.token_type == TokenType.SEMICOLON and depth == 0:
            return index + 1
        cases += word == "CASE"
        if word == "END" and cases:
            cases -= 1
        elif word in _OPENERS and not cases and (index == first or opening in _HEADS):
            return index + 1
    return len(body.tokens)


# What begins a head that ends with THEN or LOOP.
_HEADS = frozenset({"IF", "ELSIF", "ELSEIF", "WHEN", "WHILE", "FOR", "EXCEPTION"})


def _statement(body: Lexed, first: int, after: int) -> str:  # noqa: PLR0911  # one for each kind
    word = _word(body, first)
    ends = body.tokens[after - 1].token_type == TokenType.SEMICOLON
    last = after - 1 if ends else after
    if word in _REFUSED:
        raise UnsupportedSqlError(_REFUSED[word])
    if word in _STATEMENTS:
        return f"{_sql(body, first, last)};"
    if word == "PERFORM":
        return f"PERFORM {_query(body.slice(first + 1, last), 'SELECT ')};"
    if word in ("IF", "ELSIF", "ELSEIF", "WHILE"):
        return f"{word} {_expression(body.slice(first + 1, last - 1))} {_word(body, last - 1)}"
    if word == "FOR":
        return _for(body, first, last)
    if word == "RETURN" and last > first + 1:
        return f"RETURN {_expression(body.slice(first + 1, last))};"
    assigned = next((i for i in range(first, last) if body.tokens[i].text == ":="), None)
    if assigned is not None:
        return f"{_declared(body, first, assigned)} := {_expression(body.slice(assigned + 1, last))};"
    text = " ".join(_plain(token, body) for token in body.tokens[first:last])
    return f"{text};" if ends else text


def _declared(body: Lexed, first: int, after: int) -> str:
    """Return what stands before := : a variable, or its declaration with a type."""
    return " ".join(_plain(token, body) for token in body.tokens[first:after])


def _plain(token: Token, body: Lexed) -> str:
    text = body.text[token.start : token.end + 1]
    return "json" if text.upper() == "SUPER" else text


def _for(body: Lexed, first: int, last: int) -> str:
    words = [_word(body, index) for index in range(first, last)]
    start = first + words.index("IN") + 1 if "IN" in words else first
    if _word(body, start) == "EXECUTE":
        raise UnsupportedSqlError(_REFUSED["EXECUTE"])
    if _word(body, start) in ("SELECT", "WITH"):
        return f"{body.slice(first, start)} {_query(body.slice(start, last - 1))} LOOP"
    return body.slice(first, last)


def _sql(body: Lexed, first: int, last: int) -> str:
    """Return a statement of Redshift's as statements of PostgreSQL's."""
    into = ""
    if _word(body, first) in ("SELECT", "WITH"):
        first_into = _into(body, first, last)
        if first_into is None:
            text = body.slice(first, last)
        else:
            after = _after_targets(body, first_into + 1, last)
            into = f" {body.slice(first_into, after)}"
            text = f"{body.slice(first, first_into)} {body.slice(after, last) if after < last else ''}"
        return f"{_query(text)}{into}"
    plan = _translated(body.slice(first, last))
    if plan.copy is not None or plan.unload is not None:
        raise UnsupportedSqlError(f"{plan.verb} in a stored procedure")
    if plan.outside_transaction:
        raise SqlError(f"{plan.verb} cannot be executed from a function or multi-command string")
    steps = [f"PERFORM {step.removeprefix('SELECT ')}" if step.startswith("SELECT ") else step for step in plan.steps]
    return ";\n".join([*steps, *(["COMMIT"] if plan.commits else [])])


def _into(body: Lexed, first: int, last: int) -> int | None:
    depth = 0
    for index in range(first, last):
        token = body.tokens[index]
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0 and _word(body, index) == "INTO":
            return index
    return None


def _after_targets(body: Lexed, index: int, last: int) -> int:
    """Return the place after the variables of INTO."""
    index += _word(body, index) == "STRICT"
    index += 1
    while index < last and body.tokens[index].token_type in (TokenType.COMMA, TokenType.DOT):
        index += 2
    return index


def _query(text: str, lead: str = "") -> str:
    written = generate(transforms.apply(parse(lead + text), _INSIDE))
    return written.removeprefix(lead)


def _expression(text: str) -> str:
    tree = transforms.apply(parse(f"SELECT {text}"), _INSIDE)
    if len(tree.expressions) != 1 or not isinstance(tree, exp.Select):
        raise SqlError(f'syntax error at or near "{text.split(maxsplit=1)[0]}"')
    if tree.args.get("from_") is not None:
        # x := count(*) FROM t, as PL/pgSQL takes it.
        return generate(tree).removeprefix("SELECT ")
    return generate(tree.expressions[0].unalias())


def _translated(text: str) -> Plan:
    # Here, because translate.py reads this module.
    from redshift_sandbox.sql.translate import translate  # noqa: PLC0415

    return translate(text, _INSIDE)


def _word(body: Lexed, index: int) -> str:
    if not 0 <= index < len(body.tokens):
        return ""
    token = body.tokens[index]
    is_text = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
    return "" if is_text else token.text.upper()
