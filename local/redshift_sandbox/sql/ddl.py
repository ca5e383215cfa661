"""CREATE TABLE: what Redshift stores and PostgreSQL does not know is taken out and kept in a side catalog."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql import functions, transforms
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Lexed, lex, literal
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan

_TEXT_TYPES = (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR)
_MAX_CHAR = 4096


@dataclass
class Storage:
    """Storage clauses and keys of a table, as its side-catalog entry holds them."""

    diststyle: str = "AUTO"
    distkey: str | None = None
    sortkey: list[str] = field(default_factory=list)
    sortstyle: str = "AUTO"
    backup: bool = True
    encodings: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """Return the entry."""
        return json.dumps(self.__dict__)


def create_table(statement: Lexed) -> Plan:
    """Return the plan of a CREATE TABLE, with or without AS SELECT.

    Raises
    ------
    SqlError
        If Redshift would refuse it.
    """
    if statement.words(2)[1:] == ("LOCAL",):
        statement = lex(f"CREATE {statement.slice(2)}", statement.context)
    storage, text = _take_storage(statement)
    tree = parse(text)
    if not isinstance(tree, exp.Create):
        raise SqlError(f'syntax error at or near "{statement.tokens[0].text}"')
    if _table_of(tree).name.startswith("#"):
        _make_temporary(tree)
    _check_storage(tree, storage)
    _take_constraints(tree, storage)
    # In place: the tree stays the CREATE that it is.
    transforms.apply(tree, statement.context)
    set_text_lengths(tree)
    _copy_checks_with_like(tree)
    return Plan("CREATE TABLE", (generate(tree), record_table(_table_of(tree), storage, temporary=_is_temporary(tree))))


def record_table(table: exp.Table, storage: Storage, *, temporary: bool) -> str:
    """Return the step that records a table's storage, and sees to it that its texts are measured in bytes."""
    name = f"pg_temp.{generate(table.this)}" if temporary else generate(table)
    return f"SELECT {functions.LIBRARY}.record_table({literal(name)}::regclass, {literal(storage.as_json())})"


def _take_storage(statement: Lexed) -> tuple[Storage, str]:
    """Take DISTSTYLE, DISTKEY, SORTKEY, ENCODE and BACKUP out of the text."""
    tokens = statement.tokens
    storage, spans = Storage(), []
    depth, index, column = 0, 0, ""
    while index < len(tokens):
        token = tokens[index]
        word = token.text.upper()
        if token.token_type == TokenType.L_PAREN:
            depth += 1
            if depth == 1:
                column = tokens[index + 1].text.lower() if index + 1 < len(tokens) else ""
        elif token.token_type == TokenType.R_PAREN:
            depth -= 1
        elif token.token_type == TokenType.COMMA and depth == 1:
            column = tokens[index + 1].text.lower() if index + 1 < len(tokens) else ""
        if depth == 0 and word in ("AS", "SELECT"):
            break
        taken = storage_clause(statement, index, depth, column, storage) if token.token_type != TokenType.STRING else 0
        if taken:
            spans.append((index, index + taken))
        index += taken or 1
    return storage, statement.without(spans)


def storage_clause(statement: Lexed, index: int, depth: int, column: str, storage: Storage) -> int:
    """Record the storage clause that begins at a token; return how many tokens it has, 0 if none begins there."""
    words = [*(token.text.upper() for token in statement.tokens[index : index + 2]), ""]
    if depth == 1:
        return _column_clause(statement, index, words[0], column, storage)
    return _distribution_clause(statement, index, words, storage) or _sort_clause(statement, index, words, storage)


def _distribution_clause(statement: Lexed, index: int, words: list[str], storage: Storage) -> int:
    word, following = words[:2]
    if word == "DISTKEY":
        names, length = _names(statement, index + 1)
        storage.diststyle, storage.distkey = "KEY", names[0] if names else None
        return 1 + length
    if word == "DISTSTYLE":
        storage.diststyle = following
        return 2
    if word == "BACKUP" and following in ("YES", "NO"):
        storage.backup = following == "YES"
        return 2
    return 2 if (word, following) == ("ENCODE", "AUTO") else 0


def _sort_clause(statement: Lexed, index: int, words: list[str], storage: Storage) -> int:
    word, following = words[:2]
    if (word, following) == ("SORTKEY", "AUTO"):
        return 2
    if word == "SORTKEY":
        word, lead = "COMPOUND", 1
    elif word in ("COMPOUND", "INTERLEAVED") and following == "SORTKEY":
        lead = 2
    else:
        return 0
    storage.sortstyle = word
    storage.sortkey, length = _names(statement, index + lead)
    return lead + length


def _column_clause(statement: Lexed, index: int, word: str, column: str, storage: Storage) -> int:
    if statement.tokens[index - 1].text in ("(", ",") or statement.tokens[index].token_type == TokenType.IDENTIFIER:
        # A column of that name, not a clause.
        return 0
    if word == "ENCODE" and index + 1 < len(statement.tokens):
        storage.encodings[column] = statement.tokens[index + 1].text.lower()
        return 2
    if word == "DISTKEY":
        storage.diststyle, storage.distkey = "KEY", column
        return 1
    if word == "SORTKEY":
        storage.sortkey, storage.sortstyle = [column], "COMPOUND"
        return 1
    return 0


