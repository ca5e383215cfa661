"""Checks of the guarantees of the data, in a warehouse or in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from supplychain.cli.admin_warehouse import AdminWarehouse, read_record
from supplychain.cli.connection import CallError
from supplychain.invariants import CHECKS, Facts, sqlite
from supplychain.invariants.queries import Check
from supplychain.warehouse import record
from supplychain.warehouse.results import Value

Rows = Sequence[tuple[Value, ...]]
Found = Mapping[Check, Rows]
"""The first rows that break each check; none if it holds."""

_SHOWN_ROWS: Final = 3


def check_warehouse(warehouse: AdminWarehouse) -> Found:
    """Run all checks in a warehouse. Raises CallError if it has no record of its generation and settings."""
    recorded = read_record(warehouse)
    settings = {str(name): str(value) for name, value in warehouse.api.execute(record.READ_SETTINGS).rows}
    if not settings:
        raise CallError(f"{warehouse.place} has no record of the settings of its rows: load them again")
    facts = Facts.of(settings, dt.date.fromisoformat(recorded.as_of))

    def run_query(sql: str) -> Rows:
        return warehouse.api.execute(f"{sql}\nlimit {_SHOWN_ROWS}").rows

    return _found(run_query, facts.figures(lambda day: f"date '{day}'"))


def check_engine(engine: sqlite3.Connection, facts: Facts) -> Found:
    """Run all checks in SQLite."""
    return _found(lambda sql: engine.execute(sql).fetchmany(_SHOWN_ROWS), facts.figures(sqlite.written))


def shown(rows: Rows) -> str:
    """Return rows as one line."""
    return "; ".join(" ".join(map(str, row)) for row in rows)


def _found(run_query: Callable[[str], Rows], figures: Mapping[str, object]) -> Found:
    return {check: run_query(check.sql(figures)) for check in CHECKS}
