"""ALTER TABLE."""

import json
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.commands import name_or_owner
from redshift_sandbox.sql.ddl import Storage, set_text_lengths, skip_storage_clause
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Cursor, Lexed, literal, quoted
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan


def alter_table(statement: Lexed) -> Plan:
    """ALTER TABLE: columns, names and owners; storage is recorded, keys are accepted without effect.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot do it.
    """
    cursor = statement.after("ALTER", "TABLE")
    table = literal(cursor.qualified_name())
    for words, action in _ACTIONS:
        if cursor.at(*words):
            return action(cursor, table)
    raise UnsupportedSqlError(f"ALTER TABLE … {' '.join(cursor.words(4))}")


def _append(cursor: Cursor, table: str) -> Plan:
    cursor.expect("APPEND", "FROM")
    source = literal(cursor.qualified_name())
    option = literal(cursor.word)
    call = f"PERFORM {LIBRARY}.append_table({table}, {source}, {option})"
    return Plan("ALTER TABLE APPEND", (_run(call),), outside_transaction=True)


def _alter(cursor: Cursor, table: str) -> Plan:
    mark = cursor.index
    cursor.expect("ALTER")
    cursor.skip("COLUMN")
    column = cursor.name().lower()
    if cursor.skip("TYPE"):
        kind = cursor.source_rest().lower()
        return Plan(
            "ALTER TABLE", (_run(f"PERFORM {LIBRARY}.resize_varchar({table}, {literal(column)}, {literal(kind)})"),)
        )
    if cursor.word in ("SET", "DROP"):
        raise SqlError(f"ALTER TABLE ALTER COLUMN {cursor.word} is not supported")
    cursor.index = mark
    change = json.dumps(_storage_change(cursor))
    return Plan("ALTER TABLE", (_run(f"PERFORM {LIBRARY}.change_storage({table}::regclass, {literal(change)})"),))


def _storage_change(cursor: Cursor) -> dict[str, Any]:
    """Return what ALTER DISTSTYLE, DISTKEY, SORTKEY and ENCODE change."""
    cursor.expect("ALTER")
    if cursor.skip("ENCODE", "AUTO"):
        cursor.expect_end()
        return {}
    if cursor.finds("ENCODE"):
        return {"encodings": _encodings(cursor)}
    if cursor.skip("SORTKEY", "NONE"):
        return {"sortkey": [], "sortstyle": "AUTO"}
    changes_sort_key = cursor.finds("SORTKEY")
    storage = Storage()
    while not cursor.at_end:
        if cursor.at("DISTKEY") and cursor.next_word != "(":
            cursor.take()
            storage.diststyle, storage.distkey = "KEY", cursor.name().lower()
        elif not skip_storage_clause(cursor, storage):
            raise cursor.syntax_error()
    if changes_sort_key:
        return {"sortkey": storage.sortkey, "sortstyle": storage.sortstyle}
    return {"diststyle": storage.diststyle, "distkey": storage.distkey}


def _encodings(cursor: Cursor) -> dict[str, str]:
    """Take ``COLUMN a ENCODE x, ALTER COLUMN b ENCODE y``."""
    encodings = {}
    while True:
        cursor.skip("COLUMN")
        column = cursor.name().lower()
        cursor.expect("ENCODE")
        encodings[column] = cursor.take().lower()
        if not cursor.skip(",", "ALTER"):
            break
    cursor.expect_end()
    return encodings


def _accept_key(cursor: Cursor, table: str) -> Plan:
    if cursor.finds("CHECK"):
        raise SqlError("CHECK constraints are not supported")
    return Plan("ALTER TABLE", (f"DO {literal(f'BEGIN PERFORM {table}::regclass; END')}",))


def _add_column(cursor: Cursor, table: str) -> Plan:
    del table
    if cursor.finds("CHECK"):
        raise SqlError("CHECK constraints are not supported")
    spans = []
    while cursor.seek("ENCODE"):
        mark = cursor.index
        cursor.take()
        cursor.take()
        spans.append((mark, cursor.index))
    tree = parse(cursor.statement.without(spans))
    if not isinstance(tree, exp.Alter) or tree.find(exp.ColumnDef) is None:
        raise UnsupportedSqlError("this form of ALTER TABLE ADD")
    tree = transforms.apply(tree, cursor.statement.context)
    set_text_lengths(tree)
    return Plan("ALTER TABLE", (generate(tree),))


def _drop_column(cursor: Cursor, table: str) -> Plan:
    del table
    cursor.expect("DROP")
    head = cursor.sql_since(0)
    cursor.skip("COLUMN")
    column = quoted(cursor.name())
    behavior = " CASCADE" if cursor.skip("CASCADE") else ""
    cursor.skip("RESTRICT")
    cursor.expect_end()
    return Plan("ALTER TABLE", (f"{head} COLUMN {column}{behavior}",))


def _rename(cursor: Cursor, table: str) -> Plan:
    """Return the plan of RENAME TO and of RENAME COLUMN a TO b."""
    del table
    head = cursor.sql_since(0)
    if cursor.at("RENAME", "TO"):
        return Plan("ALTER TABLE", (f"{head} {name_or_owner(cursor)}",))
    cursor.expect("RENAME")
    cursor.skip("COLUMN")
    column = quoted(cursor.name())
    cursor.expect("TO")
    change = f"RENAME COLUMN {column} TO {quoted(cursor.name())}"
    cursor.expect_end()
    return Plan("ALTER TABLE", (f"{head} {change}",))


def _change_owner(cursor: Cursor, table: str) -> Plan:
    del table
    head = cursor.sql_since(0)
    return Plan("ALTER TABLE", (f"{head} {name_or_owner(cursor)}",))


def _set_schema(cursor: Cursor, table: str) -> Plan:
    del cursor, table
    raise UnsupportedSqlError("ALTER TABLE … SET SCHEMA")


def _run(call: str) -> str:
    return f"DO {literal(f'BEGIN {call}; END')}"


# By what follows the table's name, longer beginnings first.
_ACTIONS: tuple[tuple[tuple[str, ...], Callable[[Cursor, str], Plan]], ...] = (
    (("APPEND", "FROM"), _append),
    (("ALTER",), _alter),
    # The tokenizer makes one token of PRIMARY KEY, and of FOREIGN KEY.
    *((("ADD", key), _accept_key) for key in ("CONSTRAINT", "PRIMARY KEY", "FOREIGN KEY", "UNIQUE")),
    (("DROP", "CONSTRAINT"), _accept_key),
    (("ADD",), _add_column),
    (("DROP",), _drop_column),
    (("RENAME",), _rename),
    (("OWNER", "TO"), _change_owner),
    (("SET", "SCHEMA"), _set_schema),
)
