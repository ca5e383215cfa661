"""Checks that run inside the loading transaction and abort it.

Redshift has no RAISE in plain SQL, so a check is a statement that divides by zero where what it counts is wrong. Which
statement of the batch failed tells which check it was.
"""

from dataclasses import dataclass

from supplychain.manifest import Manifest
from supplychain.schema import TABLES, Reference, Table
from supplychain.warehouse.ddl import SCHEMA, qualified


@dataclass(frozen=True)
class Check:
    """A statement that fails where `claim` does not hold."""

    claim: str
    sql: str


def checks(manifest: Manifest) -> list[Check]:
    """Every table's rows are as many as the manifest says, its key is unique, its references are kept."""
    return [
        *(_count(table, manifest.tables[table.name].rows) for table in TABLES),
        *(_key(table) for table in TABLES),
        *(_reference(table, reference) for table in TABLES for reference in table.references),
    ]


def _count(table: Table, rows: int) -> Check:
    return Check(
        f"{table.name} has {rows:,} rows",
        f"select 1 / case when count(*) = {rows} then 1 else 0 end from {qualified(table)}",
    )


def _key(table: Table) -> Check:
    key = ", ".join(table.key)
    doubles = f"select {key} from {qualified(table)} group by {key} having count(*) > 1"
    return Check(
        f"{table.name} has each ({key}) once",
        f"select 1 / case when count(*) = 0 then 1 else 0 end from ({doubles}) as doubled",
    )


def _reference(table: Table, reference: Reference) -> Check:
    join = " and ".join(f"child.{column} = parent.{column}" for column in reference.columns)
    return Check(
        f"every ({', '.join(reference.columns)}) of {table.name} is in {reference.to}",
        f"select 1 / case when count(*) = 0 then 1 else 0 end from {qualified(table)} as child "
        f"left join {SCHEMA}.{reference.to} as parent on {join} where parent.{reference.columns[0]} is null",
    )
