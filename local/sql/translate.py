"""From a Redshift statement to a plan for PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from local.sql import commands, transforms, users
from local.sql.copy import parse_copy
from local.sql.ddl import create_table
from local.sql.errors import SqlError, UnsupportedSqlError
from local.sql.insert import plain_insert
from local.sql.lexer import Lexed, lex
from local.sql.parser import generate, parse
from local.sql.plan import Plan
from local.sql.refusals import refuse
from local.sql.unload import parse_unload


def translate(text: str) -> Plan:
    """Return how PostgreSQL is to run one Redshift statement.

    Raises
    ------
    SqlError
        If Redshift would refuse it.
    UnsupportedSqlError
        If the sandbox cannot run it yet; it is never run wrongly.
    """
    insert = plain_insert(text)
    if insert is not None:
        return Plan("INSERT", (insert,))
    statement = lex(text)
    refuse(statement)
    for words, make in _BY_FIRST_WORDS:
        if statement.starts(*words):
            return make(statement)
    if statement.words(1)[0] in _PARSED:
        return _parsed(statement)
    message = f'syntax error at or near "{statement.tokens[0].text}"'
    raise SqlError(message)


def _parsed(statement: Lexed) -> Plan:
    tree = transforms.apply(parse(statement.text))
    return Plan(statement.words(1)[0], (generate(tree),))


def _delete(statement: Lexed) -> Plan:
    """DELETE, which may do without FROM."""
    if statement.words(2)[1:] != ("FROM",):
        statement = lex(f"DELETE FROM {statement.slice(1)}")
    return _parsed(statement)


def _view(statement: Lexed) -> Plan:
    """CREATE VIEW; WITH NO SCHEMA BINDING is refused, because PostgreSQL binds."""
    words = [token.text.upper() for token in statement.tokens]
    if words[-4:] == ["WITH", "NO", "SCHEMA", "BINDING"]:
        raise UnsupportedSqlError("WITH NO SCHEMA BINDING")
    tree = parse(statement.text)
    if not isinstance(tree, exp.Create):
        raise UnsupportedSqlError("this form of CREATE VIEW")
    return Plan("CREATE VIEW", (generate(transforms.apply(tree)),))


def _explain(statement: Lexed) -> Plan:
    inner = translate(statement.slice(2 if statement.words(2)[1:] == ("VERBOSE",) else 1))
    return Plan("EXPLAIN", (f"EXPLAIN {inner.steps[0]}",))


def _unload(statement: Lexed) -> Plan:
    query, command = parse_unload(statement)
    inner = translate(query)
    return Plan("UNLOAD", (), unload=replace(command, query=inner.steps[inner.answer]))


def _unsupported(what: str) -> Callable[[Lexed], Plan]:
    def make(statement: Lexed) -> Plan:
        del statement
        raise UnsupportedSqlError(what)

    return make


_PARSED = ("SELECT", "WITH", "INSERT", "UPDATE", "MERGE", "(", "VALUES")

# Longer beginnings first.
_BY_FIRST_WORDS: tuple[tuple[tuple[str, ...], Callable[[Lexed], Plan]], ...] = (
    (("CREATE", "OR", "REPLACE", "VIEW"), _view),
    (("CREATE", "OR", "REPLACE", "FUNCTION"), _unsupported("CREATE FUNCTION")),
    (("CREATE", "OR", "REPLACE", "PROCEDURE"), _unsupported("CREATE PROCEDURE")),
    (("CREATE", "MATERIALIZED", "VIEW"), _unsupported("CREATE MATERIALIZED VIEW")),
    (("CREATE", "EXTERNAL"), _unsupported("external schemas and tables")),
    (("CREATE", "FUNCTION"), _unsupported("CREATE FUNCTION")),
    (("CREATE", "PROCEDURE"), _unsupported("CREATE PROCEDURE")),
    (("CREATE", "MODEL"), _unsupported("CREATE MODEL")),
    (("CREATE", "DATASHARE"), _unsupported("CREATE DATASHARE")),
    (("CREATE", "DATABASE"), commands.create_database),
    (("CREATE", "SCHEMA"), commands.create_schema),
    (("CREATE", "USER"), users.create_principal),
    (("CREATE", "GROUP"), users.create_principal),
    (("CREATE", "ROLE"), users.create_principal),
    (("CREATE", "VIEW"), _view),
    (("CREATE",), create_table),
    (("DROP", "DATABASE"), commands.drop_database),
    (("DROP", "USER"), users.drop_principal),
    (("DROP", "GROUP"), users.drop_principal),
    (("DROP", "ROLE"), users.drop_principal),
    (("DROP", "TABLE"), commands.as_it_is),
    (("DROP", "VIEW"), commands.as_it_is),
    (("DROP", "SCHEMA"), commands.as_it_is),
    (("ALTER", "USER"), users.alter_principal),
    (("ALTER", "GROUP"), users.alter_principal),
    (("ALTER", "ROLE"), users.alter_principal),
    (("ALTER", "SCHEMA"), commands.as_it_is),
    (("ALTER", "DATABASE"), commands.as_it_is),
    (("ALTER", "DEFAULT", "PRIVILEGES"), commands.as_it_is),
    (("ALTER", "TABLE"), commands.alter_table),
    (("GRANT",), users.grant),
    (("REVOKE",), users.grant),
    (("DELETE",), _delete),
    (("TRUNCATE",), commands.truncate),
    (("COMMENT", "ON"), commands.as_it_is),
    (("LOCK",), commands.as_it_is),
    (("ANALYZE",), commands.analyze),
    (("ANALYSE",), commands.analyze),
    (("VACUUM",), commands.vacuum),
    (("EXPLAIN",), _explain),
    (("SET",), commands.set_variable),
    (("RESET",), commands.set_variable),
    (("SHOW",), commands.show),
    (("BEGIN",), commands.transaction),
    (("START",), commands.transaction),
    (("COMMIT",), commands.transaction),
    (("END",), commands.transaction),
    (("ROLLBACK",), commands.transaction),
    (("ABORT",), commands.transaction),
    (("CANCEL",), commands.cancel),
    (("COPY",), lambda statement: Plan("COPY", (), copy=parse_copy(statement))),
    (("UNLOAD",), _unload),
    (("CALL",), _unsupported("CALL")),
    (("DECLARE",), _unsupported("cursors")),
    (("FETCH",), _unsupported("cursors")),
    (("PREPARE",), _unsupported("PREPARE")),
    (("EXECUTE",), _unsupported("EXECUTE")),
    (("REFRESH",), _unsupported("REFRESH MATERIALIZED VIEW")),
)
