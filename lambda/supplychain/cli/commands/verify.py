"""`supplychain verify`: compare a deployment with its manifest, and check the guarantees of the data."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplychain import schema
from supplychain.cli import terminal
from supplychain.cli.admin_warehouse import WAREHOUSE_ERRORS, connect_as_admin
from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.deployment_checks import CHECKS as DEPLOYMENT_CHECKS
from supplychain.cli.deployment_checks import DEFAULT_STACK, deployment_of, report
from supplychain.cli.guarantees import Found, check_engine, check_warehouse, shown
from supplychain.cli.options import (
    AddressType,
    Command,
    UsageError,
    connection_options,
    one_line_errors,
    parse_settings,
    settings_options,
)
from supplychain.cli.storage_address import storage_at
from supplychain.cli.streams import echo
from supplychain.dataset.reader import GenerationError, check_files, complete_generation, read_rows
from supplychain.dataset.storage import FolderStorage, Storage
from supplychain.invariants import CHECKS, Facts, sqlite
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3


@click.command(cls=Command)
@click.option(
    "--from", "source", type=AddressType(), help="check files instead of a warehouse: a folder, or s3://bucket/prefix/"
)
@click.option("--stack-name", help=f"the stack that has deployed the warehouse  [default: {DEFAULT_STACK}]")
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def verify(source: str | None, *, stack_name: str | None, connection: Connection, **given: str | None) -> None:
    """Check that the data is what was deployed and that every guarantee of it holds, and name what differs.

    The warehouse, the files of the lake and the Glue tables are compared with the manifest. The first rows that differ
    or break a guarantee are printed. Without a stack, such as for a warehouse that `load` has filled, only the
    guarantees are checked, and with --from the files and the guarantees. The exit code is 1 if a check does not hold.
    """
    if source is not None and (stack_name or any(given.values())):
        raise UsageError("use either --from, or --stack-name, --workgroup and --database")
    place = parse_settings(PlaceSettings, given)
    with one_line_errors(GenerationError, *WAREHOUSE_ERRORS):
        if source is None:
            checks, broken = call_aws(connection, lambda session: _verify_warehouse(session, stack_name, given, place))
        elif source.startswith("s3://"):
            checks, broken = call_aws(connection, lambda session: _verify_files(storage_at(source, session)))
        else:
            checks, broken = _verify_files(FolderStorage(Path(source)))
    if broken:
        raise click.ClickException(f"{broken} of {checks} checks are broken")
    echo(f"all {checks} checks hold")


def _verify_warehouse(
    session: "boto3.Session", stack_name: str | None, given: dict[str, str | None], place: PlaceSettings
) -> tuple[int, int]:
    """Return the number of checks, and of those that do not hold."""
    deployed = deployment_of(session, stack_name, given)
    if deployed is None:
        found = check_warehouse(connect_as_admin(session, place))
        echo("no stack has deployed this warehouse: the lake and the Glue tables are not checked", err=True)
        return len(CHECKS), _report(found)
    broken = report(deployed)
    return len(DEPLOYMENT_CHECKS) + len(CHECKS), broken + _report(check_warehouse(deployed.warehouse))


def _verify_files(storage: Storage) -> tuple[int, int]:
    manifest = complete_generation(storage)
    with terminal.progress("checking") as progress:
        check_files(storage, manifest, progress)
    with closing(sqlite.empty_engine()) as engine:
        for table in schema.TABLES:
            sqlite.fill(engine, table, read_rows(storage, manifest, table))
        return len(CHECKS), _report(check_engine(engine, Facts.of(manifest.settings, manifest.as_of)))


def _report(found: Found) -> int:
    """Print all checks, and return the number of broken ones."""
    terminal.print_rows(
        ["invariant", "check", "", "first rows"],
        [
            (str(check.invariant), check.name, "broken" if rows else "holds", shown(rows))
            for check, rows in found.items()
        ],
        numeric=[True, False, False, False],
    )
    return sum(bool(rows) for rows in found.values())
