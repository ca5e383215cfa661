"""From a Redshift statement to a plan for PostgreSQL.

The path of one statement:

1. ``insert`` recognizes an INSERT of literal values with a regular expression. Its values go to PostgreSQL unchanged;
   the steps below are skipped.
2. ``lexer`` splits the text into tokens with the tokenizer of ``dialect``, and ``refusals`` rejects syntax that
   PostgreSQL has and Redshift does not.
3. ``translate`` (here) chooses a handler by the first words.
4. Commands whose syntax is Redshift's own have handlers that read the tokens with ``lexer.Cursor``: ``commands``,
   ``users``, ``alter``, ``ddl``, ``views``, ``routines`` (the body of a procedure: ``procedure_body``), ``copy`` and
   ``unload`` (both use ``options``).
5. Queries, changes of rows, and the queries inside the commands of step 4 are parsed by ``parser`` into a sqlglot tree,
   in the grammar of ``dialect``, which leaves function calls as they are written.
6. ``transforms.apply`` rewrites the tree: first ``hierarchy`` (CONNECT BY) and ``expand`` (clauses that depend on the
   columns of a table; ``context`` provides them), then the transforms of ``transforms``, ``system_views``,
   ``aggregates`` and ``navigation`` (SUPER paths). ``functions`` rewrites each function by its name; ``function_names``
   reads the names from ``functions.txt`` and ``library/``.
7. ``parser.generate`` writes the tree as PostgreSQL text.
8. The result is a ``plan.Plan``: SQL steps for PostgreSQL and how to run them, or a COPY or UNLOAD for the Data API to
   run. ``errors`` has the exceptions of refused statements, and rewords PostgreSQL's messages.
"""

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from redshift_sandbox.sql import alter, commands, routines, transforms, users, views
from redshift_sandbox.sql.context import NO_CONTEXT, Context
from redshift_sandbox.sql.copy import parse_copy
from redshift_sandbox.sql.ddl import Storage, create_table, record_table
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.insert import plain_insert
from redshift_sandbox.sql.lexer import Cursor, Lexed, lex, quoted
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.refusals import refuse
from redshift_sandbox.sql.unload import parse_unload


def translate(text: str, context: Context = NO_CONTEXT) -> Plan:
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
    for words, handle in _HANDLERS:
        if statement.starts(*words):
            return handle(statement)
    if statement.words(1)[0] in _PARSED:
        return _parsed(statement)
    raise Cursor(statement).syntax_error()


def _parsed(statement: Lexed) -> Plan:
    tree = transforms.apply(parse(statement.text), statement.context)
    into = tree.args.get("into")
    if into is not None:
        record = record_table(into.this, Storage(), temporary=bool(into.args.get("temporary")))
        return Plan("SELECT INTO", (generate(tree), record))
    reads_history = any(table.name in _HISTORY for table in tree.find_all(exp.Table))
    return Plan(statement.words(1)[0], (generate(tree),), reads_history=reads_history)


def _delete(statement: Lexed) -> Plan:
    """DELETE, in which FROM is optional."""
    cursor = statement.after("DELETE")
    if not cursor.at("FROM"):
        statement = lex(f"DELETE FROM {cursor.source_rest()}", statement.context)
    return _parsed(statement)


def _merge(statement: Lexed) -> Plan:
    """MERGE; REMOVE DUPLICATES replaces the rows that match by the distinct rows of the source."""
    cursor = Cursor(statement)
    if not (cursor.drop_last("DUPLICATES") and cursor.drop_last("REMOVE")):
        return _parsed(statement)
    tree = transforms.apply(parse(f"{cursor.source_rest()} WHEN MATCHED THEN DELETE"), statement.context)
    source, target, condition = (generate(tree.args[part]) for part in ("using", "this", "on"))
    delete = f"DELETE FROM {target} USING {source} WHERE {condition}"
    return Plan("MERGE", (delete, f"INSERT INTO {target} SELECT DISTINCT * FROM {source}"), answer=1)


def _declare(statement: Lexed) -> Plan:
    """DECLARE name CURSOR FOR query."""
    cursor = statement.after("DECLARE")
    name = quoted(cursor.name())
    cursor.expect("CURSOR", "FOR")
    query = translate(cursor.source_rest(), statement.context)
    return Plan("DECLARE", (f"DECLARE {name} CURSOR FOR {query.steps[query.answer]}",))


def _prepare(statement: Lexed) -> Plan:
    """PREPARE name (types) AS statement."""
    cursor = Cursor(statement)
    cursor.seek("AS")
    cursor.expect("AS")
    head = cursor.sql_since(0)
    inner = translate(cursor.source_rest(), statement.context)
    if len(inner.steps) != 1:
        raise UnsupportedSqlError(f"PREPARE of {inner.verb}")
    return Plan("PREPARE", (f"{head} {inner.steps[0]}",))


