"""`supplychain show`: print what a deployment holds."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from botocore.exceptions import ClientError

from supplychain.cli import terminal
from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.deployment_checks import DEFAULT_STACK, find_deployment, problems
from supplychain.cli.doctor.check import is_denied
from supplychain.cli.doctor.deployment import Deployment
from supplychain.cli.doctor.stack import Stack
from supplychain.cli.options import Command, UsageError, connection_options, one_line_errors
from supplychain.cli.streams import echo
from supplychain.schema import TABLE_NAMES
from supplychain.settings import PlaceSettings, SettingError, read
from supplychain.warehouse.data_api import DataApi, StatementError

if TYPE_CHECKING:
    import boto3

_SHOWN: Final = {
    "workgroup": "WorkgroupName",
    "database": "DatabaseName",
    "catalog": "CatalogDatabaseName",
    "lake": "LakeBucketName",
    "generation": "Generation",
    "as of": "AsOf",
    "seed": "Seed",
}
"""The outputs that are printed, by their labels."""

_MOST_BYTES: Final = 1 << 20
"""No outputs file is larger: a stack has at most 200 outputs of 1,024 characters (limits of CloudFormation)."""

_GONE: Final = frozenset({"ResourceNotFoundException", "ValidationException"})
"""Codes with which the Data API answers for a workgroup or a database that does not exist."""


@click.command(cls=Command)
@click.option(
    "--outputs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="the file that `cdk deploy --outputs-file` wrote, instead of the stack",
)
@click.option("--stack-name", help=f"the stack that has deployed the data  [default: {DEFAULT_STACK}]")
@connection_options
def show(outputs: Path | None, *, stack_name: str | None, connection: Connection) -> None:
    """Show the location of a deployment, its generation, the rows of each table, and how to query it.

    If the data is not what was deployed, what differs is named. Up to 200,000 rows, all values are compared; above, the
    counts of rows and the sizes of files. `verify` compares everything.
    """
    if outputs is not None and stack_name is not None:
        raise UsageError("give either --outputs or --stack-name")
    if outputs is not None:
        stack_name, deployed = _outputs(outputs)
    else:
        stack_name, deployed = _outputs_of_stack(connection, stack_name or DEFAULT_STACK)
    try:
        place = read(PlaceSettings, {"workgroup": deployed["WorkgroupName"], "database": deployed["DatabaseName"]})
    except SettingError as error:
        raise click.ClickException(f"{outputs or stack_name}: {error}") from None
    for label, key in _SHOWN.items():
        echo(f"{label:<10} {deployed[key]}")
    with one_line_errors():
        counts = call_aws(connection, lambda session: _count_rows(session, place))
        if counts is not None:
            terminal.print_counts(["table", "rows"], counts)
        _show_how_to_query(place, local=connection.local)
        stack = Stack(stack_name, "UPDATE_COMPLETE", deployed)
        found = call_aws(connection, lambda session: problems(Deployment(session, stack, quick=True)))
    if found:
        echo("The data is not what was deployed:", err=True)
        for finding in found:
            echo(f"  {finding.check}: {finding.found}", err=True)
        options = [] if stack_name == DEFAULT_STACK else [f" --stack-name {stack_name}"]
        options += [" --local"] if connection.local else []
        echo(f"Put it back:\n  .venv/bin/supplychain repair{''.join(options)}", err=True)


def _count_rows(session: "boto3.Session", place: PlaceSettings) -> list[tuple[str, int]] | None:
    """Return the number of rows of each table, or None if they cannot be counted, as the checks then explain."""
    counts = " union all ".join(
        f"select {number}, '{name}', count(*) from {name}" for number, name in enumerate(TABLE_NAMES)
    )
    api = DataApi(session.client("redshift-data"), place.workgroup, place.database)
    try:
        return [(str(name), int(rows or 0)) for _, name, rows in api.execute(f"{counts} order by 1").rows]
    except StatementError as error:
        echo(f"the rows could not be counted: {' '.join(str(error).split())}", err=True)
    except ClientError as error:
        if is_denied(error) or error.response["Error"]["Code"] not in _GONE:
            raise
        echo(f"the rows could not be counted: {error.response['Error']['Message']}", err=True)
    return None


def _show_how_to_query(place: PlaceSettings, *, local: bool) -> None:
    options = [] if place.workgroup == PlaceSettings().workgroup else [f"--workgroup {place.workgroup}"]
    options += [] if place.database == PlaceSettings().database else [f"--database {place.database}"]
    options += ["--local"] if local else []
    example = "select status, count(*) from sales_order_header group by 1 order by 2 desc"
    echo("Query it:")
    echo(f'  .venv/bin/supplychain query {" ".join([*options, ""])}"{example}"')


def _outputs_of_stack(connection: Connection, stack_name: str) -> tuple[str, Mapping[str, str]]:
    with one_line_errors():
        return stack_name, call_aws(connection, lambda session: find_deployment(session, stack_name).outputs)


def _outputs(file: Path) -> tuple[str, Mapping[str, str]]:
    """Return the name of the stack and its outputs. Raises ClickException if the file has none of this app."""
    with one_line_errors(), file.open("rb") as opened:
        text = opened.read(_MOST_BYTES + 1)
    try:
        ((stack_name, outputs),) = json.loads(text if len(text) <= _MOST_BYTES else b"").items()
    except (ValueError, AttributeError, RecursionError):
        raise click.ClickException(f"{file} is not an outputs file of a single stack") from None
    if not isinstance(outputs, dict) or not all(isinstance(outputs.get(name), str) for name in _SHOWN.values()):
        raise click.ClickException(f"{file} has the outputs of a stack that is not of this app")
    return stack_name, outputs
