"""`supplychain load`: a generation that lies in files, here or in S3, into the warehouse."""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from supplychain.cli import terminal
from supplychain.cli.connection import Connection, reached
from supplychain.cli.options import (
    UsageError,
    checked,
    connection_options,
    one_line_errors,
    settings_options,
)
from supplychain.cli.places import WAREHOUSE_ERRORS, opened, storage_at
from supplychain.dataset.manifest import MANIFEST, Manifest
from supplychain.dataset.reader import GenerationError, check_files, complete_generation
from supplychain.dataset.storage import S3Storage, Storage
from supplychain.settings import LoadSettings, PlaceSettings
from supplychain.warehouse.loader import Load

if TYPE_CHECKING:
    import boto3

FindStorage = Callable[["boto3.Session"], Storage]
_COPY_NEEDS_S3: Final = "COPY reads Parquet files in S3 and nothing else: use auto or insert"


@click.command()
@click.option("--from", "source", required=True, help="a folder, or s3://bucket/prefix/, with a manifest.json")
@settings_options(PlaceSettings, without=("catalog_database",))
@settings_options(LoadSettings)
@click.option("--copy-role", help="ARN of the role that COPY reads S3 with [default: the namespace's own]")
@connection_options
def load(source: str, *, copy_role: str | None, connection: Connection, **given: str | None) -> None:
    """Load what `generate` or `export` wrote into Redshift, in place of what the six tables hold.

    One transaction makes the new rows visible, after it has verified counts, keys and references. COPY is used for
    Parquet files in S3, INSERT for all others.
    """
    place, how = checked(PlaceSettings, given), checked(LoadSettings, given)
    if not source.startswith("s3://"):
        refuse_copy_from_here(how)
    load_from(connection, lambda session: storage_at(source, session), place, how, copy_role=copy_role)


def refuse_copy_from_here(how: LoadSettings) -> None:
    """Raise UsageError where COPY is wanted of files that lie in a folder."""
    if how.load_method == "copy":
        raise UsageError(f"load_method: 'copy' is not accepted for a folder; {_COPY_NEEDS_S3}")


def load_from(
    connection: Connection, find: FindStorage, place: PlaceSettings, how: LoadSettings, *, copy_role: str | None = None
) -> None:
    """Check the files that `find` finds, load them, and say at each step what was done."""
    with one_line_errors(GenerationError, *WAREHOUSE_ERRORS):
        reached(connection, lambda session: _load(session, find(session), place, how, copy_role))


def _load(
    session: "boto3.Session", storage: Storage, place: PlaceSettings, how: LoadSettings, copy_role: str | None
) -> None:
    started = time.monotonic()
    manifest = complete_generation(storage)
    method = _method(how, storage, manifest)
    with terminal.progress("checking") as progress:
        check_files(storage, manifest, progress)
    click.echo(f"checked {manifest.rows:,} rows in {storage.location}: they are those of {MANIFEST}")
    warehouse = opened(session, place)
    click.echo(f"connected to {warehouse.place} as its admin")
    role = copy_role or warehouse.copy_role
    if method == "copy" and role is None:
        raise GenerationError(f"{_COPY_NEEDS_S3}, with a role: give --copy-role, the namespace has none")
    held_rows = {name: table.rows for name, table in manifest.tables.items()}
    with terminal.table_progress("loading", held_rows) as progressed:
        loading = Load(
            api=warehouse.api,
            settings=replace(how, load_method=method),
            request=str(uuid.uuid4()),
            copy_role=role or "",
            staged=progressed,
        )
        held = loading.prepare()
        click.echo("the six tables are there")
        loading.load(storage, manifest, held)
        if method == "copy":
            for name, rows in held_rows.items():
                progressed(name, rows)
    click.echo(f"verified counts, keys and references, and committed in {time.monotonic() - started:.1f} s")
    terminal.print_counts(["table", "rows"], list(held_rows.items()))
    click.echo(f"generation {manifest.generation}, as of {manifest.as_of}, seed {manifest.seed}")


def _method(how: LoadSettings, storage: Storage, manifest: Manifest) -> str:
    """By insert or copy; GenerationError if COPY is wanted and cannot read the files."""
    copyable = isinstance(storage, S3Storage) and manifest.format == "parquet"
    if how.load_method == "copy" and not copyable:
        raise GenerationError(f"{storage.location} holds {manifest.format.upper()} files; {_COPY_NEEDS_S3}")
    return how.method(manifest.rows, copy_possible=copyable)
