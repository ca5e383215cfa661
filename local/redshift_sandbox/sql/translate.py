"""From a Redshift statement to a plan for PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql import alter, commands, routines, transforms, users, views
from redshift_sandbox.sql.context import NOWHERE, Context
from redshift_sandbox.sql.copy import parse_copy
from redshift_sandbox.sql.ddl import Storage, create_table, record_table
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.insert import plain_insert
from redshift_sandbox.sql.lexer import Lexed, lex, quoted, rejoin
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.refusals import refuse
from redshift_sandbox.sql.unload import parse_unload


def translate(text: str, context: Context = NOWHERE) -> Plan:
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
    statement = lex(text, context)
    refuse(statement)
    for words, make in _BY_FIRST_WORDS:
        if statement.starts(*words):
            return make(statement)
    if statement.words(1)[0] in _PARSED:
        return _parsed(statement)
    raise SqlError(f'syntax error at or near "{statement.tokens[0].text}"')


def _parsed(statement: Lexed) -> Plan:
    tree = transforms.apply(parse(statement.text), statement.context)
    into = tree.args.get("into")
    if into is not None:
        record = record_table(into.this, Storage(), temporary=bool(into.args.get("temporary")))
        return Plan("SELECT INTO", (generate(tree), record))
    reads_history = any(table.name in _HISTORY for table in tree.find_all(exp.Table))
    return Plan(statement.words(1)[0], (generate(tree),), reads_history=reads_history)


def _delete(statement: Lexed) -> Plan:
    """DELETE, which may do without FROM."""
    if statement.words(2)[1:] != ("FROM",):
        statement = lex(f"DELETE FROM {statement.slice(1)}", statement.context)
    return _parsed(statement)


def _merge(statement: Lexed) -> Plan:
    """MERGE; with REMOVE DUPLICATES the rows that match go, and each row of the source comes once."""
    if tuple(token.text.upper() for token in statement.tokens[-2:]) != ("REMOVE", "DUPLICATES"):
        return _parsed(statement)
    tree = transforms.apply(parse(f"{statement.slice(0, -2)} WHEN MATCHED THEN DELETE"), statement.context)
    source, target, condition = (generate(tree.args[part]) for part in ("using", "this", "on"))
    delete = f"DELETE FROM {target} USING {source} WHERE {condition}"
    return Plan("MERGE", (delete, f"INSERT INTO {target} SELECT DISTINCT * FROM {source}"), answer=1)


def _declare(statement: Lexed) -> Plan:
    """DECLARE name CURSOR FOR query."""
    words = [token.text.upper() for token in statement.tokens]
    if words[2:4] != ["CURSOR", "FOR"]:
        raise SqlError(f'syntax error at or near "{statement.tokens[min(2, len(words) - 1)].text}"')
    query = translate(statement.slice(4), statement.context)
    return Plan("DECLARE", (f"DECLARE {quoted(statement.tokens[1].text)} CURSOR FOR {query.steps[query.answer]}",))


def _prepare(statement: Lexed) -> Plan:
    """PREPARE name (types) AS statement."""
    index = next((i for i, token in enumerate(statement.tokens) if token.token_type == TokenType.ALIAS), None)
    if index is None:
        raise SqlError("syntax error at end of input")
    inner = translate(statement.slice(index + 1), statement.context)
    if len(inner.steps) != 1:
        raise UnsupportedSqlError(f"PREPARE of {inner.verb}")
    return Plan("PREPARE", (f"{rejoin(statement, 0, index)} AS {inner.steps[0]}",))


def _not_supported(statement: Lexed) -> Plan:
    words = [word for word in statement.words(4) if word not in ("OR", "REPLACE")]
    count = {"CREATE": 3 if words[1:2] in (["TEMP"], ["TEMPORARY"]) else 2}.get(words[0], 1)
    raise SqlError(f'SQL command "{" ".join(words[:count])}" not supported.')


def _explain(statement: Lexed) -> Plan:
    inner = translate(statement.slice(2 if statement.words(2)[1:] == ("VERBOSE",) else 1), statement.context)
    return Plan("EXPLAIN", (f"EXPLAIN {inner.steps[0]}",))


def _unload(statement: Lexed) -> Plan:
    query, command = parse_unload(statement)
    inner = translate(query, statement.context)
    return Plan("UNLOAD", (), unload=replace(command, query=inner.steps[inner.answer]))


def _unsupported(what: str) -> Callable[[Lexed], Plan]:
    def make(statement: Lexed) -> Plan:
        del statement
        raise UnsupportedSqlError(what)

    return make


# What tells which queries ran.
_HISTORY = frozenset({"sys_query_history", "sys_query_text"})

_PARSED = ("SELECT", "WITH", "INSERT", "UPDATE", "MERGE", "(")

# What PostgreSQL creates and Redshift does not.
_FOREIGN_KINDS = (
    "TYPE", "DOMAIN", "EXTENSION", "TRIGGER", "SEQUENCE", "RULE", "AGGREGATE", "CAST", "OPERATOR", "TABLESPACE",
    "COLLATION", "EVENT", "POLICY", "PUBLICATION", "SUBSCRIPTION", "SERVER", "STATISTICS", "LANGUAGE", "CONVERSION",
    "FOREIGN",
)  # fmt: skip

# Longer beginnings first.
_BY_FIRST_WORDS: tuple[tuple[tuple[str, ...], Callable[[Lexed], Plan]], ...] = (
    (("CREATE", "OR", "REPLACE", "VIEW"), views.create_view),
    (("CREATE", "OR", "REPLACE", "FUNCTION"), routines.create_function),
    (("CREATE", "OR", "REPLACE", "PROCEDURE"), routines.create_procedure),
    (("CREATE", "OR", "REPLACE", "EXTERNAL"), _unsupported("external functions, schemas and tables")),
    (("CREATE", "MATERIALIZED", "VIEW"), views.create_materialized),
    (("CREATE", "EXTERNAL"), _unsupported("external schemas and tables")),
    (("CREATE", "FUNCTION"), routines.create_function),
    (("CREATE", "PROCEDURE"), routines.create_procedure),
    *((("CREATE", kind), _not_supported) for kind in _FOREIGN_KINDS),
    *((("CREATE", "OR", "REPLACE", kind), _not_supported) for kind in _FOREIGN_KINDS),
    (("CREATE", "MODEL"), _unsupported("CREATE MODEL")),
    (("CREATE", "DATASHARE"), _unsupported("CREATE DATASHARE")),
    (("CREATE", "DATABASE"), commands.create_database),
    (("CREATE", "SCHEMA"), commands.create_schema),
    (("CREATE", "USER"), users.create_principal),
    (("CREATE", "GROUP"), users.create_principal),
    (("CREATE", "ROLE"), users.create_principal),
    (("CREATE", "VIEW"), views.create_view),
    (("CREATE", "TEMP", "VIEW"), _not_supported),
    (("CREATE", "TEMPORARY", "VIEW"), _not_supported),
    (("CREATE",), create_table),
    (("DROP", "DATABASE"), commands.drop_database),
    (("DROP", "USER"), users.drop_principal),
    (("DROP", "GROUP"), users.drop_principal),
    (("DROP", "ROLE"), users.drop_principal),
    (("DROP", "TABLE"), commands.as_it_is),
    (("DROP", "VIEW"), commands.as_it_is),
    (("DROP", "SCHEMA"), commands.as_it_is),
    (("DROP", "MATERIALIZED", "VIEW"), views.drop_materialized),
    (("DROP", "FUNCTION"), routines.drop_function),
    (("DROP", "PROCEDURE"), routines.drop_procedure),
    (("MERGE",), _merge),
    (("ALTER", "USER"), users.alter_principal),
    (("ALTER", "GROUP"), users.alter_principal),
    (("ALTER", "ROLE"), users.alter_principal),
    (("ALTER", "SCHEMA"), commands.alter_schema),
    (("ALTER", "DATABASE"), commands.as_it_is),
    (("ALTER", "DEFAULT", "PRIVILEGES"), users.alter_default_privileges),
    (("ALTER", "MATERIALIZED", "VIEW"), views.alter_materialized),
    (("CREATE", "LIBRARY"), _unsupported("CREATE LIBRARY")),
    (("CREATE", "OR", "REPLACE", "LIBRARY"), _unsupported("CREATE LIBRARY")),
    (("ALTER", "TABLE"), alter.alter_table),
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
    (("CALL",), routines.call),
    (("DECLARE",), _declare),
    (("FETCH",), commands.use_cursor),
    (("CLOSE",), commands.use_cursor),
    (("PREPARE",), _prepare),
    (("EXECUTE",), commands.as_it_is),
    (("DEALLOCATE",), commands.as_it_is),
    (("REFRESH",), views.refresh),
    (("USE",), _unsupported("USE")),
    (("ATTACH",), _unsupported("security policies")),
    (("DETACH",), _unsupported("security policies")),
    (("DESC",), _unsupported("datashares")),
    (("DO",), _not_supported),
    (("LISTEN",), _not_supported),
    (("NOTIFY",), _not_supported),
)
