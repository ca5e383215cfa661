"""Statements that are neither queries nor changes of rows: tables, schemas, databases, transactions, settings."""

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Lexed, literal, quoted, rejoin
from redshift_sandbox.sql.options import Cursor
from redshift_sandbox.sql.plan import Plan

# Settings that mean the same to PostgreSQL; the others of Redshift are kept under the prefix ``redshift.``.
_SHARED_SETTINGS = frozenset({
    "search_path", "statement_timeout", "timezone", "datestyle", "extra_float_digits", "client_encoding",
    "application_name", "session_authorization", "lock_timeout",
})  # fmt: skip
# With their defaults.
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


def alter_schema(statement: Lexed) -> Plan:
    """ALTER SCHEMA; its QUOTA has no effect here."""
    if statement.words(4)[3:] != ("QUOTA",):
        return as_it_is(statement)
    name = literal(quoted(_token(statement, 2)))
    return Plan("ALTER SCHEMA", (f"DO {literal(f'BEGIN PERFORM {name}::regnamespace; END')}",))


def as_it_is(statement: Lexed) -> Plan:
    """Statements that both spell alike, names folded."""
    return Plan(" ".join(statement.words(2)), (rejoin(statement),))


def truncate(statement: Lexed) -> Plan:
    """TRUNCATE of one table, which commits the transaction that it is in."""
    if any(token.text == "," for token in statement.tokens):
        raise SqlError('syntax error at or near ","')
    return Plan("TRUNCATE", (rejoin(statement),), commits=True)


def analyze(statement: Lexed) -> Plan:
    """ANALYZE; what to analyze of a table (PREDICATE COLUMNS, ALL COLUMNS) is Redshift's own business."""
    if "COMPRESSION" in statement.words(2):
        tokens = statement.tokens
        end = next((index for index, token in enumerate(tokens) if token.text in ("(", "COMPROWS")), len(tokens))
        name = rejoin(statement, 2, end).replace(" ", "")
        return Plan("ANALYZE", (f"SELECT * FROM redshift_library.analyze_compression({literal(name)})",))
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


def set_variable(statement: Lexed) -> Plan:
    """SET and RESET of a setting, for the session or LOCAL to the transaction."""
    verb = statement.tokens[0].text.upper()
    words = [token.text.lower() for token in statement.tokens]
    if words[1:3] == ["session", "authorization"]:
        return Plan(verb, (rejoin(statement),))
    first = statement.tokens[1].text.lower()
    position = 2 if first in ("local", "session") and words[2:3] not in (["to"], ["="], []) else 1
    name = "timezone" if words[position : position + 2] == ["time", "zone"] else statement.tokens[position].text.lower()
    if name == "enable_case_sensitive_identifier" and words[-1] in ("true", "on"):
        raise UnsupportedSqlError("enable_case_sensitive_identifier")
    if name in ("session", "all") or name in _SHARED_SETTINGS:
        return Plan(verb, (rejoin(statement),))
    if name not in _REDSHIFT_SETTINGS:
        raise SqlError(f'unrecognized configuration parameter "{name}"')
    if verb == "RESET":
        return Plan(verb, (f"RESET redshift.{name}",))
    value = "".join(token.text for token in statement.tokens[position + 2 :])
    scope = "LOCAL " if words[1] == "local" else ""
    return Plan(verb, (f"SET {scope}redshift.{name} TO {literal(value)}",))


def show(statement: Lexed) -> Plan:
    """SHOW of a setting, and of what is in the catalog."""
    words = [token.text.upper() for token in statement.tokens]
    kind = words[1] if len(words) > 1 else ""
    if kind in _SHOWN:
        return Plan("SHOW", (_show_catalog(statement, kind),))
    if kind in ("TABLE", "VIEW"):
        name = rejoin(statement, 2).replace(" ", "")
        return Plan("SHOW", (f"SELECT * FROM redshift_library.show_{kind.lower()}({literal(name)})",))
    if kind in ("GRANTS", "PROCEDURE", "PROCEDURES", "FUNCTIONS", "PARAMETERS", "MODEL", "DATASHARES", "EXTERNAL"):
        raise UnsupportedSqlError(f"SHOW {kind}")
    if kind == "ALL":
        return Plan("SHOW", ("SHOW ALL",))
    name = "timezone" if words[1:3] == ["TIME", "ZONE"] else kind.lower()
    if name in _REDSHIFT_SETTINGS:
        value = (
            f"coalesce(nullif(current_setting('redshift.{name}', true), ''), '{_REDSHIFT_SETTINGS[name]}') AS {name}"
        )
        return Plan("SHOW", (f"SELECT {value}",))
    return Plan("SHOW", (f"SHOW {name}",))


# What SHOW lists: the view, and how its columns are called that FROM names, the innermost last.
_SHOWN = {
    "DATABASES": ("svv_redshift_databases", ()),
    "SCHEMAS": ("svv_all_schemas", ("database_name",)),
    "TABLES": ("svv_all_tables", ("database_name", "schema_name")),
    "COLUMNS": ("svv_all_columns", ("database_name", "schema_name", "table_name")),
}
_LIKE = {"DATABASES": "database_name", "SCHEMAS": "schema_name", "TABLES": "table_name", "COLUMNS": "column_name"}


def _show_catalog(statement: Lexed, kind: str) -> str:
    view, parts = _SHOWN[kind]
    cursor = Cursor(statement, 2)
    conditions, limit = [], ""
    names: list[str] = []
    while cursor.token is not None:
        word = cursor.take()
        if word.upper() == "FROM":
            cursor.skip("SCHEMA", "TABLE", "DATABASE")
            names.append(cursor.take().lower())
            while cursor.skip("."):
                names.append(cursor.take().lower())
        elif word.upper() == "LIKE":
            conditions.append(f"{_LIKE[kind]} LIKE {literal(cursor.text('LIKE'))}")
        elif word.upper() == "LIMIT":
            limit = f" LIMIT {cursor.number('LIMIT')}"
        else:
            raise SqlError(f'syntax error at or near "{word}"')
    if parts and not names and kind != "SCHEMAS":
        raise SqlError(f"SHOW {kind} needs FROM")
    # A connection sees one database only, so its name, the first of them, is not looked at.
    named = [pair for pair in zip(parts[::-1], names[::-1], strict=False) if pair[0] != "database_name"]
    conditions += [f"{part} = {literal(name)}" for part, name in named]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = "ordinal_position" if kind == "COLUMNS" else ", ".join([*parts, _LIKE[kind]])
    return f"SELECT * FROM redshift_library.{view}{where} ORDER BY {order}{limit}"


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
        raise SqlError(f'syntax error at or near "{statement.tokens[1].text}"')
    return Plan(verb, (plain[verb],))


def cancel(statement: Lexed) -> Plan:
    """CANCEL of a process."""
    process = Cursor(statement, 1).number("CANCEL")
    return Plan("CANCEL", (f"SELECT pg_catalog.pg_cancel_backend({process})",))


def _token(statement: Lexed, index: int) -> str:
    if index >= len(statement.tokens):
        raise SqlError("syntax error at end of input")
    return statement.tokens[index].text


def use_cursor(statement: Lexed) -> Plan:
    """FETCH and CLOSE of a cursor."""
    return Plan(statement.words(1)[0], (rejoin(statement),))
