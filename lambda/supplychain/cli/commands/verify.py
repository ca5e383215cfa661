"""`supplychain verify`: check the guarantees of the data in a warehouse or in files."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplychain import schema
from supplychain.cli import terminal
from supplychain.cli.admin_warehouse import WAREHOUSE_ERRORS, connect_as_admin
from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.guarantees import Found, check_engine, check_warehouse, shown
from supplychain.cli.options import UsageError, connection_options, one_line_errors, parse_settings, settings_options
from supplychain.cli.storage_address import storage_at
from supplychain.dataset.reader import GenerationError, check_files, complete_generation, read_rows
from supplychain.dataset.storage import FolderStorage, Storage
from supplychain.invariants import CHECKS, Facts, sqlite
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3


@click.command()
@click.option("--from", "source", help="check files instead of a warehouse: a folder, or s3://bucket/prefix/")
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def verify(source: str | None, *, connection: Connection, **given: str | None) -> None:
    """Check every guarantee of the data, and print the first rows that break one.

    Files are also checked against their manifest. The exit code is 1 if any check fails.
    """
    if source is not None and any(given.values()):
        raise UsageError("use either --from, or --workgroup and --database")
    place = parse_settings(PlaceSettings, given)
    with one_line_errors(GenerationError, *WAREHOUSE_ERRORS):
        if source is None:
            broken = call_aws(connection, lambda session: _verify_warehouse(session, place))
        elif source.startswith("s3://"):
            broken = call_aws(connection, lambda session: _verify_files(storage_at(source, session)))
        else:
            broken = _verify_files(FolderStorage(Path(source)))
    if broken:
        raise click.ClickException(f"{broken} of {len(CHECKS)} checks are broken")
    click.echo(f"all {len(CHECKS)} checks hold")


def _verify_warehouse(session: "boto3.Session", place: PlaceSettings) -> int:
    return _report(check_warehouse(connect_as_admin(session, place)))


def _verify_files(storage: Storage) -> int:
    manifest = complete_generation(storage)
    with terminal.progress("checking") as progress:
        check_files(storage, manifest, progress)
    with closing(sqlite.empty_engine()) as engine:
        for table in schema.TABLES:
            sqlite.fill(engine, table, read_rows(storage, manifest, table))
        return _report(check_engine(engine, Facts.of(manifest.settings, manifest.as_of)))


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
