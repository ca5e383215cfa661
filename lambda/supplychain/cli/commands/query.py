"""`supplychain query`: one SQL statement, and its rows."""

import click

from supplychain.cli import terminal
from supplychain.cli.connection import Connection, reached
from supplychain.cli.options import checked, connection_options, one_line_errors, settings_options
from supplychain.settings import PlaceSettings
from supplychain.warehouse.data_api import DataApi, StatementError


@click.command()
@click.argument("sql")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def query(sql: str, form: str, *, connection: Connection, **given: str | None) -> None:
    """Run one SQL statement in the warehouse, as the caller's own IAM identity, and print its rows."""
    place = checked(PlaceSettings, given)
    with one_line_errors():
        try:
            result = reached(
                connection,
                lambda session: DataApi(session.client("redshift-data"), place.workgroup, place.database).execute(sql),
            )
        except StatementError as error:
            raise click.ClickException(error.message.removeprefix("ERROR: ")) from None
    terminal.print_result(result, form)
