"""Views: regular, late-binding and materialized."""

from sqlglot import exp

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.commands import name_or_owner
from redshift_sandbox.sql.ddl import Storage, skip_storage_clause
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Cursor, Lexed, lex, literal
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan


def create_view(statement: Lexed) -> Plan:
    """CREATE VIEW, with or without WITH NO SCHEMA BINDING."""
    cursor = Cursor(statement)
    if all(cursor.drop_last(word) for word in ("BINDING", "SCHEMA", "NO", "WITH")):
        return _late_binding(lex(cursor.source_rest(), statement.context))
    tree = parse(statement.text)
    if not isinstance(tree, exp.Create):
        raise UnsupportedSqlError("this form of CREATE VIEW")
    return Plan("CREATE VIEW", (generate(transforms.apply(tree, statement.context)),))


def create_materialized(statement: Lexed) -> Plan:
    """CREATE MATERIALIZED VIEW; its storage clauses and AUTO REFRESH have no effect here."""
    cursor = statement.after("CREATE", "MATERIALIZED", "VIEW")
    name = cursor.qualified_name()
    while not cursor.skip("AS"):
        if cursor.skip("AUTO", "REFRESH"):
            cursor.take()
        elif not skip_storage_clause(cursor, Storage()):
            raise cursor.syntax_error()
    query = generate(transforms.apply(parse(cursor.source_rest()), statement.context))
    return Plan("CREATE MATERIALIZED VIEW", (f"CREATE MATERIALIZED VIEW {name} AS {query}",))


def alter_materialized(statement: Lexed) -> Plan:
    """ALTER MATERIALIZED VIEW; AUTO REFRESH has no effect here."""
    cursor = statement.after("ALTER", "MATERIALIZED", "VIEW")
    name = literal(cursor.qualified_name())
    if not cursor.at("AUTO", "REFRESH"):
        head = cursor.sql_since(0)
        return Plan("ALTER MATERIALIZED VIEW", (f"{head} {name_or_owner(cursor)}",))
    return Plan("ALTER MATERIALIZED VIEW", (f"DO {literal(f'BEGIN PERFORM {name}::regclass; END')}",))


def refresh(statement: Lexed) -> Plan:
    """REFRESH MATERIALIZED VIEW; CASCADE and RESTRICT have no effect here."""
    cursor = Cursor(statement)
    cursor.seek("CASCADE", "RESTRICT")
    return Plan("REFRESH", (cursor.sql_since(0),))


def drop_materialized(statement: Lexed) -> Plan:
    """DROP MATERIALIZED VIEW."""
    return Plan("DROP MATERIALIZED VIEW", (Cursor(statement).rest(),))


def _late_binding(statement: Lexed) -> Plan:
    """WITH NO SCHEMA BINDING: the query is stored as text and runs when the view is read."""
    tree = parse(statement.text)
    if not isinstance(tree, exp.Create) or tree.expression is None or isinstance(tree.this, exp.Schema):
        raise UnsupportedSqlError("this form of CREATE VIEW … WITH NO SCHEMA BINDING")
    _require_qualified_tables(tree.expression)
    replace = "true" if tree.args.get("replace") else "false"
    query = generate(transforms.apply(tree.expression.copy(), statement.context))
    name = generate(transforms.fold_names(tree.this.copy()))
    cursor = Cursor(statement)
    cursor.seek("AS")
    cursor.expect("AS")
    written = f"{cursor.source_rest()} WITH NO SCHEMA BINDING;"
    call = f"{LIBRARY}.create_late_binding_view({literal(name)}, {literal(query)}, {replace}, {literal(written)})"
    return Plan("CREATE VIEW", (f"DO {literal(f'BEGIN PERFORM {call}; END')}",))


def _require_qualified_tables(query: exp.Expr) -> None:
    common = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        if not table.db and isinstance(table.this, exp.Identifier) and table.name.lower() not in common:
            raise SqlError(
                "All the relation names inside should be qualified when creating views with no schema binding."
                f" Unqualified: {table.name.lower()}"
            )