def _explain(statement: Lexed) -> Plan:
    """EXPLAIN; VERBOSE has no effect here."""
    cursor = statement.after("EXPLAIN")
    cursor.skip("VERBOSE")
    inner = translate(cursor.source_rest(), statement.context)
    return Plan("EXPLAIN", (f"EXPLAIN {inner.steps[0]}",))


def _create_procedure(statement: Lexed) -> Plan:
    return routines.create_procedure(statement, translate)


def _unload(statement: Lexed) -> Plan:
    query, command = parse_unload(statement)
    inner = translate(query, statement.context)
    return Plan("UNLOAD", (), unload=replace(command, query=inner.steps[inner.answer]))


def _copy(statement: Lexed) -> Plan:
    return Plan("COPY", (), copy=parse_copy(statement))


def _not_supported(statement: Lexed) -> Plan:
    words = [word for word in statement.words(4) if word not in ("OR", "REPLACE")]
    count = {"CREATE": 3 if words[1:2] in (["TEMP"], ["TEMPORARY"]) else 2}.get(words[0], 1)
    raise SqlError(f'SQL command "{" ".join(words[:count])}" not supported.')


def _unsupported(what: str) -> Callable[[Lexed], Plan]:
    def refuse_statement(statement: Lexed) -> Plan:
        del statement
        raise UnsupportedSqlError(what)

    return refuse_statement


# The system views of queries that ran.
_HISTORY = frozenset({"sys_query_history", "sys_query_text"})

_PARSED = ("SELECT", "WITH", "INSERT", "UPDATE", "MERGE", "(")

# What PostgreSQL creates and Redshift does not have.
_FOREIGN_KINDS = (
    "TYPE", "DOMAIN", "EXTENSION", "TRIGGER", "SEQUENCE", "RULE", "AGGREGATE", "CAST", "OPERATOR", "TABLESPACE",
    "COLLATION", "EVENT", "POLICY", "PUBLICATION", "SUBSCRIPTION", "SERVER", "STATISTICS", "LANGUAGE", "CONVERSION",
    "FOREIGN",
)  # fmt: skip

# The handler by the first words, longer beginnings first.
_HANDLERS: tuple[tuple[tuple[str, ...], Callable[[Lexed], Plan]], ...] = (
    (("CREATE", "OR", "REPLACE", "VIEW"), views.create_view),
    (("CREATE", "OR", "REPLACE", "FUNCTION"), routines.create_function),
    (("CREATE", "OR", "REPLACE", "PROCEDURE"), _create_procedure),
    (("CREATE", "OR", "REPLACE", "EXTERNAL"), _unsupported("external functions, schemas and tables")),
    (("CREATE", "MATERIALIZED", "VIEW"), views.create_materialized),
    (("CREATE", "EXTERNAL"), _unsupported("external schemas and tables")),
    (("CREATE", "FUNCTION"), routines.create_function),
    (("CREATE", "PROCEDURE"), _create_procedure),
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
    (("DROP", "TABLE"), commands.unchanged),
    (("DROP", "VIEW"), commands.unchanged),
    (("DROP", "SCHEMA"), commands.unchanged),
    (("DROP", "MATERIALIZED", "VIEW"), views.drop_materialized),
    (("DROP", "FUNCTION"), routines.drop_function),
    (("DROP", "PROCEDURE"), routines.drop_procedure),
    (("MERGE",), _merge),
    (("ALTER", "USER"), users.alter_principal),
    (("ALTER", "GROUP"), users.alter_principal),
    (("ALTER", "ROLE"), users.alter_principal),
    (("ALTER", "SCHEMA"), commands.alter_schema),
    (("ALTER", "DATABASE"), commands.alter_database),
    (("ALTER", "DEFAULT", "PRIVILEGES"), users.alter_default_privileges),
    (("ALTER", "MATERIALIZED", "VIEW"), views.alter_materialized),
    (("CREATE", "LIBRARY"), _unsupported("CREATE LIBRARY")),
    (("CREATE", "OR", "REPLACE", "LIBRARY"), _unsupported("CREATE LIBRARY")),
    (("ALTER", "TABLE"), alter.alter_table),
    (("GRANT",), users.grant),
    (("REVOKE",), users.grant),
    (("DELETE",), _delete),
    (("TRUNCATE",), commands.truncate),
    (("COMMENT", "ON"), commands.unchanged),
    (("LOCK",), commands.unchanged),
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
    (("COPY",), _copy),
    (("UNLOAD",), _unload),
    (("CALL",), routines.call),
    (("DECLARE",), _declare),
    (("FETCH",), commands.use_cursor),
    (("CLOSE",), commands.use_cursor),
    (("PREPARE",), _prepare),
    (("EXECUTE",), routines.execute),
    (("DEALLOCATE",), commands.unchanged),
    (("REFRESH",), views.refresh),
    (("USE",), _unsupported("USE")),
    (("ATTACH",), _unsupported("security policies")),
    (("DETACH",), _unsupported("security policies")),
    (("DESC",), _unsupported("datashares")),
    (("DO",), _not_supported),
    (("LISTEN",), _not_supported),
    (("NOTIFY",), _not_supported),
)
