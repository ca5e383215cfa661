"""Statements that are neither queries nor changes of rows: tables, schemas, databases, transactions, settings."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from local.sql import transforms
from local.sql.ddl import set_text_lengths
from local.sql.errors import SqlError, UnsupportedSqlError
from local.sql.lexer import Lexed, literal, quoted, rejoin
from local.sql.parser import generate, parse
from local.sql.plan import Plan

# Settings that mean the same to PostgreSQL; the others of Redshift are kept under the prefix ``redshift.``.
_SHARED_SETTINGS = frozenset({
    "search_path", "statement_timeout", "timezone", "datestyle", "extra_float_digits", "client_encoding",
    "application_name", "session_authorization", "lock_timeout",
})  # fmt: skip
_REDSHIFT_SETTINGS = frozenset({
    "analyze_threshold_percent", "auto_mv", "describe_field_name_in_uppercase", "downcase_delimited_identifier",
    "enable_case_sensitive_identifier", "enable_case_sensitive_super_attribute", "enable_numeric_rounding",
    "enable_result_cache_for_session", "enable_vacuum_boost", "error_on_nondeterministic_update",
    "interval_forbid_composite_literals", "json_serialization_enable", "json_serialization_parse_nested_strings",
    "max_concurrency_scaling_clusters", "max_cursor_result_set_size", "mv_enable_aqmv_for_session",
    "navigate_super_null_on_error", "parse_super_null_on_error", "query_group", "spectrum_enable_pseudo_columns",
    "spectrum_query_maxerror", "use_fips_ssl", "wlm_query_slot_count",
})  # fmt: skip


def create_database(statement: Lexed) -> Plan:
    """CREATE DATABASE; its options are Redshift's own (collation, connection limit) and have no effect here."""
    words = [token.text.upper() for token in statement.tokens]
    if "FROM" in words:
        raise UnsupportedSqlError("CREATE DATABASE from a datashare or an integration")
    owner = ""
    if "OWNER" in words:
        position = words.index("OWNER") + (2 if words[words.index("OWNER") + 1] == "=" else 1)
        owner = f" OWNER {quoted(statement.tokens[position].text)}"
    if "COLLATE" in words and "CASE_INSENSITIVE" in words:
        raise UnsupportedSqlError("COLLATE CASE_INSENSITIVE")
    name = quoted(_token(statement, 2))
    # The rights on schema public come with the template; the library's functions too.
    return Plan("CREATE DATABASE", (f"CREATE DATABASE {name}{owner}",), outside_transaction=True)


def drop_database(statement: Lexed) -> Plan:
    """DROP DATABASE; Redshift has no IF EXISTS for it, and FORCE cuts its connections."""
    words = [token.text.upper() for token in statement.tokens]
    force = " WITH (FORCE)" if "FORCE" in words else ""
    return Plan("DROP DATABASE", (f"DROP DATABASE {quoted(_token(statement, 2))}{force}",), outside_transaction=True)


def create_schema(statement: Lexed) -> Plan:
    """CREATE SCHEMA, without its QUOTA."""
    words = [token.text.upper() for token in statement.tokens]
    after = words.index("QUOTA") if "QUOTA" in words else None
    return Plan("CREATE SCHEMA", (rejoin(statement, 0, after),))


def as_it_is(statement: Lexed) -> Plan:
    """Statements that both spell alike, names folded."""
    return Plan(" ".join(statement.words(2)), (rejoin(statement),))


def truncate(statement: Lexed) -> Plan:
    """TRUNCATE, which commits the transaction that it is in."""
    return Plan("TRUNCATE", (rejoin(statement),), commits=True)


def analyze(statement: Lexed) -> Plan:
    """ANALYZE; what to analyze of a table (PREDICATE COLUMNS, ALL COLUMNS) is Redshift's own business."""
    if "COMPRESSION" in statement.words(2):
        raise UnsupportedSqlError("ANALYZE COMPRESSION")
    words = [token.text.upper() for token in statement.tokens]
    after = next((words.index(word) for word in ("PREDICATE", "ALL") if word in words), None)
    return Plan("ANALYZE", (rejoin(statement, 0, after),))


def vacuum(statement: Lexed) -> Plan:
    """VACUUM of a table or of all; how (FULL, SORT ONLY, …) makes no difference here."""
    options = ("FULL", "SORT", "DELETE", "ONLY", "REINDEX", "RECLUSTER", "BOOST", "TO", "PERCENT")
    names = []
    for token in statement.tokens[1:]:
        if token.text.upper() == "TO":
            break
        if token.text.upper() not in options:
            names.append(quoted(token.text) if token.text != "." else ".")
    return Plan("VACUUM", (f"VACUUM {''.join(names)}",), outside_transaction=True)


