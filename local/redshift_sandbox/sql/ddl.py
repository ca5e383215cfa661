"""CREATE TABLE: Redshift's storage clauses and keys are taken out of the statement and kept in a catalog table."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from redshift_sandbox.sql import functions, transforms
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Cursor, Lexed, lex, literal
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.plan import Plan

_TEXT_TYPES = (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR)
_MAX_CHAR = 4096


@dataclass
class Storage:
    """Storage clauses and keys of a table, as ``redshift_library.table_storage`` holds them."""

    diststyle: str = "AUTO"
    distkey: str | None = None
    sortkey: list[str] = field(default_factory=list)
    sortstyle: str = "AUTO"
    encodings: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """Return the row's values as JSON, for the library's ``record_table``."""
        return json.dumps(self.__dict__)


def create_table(statement: Lexed) -> Plan:
    """Return the plan of a CREATE TABLE, with or without AS SELECT.

    Raises
    ------
    SqlError
        If Redshift would refuse it.
    """
    cursor = statement.after("CREATE")
    if cursor.skip("LOCAL"):
        statement = lex(f"CREATE {cursor.source_rest()}", statement.context)
    storage, text = _take_storage(statement)
    tree = parse(text)
    if not isinstance(tree, exp.Create):
        raise Cursor(statement).syntax_error()
    if _table_of(tree).name.startswith("#"):
        _make_temporary(tree)
    _check_storage(tree, storage)
    _take_constraints(tree, storage)
    # It changes the tree in place.
    transforms.apply(tree, statement.context)
    set_text_lengths(tree)
    _copy_checks_with_like(tree)
    return Plan("CREATE TABLE", (generate(tree), record_table(_table_of(tree), storage, temporary=_is_temporary(tree))))


def record_table(table: exp.Table, storage: Storage, *, temporary: bool) -> str:
    """Return the step that records a table's storage and limits its text columns in bytes."""
    name = f"pg_temp.{generate(table.this)}" if temporary else generate(table)
    return f"SELECT {functions.LIBRARY}.record_table({literal(name)}::regclass, {literal(storage.as_json())})"


def _take_storage(statement: Lexed) -> tuple[Storage, str]:
    """Take DISTSTYLE, DISTKEY, SORTKEY, ENCODE and BACKUP out of the text."""
    cursor = Cursor(statement)
    storage, spans = Storage(), []
    while not cursor.at_end and cursor.word not in ("AS", "SELECT"):
        mark = cursor.index
        if skip_storage_clause(cursor, storage):
            spans.append((mark, cursor.index))
        elif cursor.skip("("):
            spans += _take_column_storage(cursor, storage)
        else:
            cursor.take()
    return storage, statement.without(spans)


def _take_column_storage(cursor: Cursor, storage: Storage) -> list[tuple[int, int]]:
    """Move past the columns in parentheses; return the spans of their storage clauses."""
    spans = []
    column = cursor.take().lower()
    while not cursor.at_end and not cursor.skip(")"):
        mark = cursor.index
        if cursor.skip(","):
            column = cursor.take().lower()
        elif _skip_column_clause(cursor, column, storage):
            spans.append((mark, cursor.index))
        elif not cursor.skip_parentheses():
            cursor.take()
    return spans


def skip_storage_clause(cursor: Cursor, storage: Storage) -> bool:
    """Move past a storage clause of a table and record it; return whether there is one here."""
    return _skip_distribution(cursor, storage) or _skip_sort_key(cursor, storage)


def _skip_distribution(cursor: Cursor, storage: Storage) -> bool:
    if cursor.skip("DISTKEY"):
        names = cursor.names_in_parentheses()
        storage.diststyle, storage.distkey = "KEY", names[0]
    elif cursor.skip("DISTSTYLE"):
        storage.diststyle = cursor.take().upper()
    else:
        # BACKUP has no effect here.
        return cursor.skip("BACKUP", "YES") or cursor.skip("BACKUP", "NO") or cursor.skip("ENCODE", "AUTO")
    return True


def _skip_sort_key(cursor: Cursor, storage: Storage) -> bool:
    if cursor.skip("SORTKEY", "AUTO"):
        return True
    style = cursor.word if cursor.at("INTERLEAVED", "SORTKEY") else "COMPOUND"
    if not (cursor.skip("SORTKEY") or cursor.skip("COMPOUND", "SORTKEY") or cursor.skip("INTERLEAVED", "SORTKEY")):
        return False
    storage.sortstyle, storage.sortkey = style, cursor.names_in_parentheses()
    return True


def _skip_column_clause(cursor: Cursor, column: str, storage: Storage) -> bool:
    if cursor.skip("ENCODE"):
        storage.encodings[column] = cursor.take().lower()
    elif cursor.skip("DISTKEY"):
        storage.diststyle, storage.distkey = "KEY", column
    elif cursor.skip("SORTKEY"):
        storage.sortkey, storage.sortstyle = [column], "COMPOUND"
    else:
        return False
    return True


def _take_constraints(tree: exp.Create, storage: Storage) -> None:
    """Take keys out, which Redshift only gives to its planner. NOT NULL of a primary key stays."""
    schema = tree.this
    if not isinstance(schema, exp.Schema):
        return
    columns: list[exp.Expr] = []
    required: set[str] = set()
    for part in schema.expressions:
        if isinstance(part, exp.ColumnDef):
            _take_column_keys(part, storage)
            columns.append(part)
        elif _is_key(part):
            storage.keys.append(part.sql())
            required |= _primary_key_columns(part)
        else:
            columns.append(part)
    for column in columns:
        if isinstance(column, exp.ColumnDef) and column.name.lower() in required:
            _require(column)
    schema.set("expressions", columns)


def _is_key(part: exp.Expr) -> bool:
    if part.find(exp.Check, exp.CheckColumnConstraint) is not None:
        raise SqlError("CHECK constraints are not supported")
    return isinstance(part, (exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint, exp.Constraint))


def _primary_key_columns(part: exp.Expr) -> set[str]:
    key = part.find(exp.PrimaryKey)
    return {node.name.lower() for node in key.find_all(exp.Identifier)} if key is not None else set()


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
    """Give every text column its length, and a check that counts it in bytes, as Redshift does."""
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
    """Make a table temporary whose name begins with #."""
    properties = tree.args.get("properties") or exp.Properties(expressions=[])
    properties.append("expressions", exp.TemporaryProperty())
    tree.set("properties", properties)


def _is_temporary(tree: exp.Create) -> bool:
    return tree.find(exp.TemporaryProperty) is not None
