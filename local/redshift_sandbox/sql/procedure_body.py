"""The body of a stored procedure: PL/pgSQL around Redshift's statements and expressions."""

from collections.abc import Callable

from sqlglot import exp

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.context import Context
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Cursor, Lexed, lex_all
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan

# The translator of whole statements, which imports the modules that use this one.
Translate = Callable[[str, Context], Plan]

_IN_PROCEDURE = Context(in_procedure=True)
_STATEMENTS = frozenset({
    "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT", "REVOKE",
    "ANALYZE", "COMMENT", "SET", "RESET", "REFRESH", "LOCK", "CALL", "COPY", "UNLOAD", "VACUUM",
})  # fmt: skip
# A statement begins after these words.
_OPENERS = frozenset({"BEGIN", "THEN", "ELSE", "LOOP", "DECLARE"})
# These begin a head that ends with THEN or LOOP.
_HEADS = frozenset({"IF", "ELSIF", "ELSEIF", "WHEN", "WHILE", "FOR", "EXCEPTION"})
_REFUSED = {
    "EXECUTE": "EXECUTE in a stored procedure", "OPEN": "cursors in a stored procedure",
    "FETCH": "cursors in a stored procedure",
}  # fmt: skip


def translate_body(text: str, translate: Translate) -> str:
    """Return the body for PostgreSQL.

    Raises
    ------
    SqlError
        If Redshift would refuse a statement in it, or the sandbox cannot run one.
    """
    body = Cursor(Lexed(text, lex_all(text)))
    pieces = []
    while not body.at_end:
        mark = body.index
        _skip_part(body)
        pieces.append(_part(body.since(mark), translate))
    return "\n".join(pieces)


def _skip_part(body: Cursor) -> None:
    """Move past a statement with its semicolon, or past the head of a block."""
    depth, cases = 0, 0
    mark, first = body.index, body.word
    while not body.at_end:
        word = body.word
        body.take()
        depth += (word == "(") - (word == ")")
        if word == ";" and depth == 0:
            break
        cases += word == "CASE"
        if word == "END" and cases:
            cases -= 1
        elif word in _OPENERS and not cases and (body.index == mark + 1 or first in _HEADS):
            break


def _part(part: Cursor, translate: Translate) -> str:
    word = part.word
    if word in _REFUSED:
        raise UnsupportedSqlError(_REFUSED[word])
    semicolon = part.drop_last(";")
    if word in ("SELECT", "WITH"):
        return f"{_select(part)}{semicolon}"
    if word in _STATEMENTS:
        return f"{_statement(part, translate)}{semicolon}"
    control = _CONTROLS.get(word, _assignment)
    return f"{control(part)}{semicolon}"


def _select(part: Cursor) -> str:
    """Translate a query; INTO and its variables are moved to its end."""
    mark = part.index
    while not part.at_end and not part.at("INTO"):
        if not part.skip_parentheses():
            part.take()
    before, mark = part.source_since(mark), part.index
    if part.skip("INTO"):
        part.skip("STRICT")
        part.name_parts()
        while part.skip(","):
            part.name_parts()
    into = part.source_since(mark)
    return f"{_query(f'{before} {part.source_rest()}')} {into}".rstrip()


def _statement(part: Cursor, translate: Translate) -> str:
    plan = translate(part.source_rest(), _IN_PROCEDURE)
    if plan.copy is not None or plan.unload is not None:
        raise UnsupportedSqlError(f"{plan.verb} in a stored procedure")
    if plan.outside_transaction:
        raise SqlError(f"{plan.verb} cannot be executed from a function or multi-command string")
    steps = [f"PERFORM {step.removeprefix('SELECT ')}" if step.startswith("SELECT ") else step for step in plan.steps]
    return ";\n".join([*steps, *(["COMMIT"] if plan.commits else [])])


def _perform(part: Cursor) -> str:
    part.expect("PERFORM")
    return f"PERFORM {_query(part.source_rest(), 'SELECT ')}"


def _condition(part: Cursor) -> str:
    """Translate the head of IF, ELSIF or WHILE."""
    word = part.take().upper()
    closing = part.drop_last("THEN", "LOOP")
    if not closing:
        raise SqlError("syntax error at end of input")
    return f"{word} {_expression(part.source_rest())} {closing}"


def _for(part: Cursor) -> str:
    """Translate the head of FOR, over a query or over numbers."""
    mark = part.index
    part.seek("IN")
    part.skip("IN")
    head = part.source_since(mark)
    if part.at("EXECUTE"):
        raise UnsupportedSqlError(_REFUSED["EXECUTE"])
    if part.word not in ("SELECT", "WITH"):
        return f"{head} {part.source_rest()}"
    if not part.drop_last("LOOP"):
        raise SqlError("syntax error at end of input")
    return f"{head} {_query(part.source_rest())} LOOP"


def _assignment(part: Cursor) -> str:
    """Translate the expression after := or RETURN; anything else is the same in PostgreSQL."""
    mark = part.index
    if not part.skip("RETURN") and part.seek(":="):
        part.take()
        if part.at_end:
            raise part.syntax_error()
    head = _plain(part.since(mark))
    return head if part.at_end else f"{head} {_expression(part.source_rest())}"


def _plain(part: Cursor) -> str:
    pieces = []
    while not part.at_end:
        mark, word = part.index, part.word
        part.take()
        pieces.append("json" if word == "SUPER" else part.source_since(mark))
    return " ".join(pieces)


def _query(text: str, lead: str = "") -> str:
    written = generate(transforms.apply(parse(lead + text), _IN_PROCEDURE))
    return written.removeprefix(lead)


def _expression(text: str) -> str:
    tree = transforms.apply(parse(f"SELECT {text}"), _IN_PROCEDURE)
    if len(tree.expressions) != 1 or not isinstance(tree, exp.Select):
        near = text.split(maxsplit=1)
        raise SqlError(f'syntax error at or near "{near[0]}"' if near else "syntax error at end of input")
    if tree.args.get("from_") is not None:
        # x := count(*) FROM t, which PL/pgSQL accepts.
        return generate(tree).removeprefix("SELECT ")
    return generate(tree.expressions[0].unalias())


_CONTROLS: dict[str, Callable[[Cursor], str]] = {
    "PERFORM": _perform,
    **dict.fromkeys(("IF", "ELSIF", "ELSEIF", "WHILE"), _condition),
    "FOR": _for,
}
