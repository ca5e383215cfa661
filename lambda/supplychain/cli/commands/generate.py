"""`supplychain generate`: write the six tables as files, and optionally load them."""

import datetime as dt
import secrets
import time
from pathlib import Path

import click

from supplychain.cli import terminal
from supplychain.cli.connection import Connection
from supplychain.cli.options import (
    Command,
    FolderType,
    connection_options,
    one_line_errors,
    parse_settings,
    settings_options,
)
from supplychain.cli.output_folder import replacement
from supplychain.cli.streams import echo
from supplychain.dataset.manifest import Manifest
from supplychain.dataset.memory import keep_freed_memory
from supplychain.dataset.storage import FolderStorage
from supplychain.dataset.workers import ProcessLostError, default_processes
from supplychain.dataset.writer import Format
from supplychain.generator import generate_dataset
from supplychain.settings import LoadSettings, PlaceSettings, SeedSettings


@click.command(cls=Command)
@click.option("--output-dir", type=FolderType(), required=True, help="folder to write into")
@click.option("--format", "files", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="number of processes; the data does not depend on it [default: 1 for small data sets, otherwise the number of "
    "processors]",
)
@click.option("--overwrite", is_flag=True, help="also replace files of tables that are not in a manifest")
@settings_options(SeedSettings)
@click.option("--load-redshift", is_flag=True, help="then load the data into Redshift, as the options below specify")
@settings_options(PlaceSettings, without=("catalog_database",))
@settings_options(LoadSettings)
@connection_options
def generate(
    output_dir: Path,
    files: Format,
    *,
    processes: int | None,
    overwrite: bool,
    load_redshift: bool,
    connection: Connection,
    **given: str | None,
) -> None:
    """Generate the six tables as files, with a manifest.json that describes them.

    The same settings, seed and as_of produce byte-identical files. --seed random draws a seed and prints it.
    """
    if given["seed"] == "random":
        given["seed"] = str(secrets.randbelow(2**63))
        echo(f"seed {given['seed']}", err=True)
    settings = parse_settings(SeedSettings, given)
    place, load_settings = parse_settings(PlaceSettings, given), parse_settings(LoadSettings, given)
    if load_redshift:
        from supplychain.cli.commands import load  # noqa: PLC0415  # the AWS SDK is slow to import

        load.refuse_copy_from_folder(load_settings)
    keep_freed_memory()
    storage = FolderStorage(output_dir)
    started = time.monotonic()
    with (
        one_line_errors(ProcessLostError, folder=output_dir),
        replacement(storage, overwrite=overwrite) as draft,
        terminal.progress("generating") as progress,
    ):
        manifest = generate_dataset(
            draft,
            settings,
            dt.datetime.now(dt.UTC).date(),
            files=files,
            progress=progress,
            processes=default_processes(settings) if processes is None else processes,
        )
    _print_summary(manifest, output_dir, time.monotonic() - started)
    if load_redshift:
        load.load_from(connection, lambda _: storage, place, load_settings)


def _print_summary(manifest: Manifest, output_dir: Path, seconds: float) -> None:
    terminal.print_counts(
        ["table", "rows", "bytes"],
        [(name, table.rows, sum(file.size for file in table.files)) for name, table in manifest.tables.items()],
    )
    echo(f"{manifest.rows:,} rows, {manifest.size:,} bytes in {seconds:.1f} s, in {output_dir}")
    echo(f"generation {manifest.generation}, as of {manifest.as_of}, seed {manifest.seed}")
    echo(f"digest {manifest.digest}")
