"""`supplychain tables`: the six tables of a deployment."""

from typing import Final

import click

from supplychain import schema
from supplychain.cli import terminal
from supplychain.cli.connection import CallError, Connection, call_aws
from supplychain.cli.described_tables import query_warehouse
from supplychain.cli.options import Command, connection_options, one_line_errors, parse_settings, settings_options
from supplychain.settings import PlaceSettings

_GRAINS: Final = {table.name: table.grain for table in schema.TABLES}


@click.command(cls=Command)
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def tables(*, connection: Connection, **given: str | None) -> None:
    """List the six tables of a warehouse, with their rows, what a row is, and the comment in the database."""
    place = parse_settings(PlaceSettings, given)
    counts = " union all ".join(f"select '{name}' as name, count(*) as n from {name}" for name in schema.TABLE_NAMES)
    sql = (
        f"select counted.name, counted.n, described.remarks from ({counts}) counted "
        "join svv_tables described on described.table_name = counted.name and described.table_schema = 'public'"
    )
    with one_line_errors():
        found = {str(row[0]): row for row in call_aws(connection, lambda session: query_warehouse(session, place, sql))}
        if missing := [name for name in schema.TABLE_NAMES if name not in found]:
            raise CallError(f"{place.workgroup}/{place.database} has no table {', '.join(missing)}")
        rows = [
            (name, f"{int(found[name][1] or 0):,}", _GRAINS[name], found[name][2] or "") for name in schema.TABLE_NAMES
        ]
        terminal.print_rows(
            ["table", "rows", "a row is", "comment"], rows, [False, True, False, False], expanded="auto"
        )
