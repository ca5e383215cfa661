"""Statements that are neither queries nor changes of rows: schemas, databases, transactions, settings, SHOW."""

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Cursor, Lexed, literal, quoted
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.settings import REDSHIFT_SETTINGS, SHARED_SETTINGS, stored_name

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
    cursor.skip("WITH")
    while not cursor.at_end:
        if cursor.skip("OWNER"):
            cursor.skip("=")
            owner = f" OWNER {quoted(cursor.name())}"
        else:
            _skip_database_option(cursor)
    # The privileges on schema public and the library's functions come with the template.
    steps = (f"CREATE DATABASE {name}{owner}", f"GRANT ALL ON DATABASE {name} TO rds_superuser")
    return Plan("CREATE DATABASE", steps, outside_transaction=True)


def _skip_database_option(cursor: Cursor) -> None:
    if cursor.skip("COLLATE"):
        cursor.skip("=")
        cursor.expect("CASE_SENSITIVE")
    elif cursor.skip("ISOLATION", "LEVEL"):
        cursor.skip_any("SERIALIZABLE", "SNAPSHOT")
    elif cursor.skip("CONNECTION", "LIMIT"):
        cursor.skip("=")
        cursor.take()
    else:
        raise cursor.syntax_error()


def drop_database(statement: Lexed) -> Plan:
    """DROP DATABASE; FORCE ends its connections."""
    cursor = statement.after("DROP", "DATABASE")
    name = quoted(cursor.name())
    force = " WITH (FORCE)" if cursor.skip("FORCE") else ""
    cursor.expect_end()
    return Plan("DROP DATABASE", (f"DROP DATABASE {name}{force}",), outside_transaction=True)


def alter_database(statement: Lexed) -> Plan:
    """ALTER DATABASE RENAME or OWNER; a connection limit has no effect here."""
    cursor = statement.after("ALTER", "DATABASE")
    name = quoted(cursor.name())
    if cursor.at("RENAME") or cursor.at("OWNER"):
        return Plan("ALTER DATABASE", (f"ALTER DATABASE {name} {name_or_owner(cursor)}",))
    raise UnsupportedSqlError("ALTER DATABASE of this form")


def create_schema(statement: Lexed) -> Plan:
    """CREATE SCHEMA; its QUOTA has no effect here."""
    cursor = statement.after("CREATE", "SCHEMA")
    exists = "IF NOT EXISTS " if cursor.skip("IF", "NOT", "EXISTS") else ""
    name = "" if cursor.at("AUTHORIZATION") else f"{quoted(cursor.name())} "
    owner = f"AUTHORIZATION {quoted(cursor.name())}" if cursor.skip("AUTHORIZATION") else ""
    if cursor.skip("QUOTA"):
        cursor.seek("CREATE", "GRANT")
    if not cursor.at_end:
        if cursor.word not in ("CREATE", "GRANT"):
            raise cursor.syntax_error()
        raise UnsupportedSqlError("statements in CREATE SCHEMA")
    return Plan("CREATE SCHEMA", (f"CREATE SCHEMA {exists}{name}{owner}".rstrip(),))


def alter_schema(statement: Lexed) -> Plan:
    """ALTER SCHEMA RENAME or OWNER; its QUOTA has no effect here."""
    cursor = statement.after("ALTER", "SCHEMA")
    name = quoted(cursor.name())
    if cursor.at("QUOTA"):
        return Plan("ALTER SCHEMA", (f"DO {literal(f'BEGIN PERFORM {literal(name)}::regnamespace; END')}",))
    return Plan("ALTER SCHEMA", (f"ALTER SCHEMA {name} {name_or_owner(cursor)}",))


def name_or_owner(cursor: Cursor) -> str:
    """Take RENAME TO or OWNER TO with a name, which end the statement."""
    words = "RENAME TO" if cursor.skip("RENAME") else "OWNER TO"
    if words == "OWNER TO":
        cursor.expect("OWNER")
    cursor.expect("TO")
    # Statements of superusers run as another user: see Plan.commands.
    name = "SESSION_USER" if cursor.skip("CURRENT_USER") else quoted(cursor.name())
    cursor.expect_end()
    return f"{words} {name}"


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
    if cursor.skip("SESSION", "AUTHORIZATION") or cursor.skip("SESSION_AUTHORIZATION"):
        return Plan(verb, (_authorization(cursor, verb, scope),))
    if cursor.at("CHARACTERISTICS"):
        raise UnsupportedSqlError("SET SESSION CHARACTERISTICS")
    if verb == "RESET":
        name = "ALL" if cursor.skip("ALL") else stored_name(setting_name(cursor))
        cursor.expect_end()
        return Plan(verb, (f"RESET {name}",))
    change = setting(cursor)
    cursor.expect_end()
    return Plan(verb, (f"SET {scope}{change}",))


def setting_name(cursor: Cursor) -> str:
    """Take the name of a setting."""
    return "timezone" if cursor.skip("TIME", "ZONE") else cursor.name().lower()


def setting(cursor: Cursor) -> str:
    """Take ``name TO value``, as PostgreSQL reads it.

    Raises
    ------
    SqlError
        If Redshift does not have the setting, or the value is no list of names, numbers and texts.
    """
    is_zone = cursor.at("TIME", "ZONE")
    name = setting_name(cursor)
    stored = stored_name(name)
    if not cursor.skip_any("TO", "=") and not is_zone:
        raise cursor.syntax_error()
    if name in SHARED_SETTINGS:
        return f"{stored} TO {_values(cursor)}"
    value = _text(cursor)
    if name == "enable_case_sensitive_identifier" and value.lower() in ("true", "on"):
        raise UnsupportedSqlError("enable_case_sensitive_identifier")
    return f"{stored} TO {literal(value)}"


def _values(cursor: Cursor) -> str:
    values = [_value(cursor)]
    while cursor.skip(","):
        values.append(_value(cursor))
    return ", ".join(values)


def _value(cursor: Cursor) -> str:
    if cursor.word in ("(", ")", "=", ","):
        raise cursor.syntax_error()
    sign = cursor.take() if cursor.word in ("-", "+") else ""
    return sign + cursor.take_sql()


def _text(cursor: Cursor) -> str:
    value = cursor.take()
    while not cursor.at_end and cursor.word not in ("AS", "IS"):
        value += cursor.take()
    return value


def _authorization(cursor: Cursor, verb: str, scope: str) -> str:
    """SET SESSION AUTHORIZATION: a session of PostgreSQL's superuser could, here its role changes."""
    cursor.skip_any("TO", "=")
    name = "" if verb == "RESET" or cursor.skip("DEFAULT") else cursor.name_or_text()
    cursor.expect_end()
    return f"SET {scope}ROLE {quoted(name)}" if name else "RESET ROLE"


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
    name = setting_name(cursor)
    cursor.expect_end()
    if name in REDSHIFT_SETTINGS:
        default = REDSHIFT_SETTINGS[name]
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
