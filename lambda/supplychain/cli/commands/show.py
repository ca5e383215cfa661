"""`supplychain show`: print what a deployment holds."""

import json
from pathlib import Path

import click

from supplychain.cli import terminal
from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.options import connection_options, one_line_errors
from supplychain.schema import TABLE_NAMES
from supplychain.settings import PlaceSettings
from supplychain.warehouse.data_api import DataApi, StatementError


@click.command()
@click.option(
    "--outputs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="the file that `cdk deploy --outputs-file` wrote",
)
@connection_options
def show(outputs: Path, *, connection: Connection) -> None:
    """Show the location of a deployment, its generation, the rows of each table, and how to query it."""
    deployed = _outputs(outputs)
    place = PlaceSettings(workgroup=deployed["WorkgroupName"], database=deployed["DatabaseName"])
    counts = " union all ".join(
        f"select {number}, '{name}', count(*) from {name}" for number, name in enumerate(TABLE_NAMES)
    )
    with one_line_errors(StatementError):
        result = call_aws(
            connection,
            lambda session: DataApi(session.client("redshift-data"), place.workgroup, place.database).execute(
                f"{counts} order by 1"
            ),
        )
    for label, key in (
        ("workgroup", "WorkgroupName"),
        ("database", "DatabaseName"),
        ("catalog", "CatalogDatabaseName"),
        ("lake", "LakeBucketName"),
        ("generation", "Generation"),
        ("as of", "AsOf"),
        ("seed", "Seed"),
    ):
        click.echo(f"{label:<10} {deployed[key]}")
    terminal.print_counts(["table", "rows"], [(str(name), int(rows or 0)) for _, name, rows in result.rows])
    _show_how_to_query(place, local=connection.local)


def _show_how_to_query(place: PlaceSettings, *, local: bool) -> None:
    options = [] if place.workgroup == PlaceSettings().workgroup else [f"--workgroup {place.workgroup}"]
    options += [] if place.database == PlaceSettings().database else [f"--database {place.database}"]
    options += ["--local"] if local else []
    example = "select status, count(*) from sales_order_header group by 1 order by 2 desc"
    click.echo("Query it:")
    click.echo(f'  .venv/bin/supplychain query {" ".join([*options, ""])}"{example}"')


def _outputs(file: Path) -> dict[str, str]:
    try:
        (outputs,) = json.loads(file.read_text()).values()
    except (ValueError, AttributeError):
        raise click.ClickException(f"{file} is not an outputs file of a single stack") from None
    if "WorkgroupName" not in outputs:
        raise click.ClickException(f"{file} has the outputs of a stack that is not of this app")
    return dict(outputs)
