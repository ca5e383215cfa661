"""Statements that are neither queries nor changes of rows: schemas, databases, transactions, settings, SHOW."""

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Cursor, Lexed, literal, quoted
from redshift_sandbox.sql.plan import Plan

# Settings that PostgreSQL has too. Redshift's other settings are stored under the prefix ``redshift.``.
_SHARED_SETTINGS = frozenset({
    "search_path", "statement_timeout", "timezone", "datestyle", "extra_float_digits", "client_encoding",
    "application_name", "session_authorization", "lock_timeout",
})  # fmt: skip
# Redshift's own, with their defaults.
_REDSHIFT_SETTINGS = {
    "analyze_threshold_percent": "10", "auto_mv": "true", "describe_field_name_in_uppercase": "off",
    "downcase_delimited_identifier": "on", "enable_case_sensitive_identifier": "off",
    "enable_case_sensitive_super_attribute": "off", "enable_numeric_rounding": "off",
    "enable_result_cache_for_session": "on", "enable_vacuum_boost": "off", "error_on_nondeterministic_update": "off",
    "interval_forbid_composite_literals": "on", "json_serialization_enable": "off",
    "json_serialization_parse_nested_strings": "off", "max_concurrency_scaling_clusters": "1",
    "max_cursor_result_set_size": "0", "mv_enable_aqmv_for_session": "true", "navigate_super_null_on_error": "on",
    "parse_super_null_on_error": "off", "query_group": "unset", "spectrum_enable_pseudo_columns": "true",
    "spectrum_query_maxerror": "-1", "use_fips_ssl": "off", "wlm_query_slot_count": "1",
}  # fmt: skip


_VACUUM_KINDS = (("FULL",), ("SORT", "ONLY"), ("DELETE", "ONLY"), ("REINDEX",), ("RECLUSTER",))
_TRANSACTIONS = {
    "BEGIN": "BEGIN", "START": "BEGIN", "COMMIT": "COMMIT", "END": "COMMIT", "ROLLBACK": "ROLLBACK",
    "ABORT": "ROLLBACK",
}  # fmt: skip
# The view that SHOW reads, and its columns that FROM gives, outermost first.
_SHOWN = {
    "DATABASES": ("svv_redshift_databases", ()),
    "SCHEMAS": ("svv_all_schemas", ("database_name",)),
    "TABLES": ("svv_all_tables", ("database_name", "schema_name")),
    "COLUMNS": ("svv_all_columns", ("database_name", "schema_name", "table_name")),
}
_LIKE = {"DATABASES": "database_name", "SCHEMAS": "schema_name", "TABLES": "table_name", "COLUMNS": "column_name"}
_NOT_SHOWN = ("GRANTS", "PROCEDURE", "PROCEDURES", "FUNCTIONS", "PARAMETERS", "MODEL", "DATASHARES", "EXTERNAL")


def create_database(statement: Lexed) -> Plan:
    """CREATE DATABASE; its other options (collation, connection limit) are Redshift's own and have no effect here."""
    cursor = statement.after("CREATE", "DATABASE")
    name = quoted(cursor.name())
    if cursor.finds("FROM"):
        raise UnsupportedSqlError("CREATE DATABASE from a datashare or an integration")
    if cursor.finds("CASE_INSENSITIVE"):
        raise UnsupportedSqlError("COLLATE CASE_INSENSITIVE")
    owner = ""
    if cursor.seek("OWNER"):
        cursor.take()
        cursor.skip("=")
        owner = f" OWNER {quoted(cursor.name())}"
    # The privileges on schema public and the library's functions come with the template.
    return Plan("CREATE DATABASE", (f"CREATE DATABASE {name}{owner}",), outside_transaction=True)


def drop_database(statement: Lexed) -> Plan:
    """DROP DATABASE; FORCE ends its connections."""
    cursor = statement.after("DROP", "DATABASE")
    name = quoted(cursor.name())
    force = " WITH (FORCE)" if cursor.skip("FORCE") else ""
    cursor.expect_end()
    return Plan("DROP DATABASE", (f"DROP DATABASE {name}{force}",), outside_transaction=True)


def create_schema(statement: Lexed) -> Plan:
    """CREATE SCHEMA; its QUOTA has no effect here."""
    cursor = Cursor(statement)
    cursor.seek("QUOTA")
    return Plan("CREATE SCHEMA", (cursor.sql_since(0),))


def alter_schema(statement: Lexed) -> Plan:
    """ALTER SCHEMA; its QUOTA has no effect here."""
    cursor = statement.after("ALTER", "SCHEMA")
    name = literal(quoted(cursor.name()))
    if not cursor.at("QUOTA"):
        return unchanged(statement)
    return Plan("ALTER SCHEMA", (f"DO {literal(f'BEGIN PERFORM {name}::regnamespace; END')}",))


def unchanged(statement: Lexed) -> Plan:
    """A statement that both databases spell alike; quoted names are folded."""
    return Plan(" ".join(statement.words(2)).strip(), (Cursor(statement).rest(),))


def truncate(statement: Lexed) -> Plan:
    """TRUNCATE of one table, which commits the current transaction."""
    cursor = Cursor(statement)
    if cursor.seek(","):
        raise cursor.syntax_error()
    return Plan("TRUNCATE", (cursor.sql_since(0),), commits=True)


def analyze(statement: Lexed) -> Plan:
    """ANALYZE; PREDICATE COLUMNS, ALL COLUMNS, and the columns and COMPROWS of COMPRESSION have no effect here."""
    cursor = Cursor(statement)
    cursor.take()
    if cursor.skip("COMPRESSION"):
        name = literal(cursor.qualified_name())
        return Plan("ANALYZE", (f"SELECT * FROM {LIBRARY}.analyze_compression({name})",))
    cursor.seek("PREDICATE", "ALL")
    return Plan("ANALYZE", (cursor.sql_since(0),))


