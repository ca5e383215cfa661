"""`supplychain doctor`: check an account before a deployment, and the deployment itself."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplychain.cli import terminal
from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.doctor.account import MIN_ZONES, Wanted
from supplychain.cli.doctor.check import Finding
from supplychain.cli.doctor.evidence import evidence
from supplychain.cli.doctor.examination import examine
from supplychain.cli.options import Command, connection_options, one_line_errors, parse_settings, settings_options
from supplychain.cli.streams import echo
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3


@click.command(cls=Command)
@click.option(
    "--stack-name", default="SupplyChainWarehouse", show_default=True, help="name of the stack, deployed or not"
)
@click.option("--base-capacity", type=int, default=8, show_default=True, help="base capacity to deploy, in RPU")
@click.option(
    "--availability-zones", type=int, default=MIN_ZONES, show_default=True, help="availability zones to deploy to"
)
@click.option(
    "--collect",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="also write the findings, the stack's events and the function's log to this file, to send with a report",
)
@settings_options(PlaceSettings, without=("database",))
@connection_options
def doctor(
    stack_name: str,
    base_capacity: int,
    availability_zones: int,
    *,
    collect: Path | None,
    connection: Connection,
    **given: str | None,
) -> None:
    """Check an account before a deployment, and the deployment if there is one.

    Nothing is changed. Checks that the caller's permissions do not allow are reported as unknown, with the permissions
    that they need. Names default to those of the deployed stack. The exit code is 1 if there is a problem.
    """
    parse_settings(PlaceSettings, given)
    wanted = Wanted(
        base_capacity=base_capacity,
        availability_zones=availability_zones,
        **{name: value for name, value in given.items() if value},
    )

    def run(session: "boto3.Session") -> list[Finding]:
        findings = list(examine(session, stack_name, wanted))
        if collect:
            collect.write_text(evidence(session, stack_name, findings), encoding="utf-8")
        return findings

    with one_line_errors(folder=collect):
        findings = call_aws(connection, run)
    _report(findings, collect)


def _report(findings: Sequence[Finding], collected: Path | None) -> None:
    terminal.print_rows(
        ["", "check", "found", "what to do"],
        [(finding.status, finding.check, finding.found, finding.fix) for finding in findings],
        numeric=[False] * 4,
    )
    if collected:
        echo(f"wrote {collected}: read it before you send it")
    count = Counter(finding.status for finding in findings)
    summary = f"{len(findings)} checks: {count['ok']} ok, {count['warning']} warnings, {count['unknown']} unknown"
    if count["problem"]:
        raise click.ClickException(f"{summary}, {count['problem']} problems")
    echo(f"{summary}, no problem")
