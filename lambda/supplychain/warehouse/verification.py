"""Checks that run inside the loading transaction and abort it.

Redshift has no RAISE in plain SQL, so a check is a statement that divides by zero if it finds an error. The position of
the failed statement in the batch identifies the check.
"""

from dataclasses import dataclass

from supplychain.dataset.manifest import Manifest
from supplychain.schema import TABLES, Reference, Table
from supplychain.warehouse.ddl import SCHEMA, qualified


@dataclass(frozen=True)
class Check:
    """A statement that fails unless `condition` holds."""

    condition: str
    sql: str


def checks(manifest: Manifest) -> list[Check]:
    """Return the checks of row counts against the manifest, of unique keys and of references."""
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
    duplicates = (
        f"select 1 from {qualified(table)} group by {', '.join(_expressions(table, table.key, table.name))} "
        "having count(*) > 1"
    )
    return Check(
        f"{table.name} has each ({', '.join(table.key)}) once",
        f"select 1 / case when count(*) = 0 then 1 else 0 end from ({duplicates}) as doubled",
    )


def _reference(table: Table, reference: Reference) -> Check:
    sides = (_expressions(table, reference.columns, side) for side in ("child", "parent"))
    join = " and ".join(f"{child} = {parent}" for child, parent in zip(*sides, strict=True))
    return Check(
        f"every ({', '.join(reference.columns)}) of {table.name} is in {reference.to}",
        f"select 1 / case when count(*) = 0 then 1 else 0 end from {qualified(table)} as child "
        f"left join {SCHEMA}.{reference.to} as parent on {join} where parent.{reference.columns[0]} is null",
    )


def _expressions(table: Table, columns: tuple[str, ...], side: str) -> list[str]:
    """Return the columns as expressions, so that Redshift's planner cannot rely on the declared keys."""
    types = {column.name: column.type.kind for column in table.columns}
    return [f"{side}.{name} + 0" if types[name] == "integer" else f"{side}.{name} || ''" for name in columns]
