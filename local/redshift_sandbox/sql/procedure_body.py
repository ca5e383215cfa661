"""The body of a stored procedure: PL/pgSQL around Redshift's statements and expressions.

Every expression is translated, and a form that is not known here is refused: nothing reaches PostgreSQL as it was
written.
"""

from collections.abc import Callable

from sqlglot import exp

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.context import Context
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Cursor, Lexed, lex, lex_all, literal, quoted
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
_HEADS = frozenset({"IF", "ELSIF", "ELSEIF", "WHEN", "WHILE", "FOR", "EXCEPTION", "CASE"})
_REFUSED = {
    "EXECUTE": "EXECUTE in a stored procedure", "OPEN": "cursors in a stored procedure",
    "FETCH": "cursors in a stored procedure", "CLOSE": "cursors in a stored procedure",
    "MOVE": "cursors in a stored procedure",
}  # fmt: skip
_LEVELS = ("DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "EXCEPTION")
_TYPES = {"SUPER": "json"}


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
        if body.skip("<", "<"):
            pieces.append(_label(body))
            continue
        mark = body.index
        _skip_part(body)
        pieces.append(_part(body.since(mark), translate))
    return "\n".join(pieces)


def _label(body: Cursor) -> str:
    name = quoted(body.name())
    body.expect(">", ">")
    return f"<<{name}>>"


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
        cases += word == "CASE" and body.index > mark + 1
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
    control = _CONTROLS.get(word, _assignment_or_declaration)
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
    into = part.sql_since(mark)
    return f"{_query(f'{before} {part.source_rest()}')} {into}".rstrip()


def _statement(part: Cursor, translate: Translate) -> str:
    plan = translate(part.source_rest(), _IN_PROCEDURE)
    if plan.copy is not None or plan.unload is not None:
        raise UnsupportedSqlError(f"{plan.verb} in a stored procedure")
    if plan.outside_transaction:
        raise SqlError(f"{plan.verb} cannot be executed from a function or multi-command string")
    steps = [*map(_inside, plan.commands), *(["COMMIT"] if plan.commits else [])]
    return ";\n".join(steps)


def _inside(step: str) -> str:
    return f"PERFORM {step.removeprefix('SELECT ')}" if step.startswith("SELECT ") else step


def _perform(part: Cursor) -> str:
    part.expect("PERFORM")
    return f"PERFORM {_query(part.source_rest(), 'SELECT ')}"


def _words(*accepted: str) -> Callable[[Cursor], str]:
    """Statements of fixed words; a label may follow."""

    def take(part: Cursor) -> str:
        mark = part.index
        while part.skip_any(*accepted):
            pass
        words = part.sql_since(mark)
        label = "" if part.at_end else f" {quoted(part.name())}"
        part.expect_end()
        return f"{words}{label}"

    return take


def _condition(part: Cursor) -> str:
    """Translate the head of IF, ELSIF, WHILE or CASE."""
    word = part.take().upper()
    closing = part.drop_last("THEN", "LOOP")
    if not closing:
        raise part.syntax_error()
    if word != "CASE":
        return f"{word} {_expression(part.source_rest())} {closing}"
    mark = part.index
    while not part.at_end and not part.at("WHEN"):
        if not part.skip_parentheses():
            part.take()
    value = part.source_since(mark)
    return f"CASE {_expression(value) if value else ''} {_when(part)} {closing}"


def _exception(part: Cursor) -> str:
    """Translate EXCEPTION WHEN condition THEN."""
    part.expect("EXCEPTION")
    return f"EXCEPTION {_branch(part)}"


def _branch(part: Cursor) -> str:
    """Translate WHEN … THEN, of an exception block or of a CASE statement."""
    if not part.drop_last("THEN"):
        raise part.syntax_error()
    return f"{_when(part)} THEN"


def _when(part: Cursor) -> str:
    part.expect("WHEN")
    if part.skip("SQLSTATE"):
        state = literal(part.text("SQLSTATE"))
        part.expect_end()
        return f"WHEN SQLSTATE {state}"
    return f"WHEN {', '.join(_expressions(part.source_rest()))}"


def _for(part: Cursor) -> str:
    """Translate the head of FOR, over a query or over numbers."""
    part.expect("FOR")
    target = _target(part)
    part.expect("IN")
    if part.at("EXECUTE"):
        raise UnsupportedSqlError(_REFUSED["EXECUTE"])
    if not part.drop_last("LOOP"):
        raise part.syntax_error()
    if part.word in ("SELECT", "WITH"):
        return f"FOR {target} IN {_query(part.source_rest())} LOOP"
    return f"FOR {target} IN {_range(part)} LOOP"


def _range(part: Cursor) -> str:
    """Translate REVERSE first..last BY step."""
    reverse = "REVERSE " if part.skip("REVERSE") else ""
    written = part.source_rest()
    first, dots, last = written.partition("..")
    if not dots:
        raise UnsupportedSqlError("FOR over anything but a query or a range in a stored procedure")
    end = Cursor(lex(last))
    end.seek("BY")
    last = end.source_since(0)
    step = f" BY {_expression(end.source_rest())}" if end.skip("BY") else ""
    return f"{reverse}{_expression(first)} .. {_expression(last)}{step}"


def _leave(part: Cursor) -> str:
    """Translate EXIT and CONTINUE, with a label and WHEN."""
    word = part.take().upper()
    label = "" if part.at_end or part.at("WHEN") else f" {quoted(part.name())}"
    condition = f" WHEN {_expression(part.source_rest())}" if part.skip("WHEN") else ""
    part.expect_end()
    return f"{word}{label}{condition}"


def _return(part: Cursor) -> str:
    part.expect("RETURN")
    return "RETURN" if part.at_end else f"RETURN {_expression(part.source_rest())}"


def _raise(part: Cursor) -> str:
    """Translate RAISE with its level, format and expressions."""
    part.expect("RAISE")
    level = f" {part.take()}" if part.word in _LEVELS else ""
    if part.at_end:
        return f"RAISE{level}"
    message = literal(part.text("RAISE"))
    if part.at_end:
        return f"RAISE{level} {message}"
    part.expect(",")
    return f"RAISE{level} {message}, {', '.join(_expressions(part.source_rest()))}"


def _diagnostics(part: Cursor) -> str:
    """Translate GET DIAGNOSTICS variable := ROW_COUNT."""
    part.expect("GET", "DIAGNOSTICS")
    target = _target(part)
    if not part.skip_any(":=", "="):
        raise part.syntax_error()
    part.expect("ROW_COUNT")
    part.expect_end()
    return f"GET DIAGNOSTICS {target} = ROW_COUNT"


def _assignment_or_declaration(part: Cursor) -> str:
    target = _target(part)
    if part.skip_any(":=", "="):
        return f"{target} := {_expression(part.source_rest())}"
    constant = "CONSTANT " if part.skip("CONSTANT") else ""
    if part.at("ALIAS"):
        part.expect("ALIAS", "FOR")
        aliased = part.take_sql() + (part.take_sql() if not part.at_end else "")
        part.expect_end()
        return f"{target} ALIAS FOR {aliased}"
    if part.finds("CURSOR", "REFCURSOR"):
        raise UnsupportedSqlError(_REFUSED["OPEN"])
    return f"{target} {constant}{_declared(part)}"


def _declared(part: Cursor) -> str:
    """Translate the type and initial value of a variable."""
    pieces = []
    while not part.at_end and part.word not in (":=", "=", "DEFAULT", "NOT"):
        kind = _TYPES.get(part.word)
        written = part.take_sql()
        pieces.append(kind or written)
    if not pieces:
        raise part.syntax_error()
    required = " NOT NULL" if part.skip("NOT", "NULL") else ""
    value = ""
    if part.skip_any(":=", "=", "DEFAULT"):
        value = f" := {_expression(part.source_rest())}"
    part.expect_end()
    return f"{' '.join(pieces)}{required}{value}"


def _unknown(part: Cursor) -> str:
    raise part.syntax_error()


def _target(part: Cursor) -> str:
    """Take the name of a variable, or of a field of one."""
    return ".".join(quoted(name) for name in part.name_parts())


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


def _expressions(text: str) -> list[str]:
    tree = transforms.apply(parse(f"SELECT {text}"), _IN_PROCEDURE)
    if not isinstance(tree, exp.Select) or tree.args.get("from_") is not None:
        raise SqlError(f'syntax error at or near "{text.split(maxsplit=1)[0]}"')
    return [generate(part.unalias()) for part in tree.expressions]


_CONTROLS: dict[str, Callable[[Cursor], str]] = {
    "PERFORM": _perform,
    **dict.fromkeys(("IF", "ELSIF", "ELSEIF", "WHILE", "CASE"), _condition),
    "FOR": _for,
    "EXCEPTION": _exception,
    "WHEN": _branch,
    **dict.fromkeys(("EXIT", "CONTINUE"), _leave),
    "RETURN": _return,
    "RAISE": _raise,
    "GET": _diagnostics,
    "END": _words("END", "IF", "LOOP", "CASE"),
    **{word: _words(word) for word in ("DECLARE", "BEGIN", "ELSE", "LOOP", "NULL", "COMMIT", "ROLLBACK")},
    **dict.fromkeys(("DO", "ASSERT", "FOREACH"), _unknown),
}
