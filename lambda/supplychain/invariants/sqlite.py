"""Load tables into SQLite for the checks: dates as days since 1970-01-01, money in cents."""

import datetime as dt
import math
import sqlite3
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from supplychain import schema

_EPOCH = dt.date(1970, 1, 1)


def empty_engine() -> sqlite3.Connection:
    """A database with the six empty tables, held in memory as far as it fits, else in a temporary file."""
    engine = sqlite3.connect("")
    engine.create_function("SQRT", 1, lambda x: None if x is None else math.sqrt(x), deterministic=True)
    engine.create_function("FLOOR", 1, lambda x: None if x is None else math.floor(x), deterministic=True)
    for table in schema.TABLES:
        engine.execute(f"CREATE TABLE {table.name} ({', '.join(table.column_names)})")
    return engine


def fill(engine: sqlite3.Connection, table: schema.Table, chunks: Iterable[pa.Table]) -> None:
    """Insert the rows of a table, dictionary-encoded or not, and index it by its key."""
    placeholders = ", ".join("?" * len(table.columns))
    for rows in chunks:
        columns = [_numbers(rows[name]) for name in table.column_names]
        engine.executemany(f"INSERT INTO {table.name} VALUES ({placeholders})", zip(*columns, strict=True))
    # Not a unique index, as a check verifies that keys are unique. Reversed, as lines are joined by order number alone.
    engine.execute(f"CREATE INDEX {table.name}_key ON {table.name} ({', '.join(reversed(table.key))})")


def written(day: dt.date) -> int:
    """A date as the queries for SQLite contain it."""
    return (day - _EPOCH).days


def _numbers(values: pa.ChunkedArray) -> list[object]:
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    elif pa.types.is_decimal(values.type):
        values = pc.multiply(values, pa.scalar(100)).cast(pa.int64())
    return list(values.to_pylist())
