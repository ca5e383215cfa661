"""Run the checks, and the users' questions, on Arrow tables, in SQLite."""

import sqlite3
from collections.abc import Iterator, Mapping
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
"""What the three kinds of user ask. Each question must have an answer in the default data set."""


def violations(tables: Mapping[str, pa.Table], facts: Facts) -> list[str]:
    """The checks that fail, a line each with the first rows that violate it."""
    found = wrong_columns(tables)
    if any(list(table.column_names) != tables[table.name].column_names for table in schema.TABLES):
        return found
    with closing(_loaded(tables)) as engine:
        for check in CHECKS:
            violating = engine.execute(check.sql(facts.figures(written))).fetchmany(3)
            if violating:
                found.append(f"invariant {check.invariant}, {check.name}: {violating}")
    return found


def unanswered(tables: Mapping[str, pa.Table], facts: Facts) -> list[str]:
    """The names of the questions to which a data set has no answer."""
    with closing(_loaded(tables)) as engine:
        figures = facts.figures(written)
        return [question.name for question in QUESTIONS if engine.execute(question.sql(figures)).fetchone() is None]


def wrong_columns(tables: Mapping[str, pa.Table]) -> list[str]:
    """The columns whose type, NULLs, length or range are not those of the schema."""
    found = []
    for table in schema.TABLES:
        rows = tables[table.name]
        if rows.column_names != list(table.column_names):
            found.append(f"{table.name}: columns {rows.column_names}")
            continue
        for column, field in zip(table.columns, arrow_schema(table), strict=True):
            problems = _problems(column, field.type, plain(rows[column.name]))
            found += [f"{table.name}.{column.name}: {problem}" for problem in problems]
    return found


def plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values without dictionary encoding."""
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _problems(column: schema.Column, expected: pa.DataType, values: pa.ChunkedArray) -> Iterator[str]:
    if values.type != expected:
        yield str(values.type)
    if values.null_count and column.name != "actual_delivery_date":
        yield f"NULL in {values.null_count} rows"
    if column.type.kind == "varchar" and len(values):
        longest = pc.max(pc.binary_length(values.cast(pa.binary()))).as_py()
        if longest > column.type.length:
            yield f"{longest} bytes"
    if column.type.kind == "decimal" and len(values):
        smallest, largest = pc.min(values).as_py(), pc.max(values).as_py()
        if smallest < 0 or largest >= 10 ** (column.type.precision - column.type.scale):
            yield f"values from {smallest} to {largest}"


def _loaded(tables: Mapping[str, pa.Table]) -> sqlite3.Connection:
    engine = empty_engine()
    for table in schema.TABLES:
        fill(engine, table, [tables[table.name]])
    return engine
