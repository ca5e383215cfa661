"""`supplychain schema`: the columns of a table of a deployment."""

from difflib import get_close_matches

import click

from supplychain.cli import terminal
from supplychain.cli.connection import CallError, Connection, call_aws
from supplychain.cli.described_tables import query_warehouse
from supplychain.cli.options import Command, connection_options, one_line_errors, parse_settings, settings_options
from supplychain.schema import TABLE_NAMES, TABLES
from supplychain.settings import PlaceSettings
from supplychain.warehouse.results import Value

_COLUMNS = """
select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable, remarks
from svv_columns where table_schema = 'public' and table_name = :name order by ordinal_position
"""


@click.command(cls=Command)
@click.argument("table")
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def schema(table: str, *, connection: Connection, **given: str | None) -> None:
    """Show the columns of a table as the warehouse has them: type, key, and comment."""
    place = parse_settings(PlaceSettings, given)
    with one_line_errors():
        found = call_aws(connection, lambda session: query_warehouse(session, place, _COLUMNS, {"name": table.lower()}))
        if not found:
            raise CallError(f"{place.workgroup}/{place.database} has no table {table!r}{_suggestion(table)}")
        rows = [
            (name, _type(*kind), _key(table.lower(), str(name), nullable), remarks or "")
            for name, *kind, nullable, remarks in found
        ]
        terminal.print_rows(["column", "type", "", "comment"], rows, numeric=[False] * 4, expanded="auto")


def _type(kind: Value, length: Value, precision: Value, scale: Value) -> str:
    match kind:
        case "character varying":
            return f"varchar({length})"
        case "numeric":
            return f"decimal({precision},{scale})"
        case _:
            return str(kind)


def _key(table: str, column: str, nullable: Value) -> str:
    """Return the role of a column in the keys, of which Redshift checks only NOT NULL."""
    marks = []
    for known in TABLES:
        if known.name == table:
            marks += ["primary key"] * (column in known.key)
            marks += [f"→ {one.to}" for one in known.references if column in one.columns]
    return ", ".join(marks or ["not null"] * (nullable == "NO"))


def _suggestion(table: str) -> str:
    close = get_close_matches(table.lower(), TABLE_NAMES, 1)
    return f". Did you mean {close[0]!r}?" if close else f"; it has {', '.join(TABLE_NAMES)}"
