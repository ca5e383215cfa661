"""Create and update the Glue database and its six tables without the stack."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from supplychain import schema

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import DatabaseInputTypeDef, TableInputTypeDef

Outcome = Literal["created", "updated", "unchanged"]


def update_catalog(glue: "GlueClient", database: str, location: str) -> dict[str, Outcome]:
    """Create or update the database and its tables, as the stack defines them, for a generation at `location`.

    Returns what was done with the database, under its own name, and with each table.
    """
    outcomes = {database: _update_database(glue, database)}
    for table in schema.TABLES:
        outcomes[table.name] = _update_table(glue, database, schema.glue_table(table, location))
    return outcomes


def _update_database(glue: "GlueClient", database: str) -> Outcome:
    wanted: DatabaseInputTypeDef = {"Name": database, "Description": schema.CATALOG_COMMENT}
    return _create_or_update(
        wanted,
        lambda: glue.get_database(Name=database)["Database"],
        lambda: glue.create_database(DatabaseInput=wanted),
        lambda: glue.update_database(Name=database, DatabaseInput=wanted),
        glue,
    )


def _update_table(glue: "GlueClient", database: str, wanted: "TableInputTypeDef") -> Outcome:
    return _create_or_update(
        wanted,
        lambda: glue.get_table(DatabaseName=database, Name=wanted["Name"])["Table"],
        lambda: glue.create_table(DatabaseName=database, TableInput=wanted),
        lambda: glue.update_table(DatabaseName=database, TableInput=wanted),
        glue,
    )


def _create_or_update(
    wanted: Any, get: Callable[[], Any], create: Callable[[], Any], update: Callable[[], Any], glue: "GlueClient"
) -> Outcome:
    try:
        existing = get()
    except glue.exceptions.EntityNotFoundException:
        create()
        return "created"
    if includes(existing, wanted):
        return "unchanged"
    update()
    return "updated"


def includes(existing: Any, wanted: Any) -> bool:
    """Return whether everything wanted exists. Glue adds fields of its own."""
    if isinstance(wanted, dict):
        return isinstance(existing, dict) and all(includes(existing.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(existing, list)
            and len(existing) == len(wanted)
            and all(includes(one, other) for one, other in zip(existing, wanted, strict=True))
        )
    return bool(existing == wanted)
