"""Runs the checks over Arrow tables, in SQLite."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.invariants import CHECKS, Facts
from supplychain.invariants.queries import read_queries
from supplychain.invariants.sqlite import empty_engine, fill, written

QUESTIONS = read_queries(Path(__file__).with_name("questions.sql"))
"""What the three kinds of users ask. Each must find something in the default data set."""


def violations(tables: Mapping[str, pa.Table], facts: Facts) -> list[str]:
    """What is wrong: a line for each rule that is broken, with its first rows; none where all is well."""
    found = columns_at_fault(tables)
    if any(list(table.column_names) != tables[table.name].column_names for table in schema.TABLES):
        return found
    with closing(_loaded(tables)) as engine:
        for check in CHECKS:
            rows = engine.execute(check.sql(facts.figures(written))).fetchmany(3)
            if rows:
                found.append(f"invariant {check.invariant}, {check.name}: {rows}")
    return found


def unanswered(tables: Mapping[str, pa.Table], facts: Facts) -> list[str]:
    """The questions to which a data set has no answer."""
    with closing(_loaded(tables)) as engine:
        return [one.name for one in QUESTIONS if engine.execute(one.sql(facts.figures(written))).fetchone() is None]


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
    engine = empty_engine()
    for table in schema.TABLES:
        fill(engine, table, [tables[table.name]])
    return engine
