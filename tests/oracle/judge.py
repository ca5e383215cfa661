"""Runs the checks over Arrow tables, in SQLite."""

import datetime as dt
import math
import sqlite3
from collections.abc import Mapping
from contextlib import closing

import pyarrow as pa
import pyarrow.compute as pc

from oracle.facts import Facts
from oracle.queries import CHECKS, QUESTIONS
from supplychain import schema
from supplychain.arrow import arrow_schema

_EPOCH = dt.date(1970, 1, 1)


def violations(tables: Mapping[str, pa.Table], facts: Facts) -> list[str]:
    """What is wrong: a line for each rule that is broken, with its first rows; none where all is well."""
    found = columns_at_fault(tables)
    if any(list(table.column_names) != tables[table.name].column_names for table in schema.TABLES):
        return found
    with closing(_loaded(tables)) as engine:
        for check in CHECKS:
            rows = engine.execute(check.sql(_figures(facts))).fetchmany(3)
            if rows:
                found.append(f"invariant {check.invariant}, {check.name}: {rows}")
    return found


def unanswered(tables: Mapping[str, pa.Table], facts: Facts) -> list[str]:
    """The questions to which a data set has no answer."""
    with closing(_loaded(tables)) as engine:
        return [one.name for one in QUESTIONS if engine.execute(one.sql(_figures(facts))).fetchone() is None]


def columns_at_fault(tables: Mapping[str, pa.Table]) -> list[str]:
    """Columns whose type, empty fields or length are not the schema's."""
    found = []
    for table in schema.TABLES:
        made = tables[table.name]
        if made.column_names != list(table.column_names):
            found.append(f"{table.name}: columns {made.column_names}")
            continue
        for column, field in zip(table.columns, arrow_schema(table), strict=True):
            values = plain(made[column.name])
            if values.type != field.type:
                found.append(f"{table.name}.{column.name}: {values.type}")
            if values.null_count and column.name != "actual_delivery_date":
                found.append(f"{table.name}.{column.name}: NULL in {values.null_count} rows")
            if column.type.kind == "varchar" and len(values):
                longest = pc.max(pc.binary_length(values.cast(pa.binary()))).as_py()
                if longest > column.type.length:
                    found.append(f"{table.name}.{column.name}: {longest} bytes")
            if column.type.kind == "decimal" and len(values):
                most = pc.max(values).as_py()
                if not 0 <= most < 10 ** (column.type.precision - column.type.scale) or pc.min(values).as_py() < 0:
                    found.append(f"{table.name}.{column.name}: {most}")
    return found


def plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same without dictionary encoding."""
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _loaded(tables: Mapping[str, pa.Table]) -> sqlite3.Connection:
    """The tables in memory: dates as days since 1970-01-01, money in cents."""
    engine = sqlite3.connect(":memory:")
    engine.create_function("SQRT", 1, lambda x: None if x is None else math.sqrt(x), deterministic=True)
    engine.create_function("FLOOR", 1, lambda x: None if x is None else math.floor(x), deterministic=True)
    for table in schema.TABLES:
        names = table.column_names
        engine.execute(f"CREATE TABLE {table.name} ({', '.join(names)})")
        columns = [_numbers(plain(tables[table.name][name])) for name in names]
        marks = ", ".join("?" * len(names))
        engine.executemany(f"INSERT INTO {table.name} VALUES ({marks})", zip(*columns, strict=True))
        # Not unique: whether keys are is for a check to say. By number, as the lines are joined.
        engine.execute(f"CREATE INDEX {table.name}_key ON {table.name} ({', '.join(reversed(table.key))})")
    return engine


def _numbers(values: pa.ChunkedArray) -> list[object]:
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    elif pa.types.is_decimal(values.type):
        values = pc.multiply(values, pa.scalar(100)).cast(pa.int64())
    return values.to_pylist()


def _figures(facts: Facts) -> dict[str, int]:
    """The figures that the checks name, dates as days since 1970-01-01."""
    first_monday = facts.first_day + dt.timedelta(days=-facts.first_day.weekday() % 7)
    return {
        "as_of": (facts.as_of - _EPOCH).days,
        "first_day": (facts.first_day - _EPOCH).days,
        "first_monday": (first_monday - _EPOCH).days,
        "days": facts.days,
        "num_products": facts.num_products,
        "warehouses": facts.warehouses,
        "orders_low": facts.orders[0],
        "orders_high": facts.orders[1],
        "purchases_low": facts.purchases[0],
        "purchases_high": facts.purchases[1],
    }
