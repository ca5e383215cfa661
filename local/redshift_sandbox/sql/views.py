"""Views: bound ones, late-binding ones and materialized ones."""

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.ddl import Storage, storage_clause
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Lexed, lex, literal, rejoin
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan

_BINDING = ("WITH", "NO", "SCHEMA", "BINDING")


def create_view(statement: Lexed) -> Plan:
    """CREATE VIEW, bound to its tables or not."""
    words = tuple(token.text.upper() for token in statement.tokens)
    if words[-len(_BINDING) :] == _BINDING:
        return _late_binding(lex(statement.slice(0, -len(_BINDING)), statement.context))
    tree = parse(statement.text)
    if not isinstance(tree, exp.Create):
        raise UnsupportedSqlError("this form of CREATE VIEW")
    return Plan("CREATE VIEW", (generate(transforms.apply(tree, statement.context)),))


def _late_binding(statement: Lexed) -> Plan:
    """WITH NO SCHEMA BINDING: the query is kept as text and run when the view is read."""
    tree = parse(statement.text)
    if not isinstance(tree, exp.Create) or tree.expression is None or isinstance(tree.this, exp.Schema):
        raise UnsupportedSqlError("this form of CREATE VIEW … WITH NO SCHEMA BINDING")
    for table in tree.expression.find_all(exp.Table):
        common = {cte.alias.lower() for cte in tree.expression.find_all(exp.CTE)}
        if not table.db and isinstance(table.this, exp.Identifier) and table.name.lower() not in common:
            raise SqlError(
                "All the relation names inside should be qualified when creating views with no schema binding."
                f" Unqualified: {table.name.lower()}"
            )
    replace = "true" if tree.args.get("replace") else "false"
    query = generate(transforms.apply(tree.expression.copy(), statement.context))
    name = generate(transforms.fold_names(tree.this.copy()))
    body = next((i for i, token in enumerate(statement.tokens) if token.token_type == TokenType.ALIAS), 0)
    written = statement.slice(body + 1)
    given = ", ".join([literal(name), literal(query), replace, literal(f"{written} WITH NO SCHEMA BINDING;")])
    call = f"{LIBRARY}.create_late_binding_view({given})"
    return Plan("CREATE VIEW", (f"DO {literal(f'BEGIN PERFORM {call}; END')}",))


def create_materialized(statement: Lexed) -> Plan:
    """CREATE MATERIALIZED VIEW; its storage clauses and AUTO REFRESH change nothing here."""
    tokens = statement.tokens
    body = next((index for index, token in enumerate(tokens) if token.token_type == TokenType.ALIAS), None)
    if body is None:
        raise SqlError("syntax error at end of input")
    name_end = 4
    while name_end < body and tokens[name_end].token_type == TokenType.DOT:
        name_end += 2
    _check_options(statement, name_end, body)
    query = generate(transforms.apply(parse(statement.slice(body + 1)), statement.context))
    return Plan("CREATE MATERIALIZED VIEW", (f"CREATE MATERIALIZED VIEW {rejoin(statement, 3, name_end)} AS {query}",))


def _check_options(statement: Lexed, first: int, after: int) -> None:
    index = first
    while index < after:
        words = [token.text.upper() for token in statement.tokens[index : index + 3]]
        if words[:2] == ["AUTO", "REFRESH"]:
            index += 3
            continue
        taken = storage_clause(statement, index, 0, "", Storage())
        if not taken:
            raise SqlError(f'syntax error at or near "{statement.tokens[index].text}"')
        index += taken


def alter_materialized(statement: Lexed) -> Plan:
    """ALTER MATERIALIZED VIEW; to refresh by itself has no effect here."""
    words = [token.text.upper() for token in statement.tokens]
    if "REFRESH" not in words:
        return Plan("ALTER MATERIALIZED VIEW", (rejoin(statement),))
    name = literal(rejoin(statement, 3, words.index("AUTO") if "AUTO" in words else None).replace(" ", ""))
    return Plan("ALTER MATERIALIZED VIEW", (f"DO {literal(f'BEGIN PERFORM {name}::regclass; END')}",))


def refresh(statement: Lexed) -> Plan:
    """REFRESH MATERIALIZED VIEW."""
    words = [token.text.upper() for token in statement.tokens]
    after = next((words.index(word) for word in ("CASCADE", "RESTRICT") if word in words), None)
    return Plan("REFRESH", (rejoin(statement, 0, after),))


def drop_materialized(statement: Lexed) -> Plan:
    """DROP MATERIALIZED VIEW."""
    return Plan("DROP MATERIALIZED VIEW", (rejoin(statement),))
