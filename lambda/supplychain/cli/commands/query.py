"""`supplychain query`: run an SQL statement and print its rows."""

import click

from supplychain.cli import terminal
from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.options import connection_options, one_line_errors, parse_settings, settings_options
from supplychain.settings import PlaceSettings
from supplychain.warehouse.data_api import DataApi, StatementError


@click.command()
@click.argument("sql")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def query(sql: str, form: str, *, connection: Connection, **given: str | None) -> None:
    """Run one SQL statement in the warehouse as your own IAM identity, and print its rows."""
    place = parse_settings(PlaceSettings, given)
    with one_line_errors():
        try:
            result = call_aws(
                connection,
                lambda session: DataApi(session.client("redshift-data"), place.workgroup, place.database).execute(sql),
            )
        except StatementError as error:
            raise click.ClickException(error.message.removeprefix("ERROR: ")) from None
        terminal.print_result(result, form)
