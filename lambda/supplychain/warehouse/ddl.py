"""The SQL that creates, drops and grants access to the tables, derived from `supplychain.schema`."""

from collections.abc import Collection, Iterable

from supplychain.schema import TABLES, Reference, Table
from supplychain.settings import Grantee

SCHEMA = "public"

RESTORE_SCHEMA = (f"create schema if not exists {SCHEMA}", f"grant usage on schema {SCHEMA} to public")
"""Recreates the schema as Redshift does in a new database, but for the right of every user to create objects in it."""

RESTRICT_PUBLIC = f"revoke create on schema {SCHEMA} from public"
"""Redshift lets every user create objects in schema `public`."""


def qualified(table: Table) -> str:
    """Return the name of a table with its database schema."""
    return f"{SCHEMA}.{table.name}"


def create_table(table: Table) -> str:
    """Return CREATE TABLE IF NOT EXISTS with keys, distribution style and sort key.

    Redshift does not enforce keys; its planner uses them as hints.
    """
    keys = [f"primary key ({', '.join(table.key)})", *(_foreign_key(reference) for reference in table.references)]
    style = f"diststyle key distkey ({table.distribution_key})" if table.distribution_key else "diststyle all"
    return (
        f"create table if not exists {qualified(table)} ({', '.join(_columns(table) + keys)}) "
        f"{style} sortkey ({', '.join(table.sort_key)})"
    )


def staging_table(table: Table) -> str:
    """Return the name of the temporary table that holds the rows of a table before the commit."""
    return f"stage_{table.name}"


def create_staging_table(table: Table) -> str:
    """Return CREATE TEMPORARY TABLE with the columns of a table."""
    return f"create temporary table {staging_table(table)} ({', '.join(_columns(table))})"


def create_tables() -> list[str]:
    """Return the CREATE statements of the six tables; each follows those of the tables that it references."""
    return [create_table(table) for table in TABLES]


def drop_tables(tables: Collection[Table] = TABLES) -> list[str]:
    """Return the DROP statements of some tables, which also drop the views that depend on them."""
    return [f"drop table if exists {qualified(table)} cascade" for table in reversed(TABLES) if table in tables]


def grant_select(grantees: Iterable[Grantee]) -> list[str]:
    """Return a GRANT on the six tables to all grantees, or no statement if there are none."""
    names = ", ".join(_grantee(grantee) for grantee in grantees)
    return [f"grant select on {_all_tables()} to {names}"] if names else []


READ_PRINCIPALS = "select 'user:' || user_name from svv_user_info union all select 'role:' || role_name from svv_roles"
"""The query for the users and roles that exist, as `Grantee` writes them."""


def revoke_select(grantees: Iterable[Grantee]) -> list[str]:
    """Return a REVOKE on the six tables from all grantees, or no statement if there are none."""
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
