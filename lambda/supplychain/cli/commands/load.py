"""`supplychain load`: load the files of a generation, in a folder or in S3, into the warehouse."""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from supplychain.cli import terminal
from supplychain.cli.admin_warehouse import WAREHOUSE_ERRORS, connect_as_admin
from supplychain.cli.connection import Connection, call_aws
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
from supplychain.dataset.manifest import MANIFEST, Manifest
from supplychain.dataset.reader import GenerationError, check_files, complete_generation
from supplychain.dataset.storage import S3Storage, Storage
from supplychain.settings import LoadSettings, PlaceSettings
from supplychain.warehouse.data_api import DataApi
from supplychain.warehouse.loader import Loader

if TYPE_CHECKING:
    import boto3

FindStorage = Callable[["boto3.Session"], Storage]
_COPY_NEEDS_S3: Final = "COPY reads only Parquet files in S3: use auto or insert"


@click.command(cls=Command)
@click.option(
    "--from", "source", required=True, type=AddressType(), help="a folder, or s3://bucket/prefix/, with a manifest.json"
)
@settings_options(PlaceSettings, without=("catalog_database",))
@settings_options(LoadSettings)
@click.option(
    "--copy-role", help="ARN of the role with which COPY reads S3 [default: the default role of the namespace]"
)
@connection_options
def load(source: str, *, copy_role: str | None, connection: Connection, **given: str | None) -> None:
    """Load the files of `generate` or `export` into Redshift, replacing the rows of the six tables.

    A single transaction replaces the rows and verifies counts, keys and references. COPY is used for Parquet files in
    S3, INSERT for all others.
    """
    place, load_settings = parse_settings(PlaceSettings, given), parse_settings(LoadSettings, given)
    if not source.startswith("s3://"):
        refuse_copy_from_folder(load_settings)
    load_from(connection, lambda session: storage_at(source, session), place, load_settings, copy_role=copy_role)


def refuse_copy_from_folder(settings: LoadSettings) -> None:
    """Raise UsageError if COPY is requested for files in a folder."""
    if settings.load_method == "copy":
        raise UsageError(f"--load-method: 'copy' is not accepted for a folder; {_COPY_NEEDS_S3}")


def load_from(
    connection: Connection,
    find: FindStorage,
    place: PlaceSettings,
    load_settings: LoadSettings,
    *,
    copy_role: str | None = None,
) -> None:
    """Check the files in the storage that `find` returns, load them, and print each step."""
    with one_line_errors(GenerationError, *WAREHOUSE_ERRORS):
        call_aws(connection, lambda session: _load(session, find(session), place, load_settings, copy_role))


def _load(
    session: "boto3.Session", storage: Storage, place: PlaceSettings, load_settings: LoadSettings, copy_role: str | None
) -> None:
    started = time.monotonic()
    manifest = complete_generation(storage)
    method = _method(load_settings, storage, manifest)
    with terminal.progress("checking") as progress:
        check_files(storage, manifest, progress)
    echo(f"checked {manifest.rows:,} rows in {storage.location}: they match {MANIFEST}")
    warehouse = connect_as_admin(session, place)
    echo(f"connected to {warehouse.place} as its admin")
    role = copy_role or warehouse.copy_role
    if method == "copy" and role is None:
        raise GenerationError("COPY needs a role: give --copy-role, because the namespace has no default role")
    _replace_rows(warehouse.api, storage, manifest, replace(load_settings, load_method=method), role or "")
    echo(f"verified counts, keys and references, and committed in {time.monotonic() - started:.1f} s")
    terminal.print_counts(["table", "rows"], [(name, table.rows) for name, table in manifest.tables.items()])
    echo(f"generation {manifest.generation}, as of {manifest.as_of}, seed {manifest.seed}")


def _replace_rows(
    api: DataApi, storage: Storage, manifest: Manifest, load_settings: LoadSettings, copy_role: str
) -> None:
    rows_by_table = {name: table.rows for name, table in manifest.tables.items()}
    with terminal.table_progress("loading", rows_by_table) as add_rows:
        loader = Loader(api, load_settings, str(uuid.uuid4()), copy_role, on_staged=add_rows)
        state = loader.prepare()
        echo("the six tables exist")
        loader.load(storage, manifest, state)
        if load_settings.load_method == "copy":
            for name, rows in rows_by_table.items():
                add_rows(name, rows)


def _method(load_settings: LoadSettings, storage: Storage, manifest: Manifest) -> str:
    """Return insert or copy. Raises GenerationError if COPY is requested and cannot read the files."""
    copyable = isinstance(storage, S3Storage) and manifest.format == "parquet"
    if load_settings.load_method == "copy" and not copyable:
        raise GenerationError(f"{storage.location} holds {manifest.format.upper()} files; {_COPY_NEEDS_S3}")
    return load_settings.method(manifest.rows, copy_possible=copyable)