def _names(statement: Lexed, index: int) -> tuple[list[str], int]:
    """Return the names in the parentheses that begin at a token, and how many tokens they take."""
    names, position = [], index
    while position < len(statement.tokens):
        token = statement.tokens[position]
        position += 1
        if token.token_type == TokenType.R_PAREN:
            break
        if token.token_type not in (TokenType.L_PAREN, TokenType.COMMA):
            names.append(token.text.lower())
    return names, position - index


def _take_constraints(tree: exp.Create, storage: Storage) -> None:
    """Take keys out: Redshift keeps them for its planner and does not enforce them. NOT NULL of a primary key stays."""
    schema = tree.this
    if not isinstance(schema, exp.Schema):
        return
    required: set[str] = set()
    kept = []
    for part in schema.expressions:
        if isinstance(part, exp.ColumnDef):
            _take_column_keys(part, storage)
            kept.append(part)
            continue
        key = part.find(exp.PrimaryKey)
        if key is not None:
            required |= {node.name.lower() for node in key.find_all(exp.Identifier)}
        if part.find(exp.Check, exp.CheckColumnConstraint) is not None:
            raise SqlError("CHECK constraints are not supported")
        if isinstance(part, (exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint, exp.Constraint)):
            storage.keys.append(part.sql())
        else:
            kept.append(part)
    for part in kept:
        if isinstance(part, exp.ColumnDef) and part.name.lower() in required:
            _require(part)
    schema.set("expressions", kept)


def _take_column_keys(column: exp.ColumnDef, storage: Storage) -> None:
    kept = []
    for constraint in column.constraints:
        kind = constraint.kind
        if isinstance(kind, exp.CheckColumnConstraint):
            raise SqlError("CHECK constraints are not supported")
        if isinstance(kind, exp.PrimaryKeyColumnConstraint):
            storage.keys.append(f"PRIMARY KEY ({column.name.lower()})")
            kept.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
        elif isinstance(kind, (exp.UniqueColumnConstraint, exp.Reference)):
            storage.keys.append(f"{kind.sql()} ({column.name.lower()})")
        else:
            kept.append(constraint)
    column.set("constraints", kept)


def _require(column: exp.ColumnDef) -> None:
    if not any(isinstance(constraint.kind, exp.NotNullColumnConstraint) for constraint in column.constraints):
        column.append("constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))


def set_text_lengths(tree: exp.Expr) -> None:
    """Give every text column its length, and a check that counts bytes as Redshift does, not characters."""
    for column in tree.find_all(exp.ColumnDef):
        kind = column.args.get("kind")
        if not isinstance(kind, exp.DataType) or kind.this not in _TEXT_TYPES:
            continue
        default = transforms.DEFAULT_VARCHAR if kind.this == exp.DataType.Type.VARCHAR else 1
        length = int(kind.expressions[0].name) if kind.expressions else default
        limit = transforms.MAX_VARCHAR if kind.this == exp.DataType.Type.VARCHAR else _MAX_CHAR
        if length > limit:
            kind_name = "character varying" if limit == transforms.MAX_VARCHAR else "character"
            raise SqlError(f"length for type {kind_name} cannot exceed {limit}")
        kind.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(length))])
        column.append(
            "constraints",
            exp.ColumnConstraint(
                this=exp.to_identifier(_check_name(tree, column, length), quoted=True), kind=_check(column, length)
            ),
        )


def _check(column: exp.ColumnDef, length: int) -> exp.CheckColumnConstraint:
    measure = exp.Anonymous(this="octet_length", expressions=[exp.column(column.name, quoted=True)])
    return exp.CheckColumnConstraint(this=exp.LTE(this=measure, expression=exp.Literal.number(length)))


def _check_name(tree: exp.Expr, column: exp.ColumnDef, length: int) -> str:
    # Unique in the table; errors.py reads the length from it.
    digest = hashlib.sha256(f"{tree.sql()[:200]}.{column.name}".encode()).hexdigest()[:12]
    return f"redshift_bytes_{length}_{digest}"


def _copy_checks_with_like(tree: exp.Expr) -> None:
    for like in tree.find_all(exp.LikeProperty):
        like.append("expressions", exp.Property(this="INCLUDING", value=exp.var("CONSTRAINTS")))


def _table_of(tree: exp.Create) -> exp.Table:
    table: Any = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if not isinstance(table, exp.Table):
        raise UnsupportedSqlError("this form of CREATE TABLE")
    return table


def _check_storage(tree: exp.Create, storage: Storage) -> None:
    if storage.diststyle == "KEY" and storage.distkey is None:
        raise SqlError("DISTSTYLE KEY needs a DISTKEY")
    columns = [column.name.lower() for column in tree.find_all(exp.ColumnDef)]
    if columns and not tree.find(exp.LikeProperty):
        for name in [*storage.sortkey, *([storage.distkey] if storage.distkey else [])]:
            if name not in columns:
                raise SqlError(f'column "{name}" named in key does not exist')


def _make_temporary(tree: exp.Create) -> None:
    """A name that begins with # is that of a temporary table."""
    properties = tree.args.get("properties") or exp.Properties(expressions=[])
    properties.append("expressions", exp.TemporaryProperty())
    tree.set("properties", properties)


def _is_temporary(tree: exp.Create) -> bool:
    return tree.find(exp.TemporaryProperty) is not None
