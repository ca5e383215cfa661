"""`supplychain catalog`: the Glue database and the six tables, without the stack."""

from typing import TYPE_CHECKING

import click

from supplychain.cli.connection import Connection, reached
from supplychain.cli.glue import bring_catalog
from supplychain.cli.options import UsageError, checked, connection_options, one_line_errors
from supplychain.cli.places import storage_at
from supplychain.dataset.manifest import read_manifest
from supplychain.dataset.reader import GenerationError
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3


@click.command()
@click.option(
    "--location", required=True, help="the generation in S3: s3://bucket/prefix/, with a folder for each table"
)
@click.option("--database", help=f"the AWS Glue database [default: {PlaceSettings().catalog_database}]")
@connection_options
def catalog(location: str, *, database: str | None, connection: Connection) -> None:
    """Create or update the Glue database and its six tables over Parquet files in S3.

    The tables are those that the stack makes. What is as it should be is left alone: run it as often as you like.
    """
    name = checked(PlaceSettings, {"catalog_database": database}).catalog_database
    if not location.startswith("s3://") or len(location) <= len("s3://"):
        raise UsageError(f"location: {location!r} is not accepted; s3://bucket/prefix/")
    place = f"{location.rstrip('/')}/"
    with one_line_errors(GenerationError):
        done = reached(connection, lambda session: _catalog(session, name, place))
    for what, outcome in done.items():
        click.echo(f"{outcome:<9} {what if what == name else f'{name}.{what}'}")


def _catalog(session: "boto3.Session", database: str, location: str) -> dict[str, str]:
    manifest = read_manifest(storage_at(location, session))
    if manifest is None:
        click.echo(f"no generation lies in {location} yet: the tables are empty until one does", err=True)
    elif manifest.format != "parquet":
        raise GenerationError(f"{location} holds CSV files: the tables read Parquet")
    return dict(bring_catalog(session.client("glue"), database, location))
