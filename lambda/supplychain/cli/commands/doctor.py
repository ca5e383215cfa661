"""`supplychain doctor`: whether an account is ready for a deployment, and whether a deployment is whole."""

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
from supplychain.cli.options import connection_options, one_line_errors, parse_settings, settings_options
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3


@click.command()
@click.option("--stack-name", default="SupplyChainWarehouse", show_default=True, help="the stack, deployed or not")
@click.option("--base-capacity", type=int, default=8, show_default=True, help="RPU of the workgroup to deploy")
@click.option(
    "--availability-zones", type=int, default=MIN_ZONES, show_default=True, help="zones of the workgroup to deploy"
)
@click.option(
    "--collect",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="also write the findings, the stack's events and the function's log into this file, to send with a report",
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
    """Check an account before a deployment, and the deployment once there is one.

    Changes nothing and asks with the caller's own rights: what it may not ask is unknown. Names that are not given are
    the deployed stack's, or the defaults. Exit code 1 where there is a problem.
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
            collect.write_text(evidence(session, stack_name, findings))
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
        click.echo(f"wrote {collected}: read it before you send it on")
    count = Counter(finding.status for finding in findings)
    told = f"{len(findings)} checks: {count['ok']} ok, {count['warning']} warnings, {count['unknown']} unknown"
    if count["problem"]:
        raise click.ClickException(f"{told}, {count['problem']} problems")
    click.echo(f"{told}, no problem")