def alter_table(statement: Lexed) -> Plan:
    """ALTER TABLE: columns, names and owners; storage and keys are accepted without effect.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot do it.
    """
    words = [token.text.upper() for token in statement.tokens]
    start = _after_name(statement, 2)
    action = [*words[start : start + 3], "", "", ""]
    if action[0] == "APPEND":
        raise UnsupportedSqlError("ALTER TABLE APPEND")
    if _is_storage_or_key(action, words[start:]):
        return Plan("ALTER TABLE", (_must_exist(statement, 2, start),))
    if action[0] == "RENAME" or action[:2] == ["OWNER", "TO"]:
        return Plan("ALTER TABLE", (rejoin(statement),))
    if action[0] == "DROP":
        column = "" if action[1] == "COLUMN" else "COLUMN "
        return Plan("ALTER TABLE", (f"{rejoin(statement, 0, start + 1)} {column}{rejoin(statement, start + 1)}",))
    if action[0] == "ADD":
        return Plan("ALTER TABLE", (_add_column(statement),))
    if action[0] == "ALTER" and "TYPE" in words[start : start + 4]:
        raise UnsupportedSqlError("ALTER COLUMN TYPE")
    raise UnsupportedSqlError(f"ALTER TABLE … {' '.join(action).strip()}")


def set_variable(statement: Lexed) -> Plan:
    """SET and RESET of a setting, for the session or LOCAL to the transaction."""
    verb = statement.tokens[0].text.upper()
    words = [token.text.lower() for token in statement.tokens]
    position = 2 if words[1] in ("local", "session") and words[2:3] not in (["to"], ["="], []) else 1
    name = "timezone" if words[position : position + 2] == ["time", "zone"] else words[position]
    if name == "enable_case_sensitive_identifier" and words[-1] in ("true", "on"):
        raise UnsupportedSqlError("enable_case_sensitive_identifier")
    if words[position] in ("session", "all") or name in _SHARED_SETTINGS:
        return Plan(verb, (rejoin(statement),))
    if name not in _REDSHIFT_SETTINGS:
        message = f'unrecognized configuration parameter "{name}"'
        raise SqlError(message)
    if verb == "RESET":
        return Plan(verb, (f"RESET redshift.{name}",))
    value = "".join(token.text for token in statement.tokens[position + 2 :])
    scope = "LOCAL " if words[1] == "local" else ""
    return Plan(verb, (f"SET {scope}redshift.{name} TO {literal(value)}",))


def show(statement: Lexed) -> Plan:
    """SHOW of a setting, and of tables, schemas and databases."""
    words = [token.text.upper() for token in statement.tokens]
    if words[1:2] == ["TABLES"]:
        schema = statement.tokens[-1].text if words[2:4] == ["FROM", "SCHEMA"] else "public"
        return Plan("SHOW", (f"SELECT * FROM redshift_library.show_tables({literal(schema.lower())})",))
    if words[1:2] in (["SCHEMAS"], ["DATABASES"], ["COLUMNS"], ["GRANTS"], ["TABLE"], ["VIEW"]):
        raise UnsupportedSqlError(f"SHOW {words[1]}")
    name = words[1].lower() if len(words) > 1 else ""
    prefix = "redshift." if name in _REDSHIFT_SETTINGS else ""
    return Plan("SHOW", (f"SHOW {prefix}{rejoin(statement, 1)}",))


def transaction(statement: Lexed) -> Plan:
    """BEGIN, COMMIT and their like; isolation levels are the engine's business."""
    verb = statement.tokens[0].text.upper()
    plain = {
        "BEGIN": "BEGIN",
        "START": "BEGIN",
        "COMMIT": "COMMIT",
        "END": "COMMIT",
        "ROLLBACK": "ROLLBACK",
        "ABORT": "ROLLBACK",
    }
    if any(word in ("SAVEPOINT", "TO", "PREPARED") for word in statement.words(4)[1:]):
        message = f'syntax error at or near "{statement.tokens[1].text}"'
        raise SqlError(message)
    return Plan(verb, (plain[verb],))


def cancel(statement: Lexed) -> Plan:
    """CANCEL of a process."""
    return Plan("CANCEL", (f"SELECT pg_catalog.pg_cancel_backend({int(_token(statement, 1))})",))


def _is_storage_or_key(action: list[str], words: list[str]) -> bool:
    if action[0] == "ALTER":
        return any(word in words for word in ("DISTKEY", "SORTKEY", "DISTSTYLE", "ENCODE"))
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
    tree = transforms.apply(tree)
    set_text_lengths(tree)
    return generate(tree)


def _must_exist(statement: Lexed, first: int, after: int) -> str:
    name = literal(rejoin(statement, first, after).replace(" ", ""))
    return f"DO {literal(f'BEGIN PERFORM {name}::regclass; END')}"


def _after_name(statement: Lexed, index: int) -> int:
    """Return the position after a name that may be qualified."""
    while index + 1 < len(statement.tokens) and statement.tokens[index + 1].token_type == TokenType.DOT:
        index += 2
    return index + 1


def _token(statement: Lexed, index: int) -> str:
    if index >= len(statement.tokens):
        message = "syntax error at end of input"
        raise SqlError(message)
    return statement.tokens[index].text