def vacuum(statement: Lexed) -> Plan:
    """VACUUM of one table or of all; its kind (FULL, SORT ONLY, …) and threshold have no effect here."""
    cursor = statement.after("VACUUM")
    for kind in _VACUUM_KINDS:
        if cursor.skip(*kind):
            break
    has_table = not (cursor.at_end or cursor.word in ("TO", "BOOST"))
    table = ".".join(quoted(part) for part in cursor.name_parts()) if has_table else ""
    if cursor.skip("TO"):
        cursor.number("VACUUM TO")
        cursor.expect("PERCENT")
    cursor.skip("BOOST")
    cursor.expect_end()
    return Plan("VACUUM", (f"VACUUM {table}",), outside_transaction=True)


def set_variable(statement: Lexed) -> Plan:
    """SET and RESET of a setting, for the session or LOCAL to the transaction."""
    (verb,) = statement.words(1)
    cursor = statement.after(verb)
    scope = "LOCAL " if cursor.at("LOCAL") else ""
    if cursor.word in ("LOCAL", "SESSION") and cursor.next_word not in ("TO", "=", "AUTHORIZATION", ""):
        cursor.take()
    name = _setting_name(cursor)
    if name in ("session", "all") or name in _SHARED_SETTINGS:
        return Plan(verb, (Cursor(statement).rest(),))
    if name not in _REDSHIFT_SETTINGS:
        raise SqlError(f'unrecognized configuration parameter "{name}"')
    if verb == "RESET":
        return Plan(verb, (f"RESET redshift.{name}",))
    value = _setting_value(cursor)
    if name == "enable_case_sensitive_identifier" and value.lower() in ("true", "on"):
        raise UnsupportedSqlError("enable_case_sensitive_identifier")
    return Plan(verb, (f"SET {scope}redshift.{name} TO {literal(value)}",))


def show(statement: Lexed) -> Plan:
    """SHOW of a setting, or of objects in the catalog."""
    cursor = statement.after("SHOW")
    kind = cursor.word
    if kind in _SHOWN:
        cursor.take()
        return Plan("SHOW", (_show_catalog(cursor, kind),))
    if cursor.skip_any("TABLE", "VIEW"):
        name = literal(cursor.qualified_name())
        cursor.expect_end()
        return Plan("SHOW", (f"SELECT * FROM {LIBRARY}.show_{kind.lower()}({name})",))
    if kind in _NOT_SHOWN:
        raise UnsupportedSqlError(f"SHOW {kind}")
    if kind == "ALL":
        return Plan("SHOW", ("SHOW ALL",))
    name = _setting_name(cursor)
    if name in _REDSHIFT_SETTINGS:
        default = _REDSHIFT_SETTINGS[name]
        value = f"coalesce(nullif(current_setting('redshift.{name}', true), ''), '{default}') AS {name}"
        return Plan("SHOW", (f"SELECT {value}",))
    return Plan("SHOW", (f"SHOW {name}",))


def transaction(statement: Lexed) -> Plan:
    """BEGIN, COMMIT and the like; isolation levels have no effect here."""
    (verb,) = statement.words(1)
    cursor = statement.after(verb)
    if any(word in ("SAVEPOINT", "TO", "PREPARED") for word in statement.words(4)[1:]):
        raise cursor.syntax_error()
    return Plan(verb, (_TRANSACTIONS[verb],))


def cancel(statement: Lexed) -> Plan:
    """CANCEL of a process; the message after its number has no effect here."""
    process = statement.after("CANCEL").number("CANCEL")
    return Plan("CANCEL", (f"SELECT pg_catalog.pg_cancel_backend({process})",))


def use_cursor(statement: Lexed) -> Plan:
    """FETCH and CLOSE of a cursor."""
    return Plan(statement.words(1)[0], (Cursor(statement).rest(),))


def _setting_name(cursor: Cursor) -> str:
    return "timezone" if cursor.skip("TIME", "ZONE") else cursor.take().lower()


def _setting_value(cursor: Cursor) -> str:
    if not cursor.skip_any("TO", "="):
        raise cursor.syntax_error()
    value = cursor.take()
    while not cursor.at_end:
        value += cursor.take()
    return value


def _show_catalog(cursor: Cursor, kind: str) -> str:
    view, parents = _SHOWN[kind]
    names: list[str] = []
    like, limit = [], ""
    while not cursor.at_end:
        if cursor.skip("FROM"):
            cursor.skip_any("SCHEMA", "TABLE", "DATABASE")
            names = [part.lower() for part in cursor.name_parts()]
        elif cursor.skip("LIKE"):
            like = [f"{_LIKE[kind]} LIKE {literal(cursor.text('LIKE'))}"]
        elif cursor.skip("LIMIT"):
            limit = f" LIMIT {cursor.number('LIMIT')}"
        else:
            raise cursor.syntax_error()
    if kind in ("TABLES", "COLUMNS") and not names:
        raise SqlError(f"SHOW {kind} needs FROM")
    conditions = [*like, *_parent_conditions(parents, names)]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = "ordinal_position" if kind == "COLUMNS" else ", ".join([*parents, _LIKE[kind]])
    return f"SELECT * FROM {LIBRARY}.{view}{where} ORDER BY {order}{limit}"


def _parent_conditions(parents: tuple[str, ...], names: list[str]) -> list[str]:
    """Return conditions on the columns that FROM names, innermost first.

    A connection sees one database only, so the name of a database has no effect.
    """
    named = zip(reversed(parents), reversed(names), strict=False)
    return [f"{column} = {literal(name)}" for column, name in named if column != "database_name"]
