"""ALTER TABLE."""

import json
from typing import Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.ddl import Storage, set_text_lengths, storage_clause
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Lexed, literal, rejoin
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan


def alter_table(statement: Lexed) -> Plan:
    """ALTER TABLE: columns, names and owners; storage is recorded, keys are accepted without effect.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot do it.
    """
    words = [token.text.upper() for token in statement.tokens]
    start = after_name(statement, 2)
    table = literal(rejoin(statement, 2, start).replace(" ", ""))
    action = [*words[start : start + 4], "", "", "", ""]
    if action[:2] == ["APPEND", "FROM"]:
        return _append(statement, start, table)
    if action[0] == "ALTER":
        return _alter(statement, start, table, action)
    if action[0] == "ADD" and "CHECK" in words[start:]:
        raise SqlError("CHECK constraints are not supported")
    if _is_key(action):
        return Plan("ALTER TABLE", (f"DO {literal(f'BEGIN PERFORM {table}::regclass; END')}",))
    if action[0] == "RENAME" or action[:2] == ["OWNER", "TO"]:
        return Plan("ALTER TABLE", (rejoin(statement),))
    if action[:2] == ["SET", "SCHEMA"]:
        raise UnsupportedSqlError("ALTER TABLE … SET SCHEMA")
    if action[0] == "DROP":
        column = "" if action[1] == "COLUMN" else "COLUMN "
        return Plan("ALTER TABLE", (f"{rejoin(statement, 0, start + 1)} {column}{rejoin(statement, start + 1)}",))
    if action[0] == "ADD":
        return Plan("ALTER TABLE", (_add_column(statement),))
    raise UnsupportedSqlError(f"ALTER TABLE … {' '.join(action).strip()}")


def after_name(statement: Lexed, index: int) -> int:
    """Return the position after a name that may be qualified."""
    while index + 1 < len(statement.tokens) and statement.tokens[index + 1].token_type == TokenType.DOT:
        index += 2
    return index + 1


def _append(statement: Lexed, start: int, table: str) -> Plan:
    after = after_name(statement, start + 2)
    option = statement.tokens[after].text.upper() if after < len(statement.tokens) else ""
    source = literal(rejoin(statement, start + 2, after).replace(" ", ""))
    call = f"PERFORM {LIBRARY}.append_table({table}, {source}, {literal(option)})"
    return Plan("ALTER TABLE APPEND", (_run(call),), outside_transaction=True)


def _alter(statement: Lexed, start: int, table: str, action: list[str]) -> Plan:
    column = 1 if action[1] == "COLUMN" else 0
    name = statement.tokens[start + 1 + column].text.lower()
    if action[2 + column] == "TYPE":
        kind = statement.slice(start + 3 + column)
        call = f"PERFORM {LIBRARY}.resize_varchar({table}, {literal(name)}, {literal(kind.lower())})"
        return Plan("ALTER TABLE", (_run(call),))
    if action[2 + column] in ("SET", "DROP"):
        raise SqlError(f"ALTER TABLE ALTER COLUMN {action[2 + column]} is not supported")
    change = _storage_change(statement, start)
    return Plan(
        "ALTER TABLE", (_run(f"PERFORM {LIBRARY}.change_storage({table}::regclass, {literal(json.dumps(change))})"),)
    )


def _storage_change(statement: Lexed, start: int) -> dict[str, Any]:
    """Return what ALTER DISTSTYLE, DISTKEY, SORTKEY and ENCODE change."""
    words = [token.text.upper() for token in statement.tokens]
    if "ENCODE" in words and statement.tokens[start + 1].text.upper() != "ENCODE":
        changed = {
            statement.tokens[place - 1].text.lower(): statement.tokens[place + 1].text.lower()
            for place, word in enumerate(words)
            if word == "ENCODE"
        }
        return {"encodings": changed}
    storage = Storage()
    index = start + 1
    while index < len(words):
        if words[index : index + 2] == ["SORTKEY", "NONE"]:
            return {"sortkey": [], "sortstyle": "AUTO"}
        if words[index] == "DISTKEY" and words[index + 1 : index + 2] != ["("]:
            storage.diststyle, storage.distkey = "KEY", statement.tokens[index + 1].text.lower()
            index += 2
            continue
        taken = storage_clause(statement, index, 0, "", storage)
        if not taken:
            raise SqlError(f'syntax error at or near "{statement.tokens[index].text}"')
        index += taken
    if "SORTKEY" in words:
        return {"sortkey": storage.sortkey, "sortstyle": storage.sortstyle}
    return {"diststyle": storage.diststyle, "distkey": storage.distkey} if words[start + 1] != "ENCODE" else {}


def _is_key(action: list[str]) -> bool:
    if action[0] == "ADD":
        # The tokenizer makes one token of PRIMARY KEY.
        return action[1].split(" ")[0] in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN")
    return action[:2] == ["DROP", "CONSTRAINT"]


def _add_column(statement: Lexed) -> str:
    spans = [
        (index, index + 2)
        for index, token in enumerate(statement.tokens)
        if token.text.upper() == "ENCODE" and token.token_type != TokenType.STRING
    ]
    tree = parse(statement.without(spans))
    if not isinstance(tree, exp.Alter) or tree.find(exp.ColumnDef) is None:
        raise UnsupportedSqlError("this form of ALTER TABLE ADD")
    tree = transforms.apply(tree, statement.context)
    set_text_lengths(tree)
    return generate(tree)


def _run(call: str) -> str:
    return f"DO {literal(f'BEGIN {call}; END')}"
