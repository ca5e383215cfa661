"""User-defined functions and stored procedures."""

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.commands import setting
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import USER_FUNCTION_PREFIX
from redshift_sandbox.sql.lexer import Cursor, Lexed, lex, literal, quoted
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.procedure_body import Translate, translate_body

_BODIES = (TokenType.HEREDOC_STRING, TokenType.STRING)
# Where the options after a routine's arguments begin.
_OPTIONS = ("LANGUAGE", "SECURITY", "SET", "NONATOMIC", "VOLATILE", "STABLE", "IMMUTABLE")
_TYPES = {"SUPER": "json", "NVARCHAR": "varchar", "VARBYTE": "bytea"}


@dataclass(frozen=True)
class _Routine:
    """A CREATE FUNCTION or PROCEDURE in parts."""

    create: str
    signature: Cursor
    body: str
    options: str
    language: str

    def sql(self, signature: str, body: str) -> str:
        """Return the statement with another signature and body."""
        return f"{self.create} {signature} AS {literal(body)} {self.options}"


def create_function(statement: Lexed) -> Plan:
    """CREATE FUNCTION in SQL; the only other language that Redshift still takes is Lambda's.

    Raises
    ------
    SqlError
        If it is written in another language.
    """
    routine = _split(statement, "FUNCTION")
    if routine.language in ("plpythonu", "plpython3u", "python"):
        raise SqlError("Python user-defined functions can no longer be created: use a Lambda or an SQL function")
    if routine.language != "sql":
        raise SqlError(f'language "{routine.language}" is not supported for functions')
    tree = parse(lex(routine.body).text)
    if not isinstance(tree, exp.Select) or tree.args.get("from_") is not None:
        raise SqlError("The body of an SQL function must be a SELECT clause without FROM")
    body = generate(transforms.apply(tree, statement.context))
    return Plan("CREATE FUNCTION", (routine.sql(user_function(routine.signature), body),))


def create_procedure(statement: Lexed, translate: Translate) -> Plan:
    """CREATE PROCEDURE in PL/pgSQL; ``translate`` translates the statements in its body.

    Raises
    ------
    SqlError
        If it is written in another language.
    """
    routine = _split(statement, "PROCEDURE")
    if routine.language != "plpgsql":
        raise SqlError(f'language "{routine.language}" is not supported for procedures')
    body = translate_body(routine.body, translate)
    return Plan("CREATE PROCEDURE", (routine.sql(_procedure_signature(routine.signature), body),))


def drop_function(statement: Lexed) -> Plan:
    """DROP FUNCTION."""
    cursor = statement.after("DROP", "FUNCTION")
    cursor.skip("IF", "EXISTS")
    return Plan("DROP FUNCTION", (f"{cursor.sql_since(0)} {user_function(cursor)}",))


def drop_procedure(statement: Lexed) -> Plan:
    """DROP PROCEDURE."""
    return Plan("DROP PROCEDURE", (Cursor(statement).rest(),))


def execute(statement: Lexed) -> Plan:
    """EXECUTE of a prepared statement; its arguments are expressions."""
    cursor = statement.after("EXECUTE")
    name = quoted(cursor.name())
    if cursor.at_end:
        return Plan("EXECUTE", (f"EXECUTE {name}",))
    return Plan("EXECUTE", (f"EXECUTE {name} ({_arguments(cursor)})",))


def call(statement: Lexed) -> Plan:
    """CALL of a procedure; its arguments are expressions."""
    cursor = statement.after("CALL")
    name = cursor.qualified_name()
    return Plan("CALL", (f"CALL {name}({_arguments(cursor)})",))


def _arguments(cursor: Cursor) -> str:
    """Take expressions in parentheses, which end the statement."""
    mark = cursor.index
    if not cursor.skip_parentheses():
        raise cursor.syntax_error()
    cursor.expect_end()
    written = cursor.source_since(mark)[1:-1]
    if not written.strip():
        return ""
    tree = transforms.apply(parse(f"SELECT {written}"), cursor.statement.context)
    if not isinstance(tree, exp.Select):
        raise cursor.syntax_error()
    return ", ".join(generate(part.unalias()) for part in tree.expressions)


def user_function(cursor: Cursor) -> str:
    """Take a user-defined function's name and what follows it, as PostgreSQL stores them: see functions.py."""
    *schema, name = cursor.name_parts()
    qualified = ".".join(quoted(part) for part in (*schema, USER_FUNCTION_PREFIX + name))
    pieces = []
    while not cursor.at_end:
        pieces.append(_take_type(cursor))
    return f"{qualified}{' '.join(pieces)}"


def _take_type(cursor: Cursor) -> str:
    """Take a token; a type's name is replaced by PostgreSQL's. Arguments have no defaults."""
    if cursor.word in ("DEFAULT", "=", ":="):
        raise cursor.syntax_error()
    postgres = _TYPES.get(cursor.word)
    written = cursor.take_sql()
    return postgres or written


def _procedure_signature(cursor: Cursor) -> str:
    """Take a procedure's name and arguments.

    Redshift's CALL leaves out OUT arguments; PostgreSQL's does so only where they have a default.
    """
    pieces, depth, is_out = [], 0, False
    while not cursor.at_end:
        depth += cursor.at("(") - cursor.at(")")
        if is_out and ((cursor.at(",") and depth == 1) or (cursor.at(")") and depth == 0)):
            pieces.append("DEFAULT NULL")
            is_out = False
        if cursor.skip("OUT"):
            pieces.append("INOUT")
            is_out = True
        else:
            pieces.append(_take_type(cursor))
    return " ".join(pieces)


def _split(statement: Lexed, kind: str) -> _Routine:
    cursor = Cursor(statement)
    language = _language(statement)
    cursor.seek(kind)
    cursor.expect(kind)
    create, mark = cursor.sql_since(0), cursor.index
    cursor.name_parts()
    cursor.skip_parentheses()
    while not cursor.at_end and cursor.word not in (*_OPTIONS, "AS", "IS"):
        cursor.take()
    signature, options = cursor.since(mark), _options(cursor)
    if not cursor.skip_any("AS", "IS") or cursor.token is None or cursor.token.token_type not in _BODIES:
        raise SqlError("no function body specified")
    body = cursor.take()
    options += _options(cursor)
    cursor.expect_end()
    return _Routine(create, signature, body, " ".join(options), language)


def _options(cursor: Cursor) -> list[str]:
    """Take the options of a routine that come next."""
    options = []
    while cursor.word in _OPTIONS:
        mark = cursor.index
        if cursor.skip("SET"):
            options.append(f"SET {setting(cursor)}")
            continue
        if cursor.at("NONATOMIC"):
            raise UnsupportedSqlError("NONATOMIC procedures")
        if cursor.skip("SECURITY"):
            if not cursor.skip_any("INVOKER", "DEFINER"):
                raise cursor.syntax_error()
        elif cursor.take().upper() == "LANGUAGE":
            cursor.name()
        options.append(cursor.sql_since(mark))
    return options


def _language(statement: Lexed) -> str:
    cursor = Cursor(statement)
    if not cursor.seek("LANGUAGE") or not cursor.next_word:
        raise SqlError("no language specified")
    return cursor.next_word.lower()
