"""Functions and procedures that users make."""

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import USERS_OWN
from redshift_sandbox.sql.lexer import Lexed, quoted, rejoin
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.procedure_body import translate_body

_BODIES = (TokenType.HEREDOC_STRING, TokenType.STRING)
_QUOTE = "$redshift$"


def create_function(statement: Lexed) -> Plan:
    """CREATE FUNCTION in SQL; Redshift takes no other language any more but Lambda's.

    Raises
    ------
    SqlError
        If it is written in another language.
    """
    language, body = _language(statement), _body(statement)
    if language in ("plpythonu", "plpython3u", "python"):
        raise SqlError("Python user-defined functions can no longer be created: use a Lambda or an SQL function")
    if language != "sql":
        raise SqlError(f'language "{language}" is not supported for functions')
    tree = parse(statement.tokens[body].text)
    if not isinstance(tree, exp.Select) or tree.args.get("from_") is not None:
        raise SqlError("The body of an SQL function must be a SELECT clause without FROM")
    text = generate(transforms.apply(tree, statement.context))
    return Plan("CREATE FUNCTION", (_with_body(statement, "FUNCTION", body, text),))


def create_procedure(statement: Lexed) -> Plan:
    """CREATE PROCEDURE in PL/pgSQL; the statements in its body are Redshift's.

    Raises
    ------
    SqlError
        If it is written in another language.
    """
    language, body = _language(statement), _body(statement)
    if language != "plpgsql":
        raise SqlError(f'language "{language}" is not supported for procedures')
    if any(token.text.upper() == "NONATOMIC" for token in statement.tokens[:body]):
        raise UnsupportedSqlError("NONATOMIC procedures")
    text = translate_body(statement.tokens[body].text)
    return Plan("CREATE PROCEDURE", (_with_body(statement, "PROCEDURE", body, text),))


def drop_function(statement: Lexed) -> Plan:
    """DROP FUNCTION."""
    words = [token.text.upper() for token in statement.tokens]
    first = 4 if words[2:4] == ["IF", "EXISTS"] else 2
    head = "DROP FUNCTION IF EXISTS" if first > len(("DROP", "FUNCTION")) else "DROP FUNCTION"
    return Plan("DROP FUNCTION", (f"{head} {own_name(statement, first)}",))


def drop_procedure(statement: Lexed) -> Plan:
    """DROP PROCEDURE."""
    return Plan("DROP PROCEDURE", (rejoin(statement),))


def call(statement: Lexed) -> Plan:
    """CALL of a procedure; its arguments are expressions."""
    tokens = statement.tokens
    opening = next((index for index, token in enumerate(tokens) if token.token_type == TokenType.L_PAREN), None)
    if opening is None or tokens[-1].token_type != TokenType.R_PAREN:
        raise SqlError("syntax error at end of input")
    arguments = ""
    if opening + 1 < len(tokens) - 1:
        tree = transforms.apply(parse(f"SELECT {statement.slice(opening + 1, len(tokens) - 1)}"), statement.context)
        arguments = ", ".join(generate(part.unalias()) for part in tree.expressions)
    return Plan("CALL", (f"CALL {rejoin(statement, 1, opening)}({arguments})",))


def own_name(statement: Lexed, first: int, after: int | None = None) -> str:
    """Return tokens that begin with a function's name as text, the name as PostgreSQL keeps it."""
    last = first
    while last + 1 < len(statement.tokens) and statement.tokens[last + 1].token_type == TokenType.DOT:
        last += 2
    name = quoted(USERS_OWN + statement.tokens[last].text)
    return f"{rejoin(statement, first, last) if last > first else ''}{name}{_types(statement, last + 1, after)}"


def _types(statement: Lexed, first: int, after: int | None) -> str:
    """Return a list of arguments, in PostgreSQL's types."""
    pieces = [_type(token) for token in statement.tokens[first:after]]
    return " ".join(pieces)


def _type(token: Token) -> str:
    return {"SUPER": "json", "NVARCHAR": "varchar", "VARBYTE": "bytea"}.get(token.text.upper(), token.text)


def _with_body(statement: Lexed, kind: str, body: int, text: str) -> str:
    """Return CREATE with another body; what stands before and behind it stays."""
    words = [token.text.upper() for token in statement.tokens]
    name = words.index(kind) + 1
    lead = body - 1 if words[body - 1] == "AS" else body
    if kind == "FUNCTION":
        head = f"{rejoin(statement, 0, name)} {own_name(statement, name, lead)}"
    else:
        head = f"{rejoin(statement, 0, name)} {_procedure_head(statement, name, lead)}"
    return f"{head} AS {_QUOTE}{text}{_QUOTE} {rejoin(statement, body + 1)}"


def _procedure_head(statement: Lexed, first: int, after: int) -> str:
    """OUT arguments are not given in Redshift's CALL; PostgreSQL's wants them, unless they have a default."""
    pieces = []
    tokens = statement.tokens[first:after]
    is_out = False
    for index, token in enumerate(tokens):
        if token.text.upper() == "OUT":
            is_out = True
            pieces.append("INOUT")
            continue
        ends = token.token_type == TokenType.COMMA or (
            index + 1 == len(tokens) or token.token_type == TokenType.R_PAREN
        )
        if ends and is_out and _depth(tokens[: index + 1]) <= (1 if token.token_type == TokenType.COMMA else 0):
            pieces.append("DEFAULT NULL")
            is_out = False
        pieces.append(_type(token))
    return " ".join(pieces)


def _depth(tokens: tuple[Token, ...]) -> int:
    return sum((t.token_type == TokenType.L_PAREN) - (t.token_type == TokenType.R_PAREN) for t in tokens)


def _language(statement: Lexed) -> str:
    words = [token.text.upper() for token in statement.tokens]
    if "LANGUAGE" not in words or words.index("LANGUAGE") + 1 >= len(words):
        raise SqlError("no language specified")
    return statement.tokens[words.index("LANGUAGE") + 1].text.lower()


def _body(statement: Lexed) -> int:
    for index, token in enumerate(statement.tokens):
        if token.token_type in _BODIES and index > 0 and statement.tokens[index - 1].text.upper() in ("AS", "IS"):
            return index
    raise SqlError("no function body specified")
