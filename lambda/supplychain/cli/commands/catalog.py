"""`supplychain catalog`: create the Glue database and the six tables without the stack."""

from typing import TYPE_CHECKING

import click

from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.glue import update_catalog
from supplychain.cli.options import Command, UsageError, connection_options, one_line_errors, parse_settings
from supplychain.cli.storage_address import storage_at
from supplychain.cli.streams import echo
from supplychain.dataset.manifest import read_manifest
from supplychain.dataset.reader import GenerationError
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3


@click.command(cls=Command)
@click.option(
    "--location", required=True, help="the generation in S3: s3://bucket/prefix/, with a folder for each table"
)
@click.option("--database", help=f"the AWS Glue database [default: {PlaceSettings().catalog_database}]")
@connection_options
def catalog(location: str, *, database: str | None, connection: Connection) -> None:
    """Create or update the Glue database and its six tables over Parquet files in S3.

    The tables are the same as those of the stack. Running the command again changes nothing.
    """
    name = parse_settings(PlaceSettings, {"catalog_database": database}).catalog_database
    if not location.startswith("s3://") or len(location) <= len("s3://"):
        raise UsageError(f"--location: {location!r} is not accepted; s3://bucket/prefix/")
    location = f"{location.rstrip('/')}/"
    with one_line_errors(GenerationError):
        outcomes = call_aws(connection, lambda session: _catalog(session, name, location))
    for resource, outcome in outcomes.items():
        echo(f"{outcome:<9} {resource if resource == name else f'{name}.{resource}'}")


def _catalog(session: "boto3.Session", database: str, location: str) -> dict[str, str]:
    manifest = read_manifest(storage_at(location, session))
    if manifest is None:
        echo(f"{location} has no generation yet: the tables are empty until it does", err=True)
    elif manifest.format != "parquet":
        raise GenerationError(f"{location} holds CSV files: the tables read Parquet")
    return dict(update_catalog(session.client("glue"), database, location))
