"""The Glue database and its six tables, made and kept up without the stack."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from supplychain import schema

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import DatabaseInputTypeDef, TableInputTypeDef

Outcome = Literal["created", "updated", "unchanged"]


def bring_catalog(glue: "GlueClient", database: str, location: str) -> dict[str, Outcome]:
    """Make the database and the tables over the folders of a generation at `location` what the stack would make them.

    Gives what was done with the database, under its own name, and with each table.
    """
    described: DatabaseInputTypeDef = {"Name": database, "Description": schema.CATALOG_COMMENT}
    done = {
        database: _bring(
            described,
            lambda: glue.get_database(Name=database)["Database"],
            lambda: glue.create_database(DatabaseInput=described),
            lambda: glue.update_database(Name=database, DatabaseInput=described),
            glue,
        )
    }
    for table in schema.TABLES:
        done[table.name] = _bring_table(glue, database, schema.glue_table(table, location))
    return done


def _bring_table(glue: "GlueClient", database: str, wanted: "TableInputTypeDef") -> Outcome:
    return _bring(
        wanted,
        lambda: glue.get_table(DatabaseName=database, Name=wanted["Name"])["Table"],
        lambda: glue.create_table(DatabaseName=database, TableInput=wanted),
        lambda: glue.update_table(DatabaseName=database, TableInput=wanted),
        glue,
    )


def _bring(
    wanted: Any, get: Callable[[], Any], create: Callable[[], Any], update: Callable[[], Any], glue: "GlueClient"
) -> Outcome:
    try:
        there = get()
    except glue.exceptions.EntityNotFoundException:
        create()
        return "created"
    if _holds(there, wanted):
        return "unchanged"
    update()
    return "updated"


def _holds(there: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there; Glue adds fields of its own."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_holds(there.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(there) == len(wanted)
            and all(_holds(a, b) for a, b in zip(there, wanted, strict=True))
        )
    return bool(there == wanted)
