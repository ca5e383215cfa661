"""The SQL that makes, empties and drops the tables, derived from `supplychain.schema`."""

from collections.abc import Iterable

from supplychain.schema import TABLES, Reference, Table
from supplychain.settings import Grantee

SCHEMA = "public"


def qualified(table: Table) -> str:
    """The table's name with its schema."""
    return f"{SCHEMA}.{table.name}"


def create_table(table: Table) -> str:
    """CREATE TABLE IF NOT EXISTS with keys, distribution and sort key.

    Redshift takes keys as hints for its planner and does not enforce them.
    """
    keys = [f"primary key ({', '.join(table.key)})", *(_foreign_key(reference) for reference in table.references)]
    style = f"diststyle key distkey ({table.distribution_key})" if table.distribution_key else "diststyle all"
    return (
        f"create table if not exists {qualified(table)} ({', '.join(_columns(table) + keys)}) "
        f"{style} sortkey ({', '.join(table.sort_key)})"
    )


def stage(table: Table) -> str:
    """The name of the session's temporary table that holds a table's rows before they are visible."""
    return f"stage_{table.name}"


def create_stage(table: Table) -> str:
    """CREATE TEMPORARY TABLE with the table's columns."""
    return f"create temporary table {stage(table)} ({', '.join(_columns(table))})"


def create_tables() -> list[str]:
    """The six CREATE statements, each after those it refers to."""
    return [create_table(table) for table in TABLES]


def drop_tables() -> list[str]:
    """The six DROP statements, with the views that depend on the tables."""
    return [f"drop table if exists {qualified(table)} cascade" for table in reversed(TABLES)]


def grant_select(grantees: Iterable[Grantee]) -> list[str]:
    """One GRANT for the six tables to all of `grantees`, or nothing where there are none."""
    names = ", ".join(_grantee(grantee) for grantee in grantees)
    return [f"grant select on {_all_tables()} to {names}"] if names else []


def revoke_select(grantees: Iterable[Grantee]) -> list[str]:
    """One REVOKE for the six tables from all of `grantees`, or nothing where there are none."""
    names = ", ".join(_grantee(grantee) for grantee in grantees)
    return [f"revoke select on {_all_tables()} from {names}"] if names else []


def _columns(table: Table) -> list[str]:
    key = set(table.key)
    return [
        f"{column.name} {column.type.redshift}{' not null' if column.required or column.name in key else ''}"
        for column in table.columns
    ]


def _all_tables() -> str:
    return ", ".join(qualified(table) for table in TABLES)


def _grantee(grantee: Grantee) -> str:
    match grantee.kind:
        case "public":
            return "public"
        case "role":
            return f'role "{grantee.name}"'
        case "user":
            return f'"{grantee.name}"'


def _foreign_key(reference: Reference) -> str:
    columns = ", ".join(reference.columns)
    return f"foreign key ({columns}) references {SCHEMA}.{reference.to} ({columns})"
