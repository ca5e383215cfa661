"""`supplychain repair`: put back what was removed or changed in a deployment."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from supplychain.cli.admin_warehouse import WAREHOUSE_ERRORS
from supplychain.cli.connection import CallError, Connection, call_aws
from supplychain.cli.deployed_settings import deployed_settings
from supplychain.cli.deployment_checks import CHECKS, DEFAULT_STACK, find_deployment, report
from supplychain.cli.options import Command, connection_options, one_line_errors
from supplychain.cli.repair import generated_again, repair_catalog, repair_lake, repair_warehouse
from supplychain.cli.streams import echo
from supplychain.dataset.reader import GenerationError
from supplychain.dataset.workers import ProcessLostError

if TYPE_CHECKING:
    import boto3


@click.command(cls=Command)
@click.option("--stack-name", default=DEFAULT_STACK, show_default=True, help="the stack to repair")
@connection_options
def repair(stack_name: str, *, connection: Connection) -> None:
    """Put back what was removed or changed in a deployment, without deploying.

    The data is generated again from the settings in the stack's template, and compared: files of the lake byte for
    byte, and rows of the warehouse value for value. What differs is replaced, and so are missing tables, record,
    grants and Glue tables. Each thing that was put back is a line. Then the deployment is checked.
    """
    with one_line_errors(GenerationError, ProcessLostError, *WAREHOUSE_ERRORS):
        call_aws(connection, lambda session: _repair(session, stack_name))


def _repair(session: "boto3.Session", stack_name: str) -> None:
    deployment = find_deployment(session, stack_name)
    outputs = deployment.outputs
    if deployment.stack.status.endswith("_IN_PROGRESS"):
        raise CallError(f"{stack_name} is {deployment.stack.status}: wait until it is complete, then repair it")
    settings = deployed_settings(session.client("cloudformation"), stack_name, outputs["Generation"])
    done = 0
    with generated_again(settings.seed, dt.date.fromisoformat(outputs["AsOf"])) as (made, manifest):
        for lines in (
            repair_lake(deployment.lake, made),
            repair_warehouse(deployment, settings, made, manifest),
            repair_catalog(deployment),
        ):
            for line in lines:
                echo(line)
                done += 1
    if not done:
        echo("nothing to repair")
    if wrong := report(find_deployment(session, stack_name)):
        raise click.ClickException(f"{wrong} of {len(CHECKS)} checks of the deployment do not hold")
