"""`supplychain generate`: the six tables as files, and on request into the warehouse."""

import datetime as dt
import secrets
import time
from pathlib import Path

import click

from supplychain.cli import terminal
from supplychain.cli.connection import Connection
from supplychain.cli.options import checked, connection_options, one_line_errors, settings_options
from supplychain.cli.output_folder import earlier_files
from supplychain.dataset.manifest import Manifest
from supplychain.dataset.memory import keep_freed_memory
from supplychain.dataset.storage import FolderStorage
from supplychain.dataset.workers import ProcessLostError, default_processes
from supplychain.dataset.writer import Format
from supplychain.generator import generate_dataset
from supplychain.settings import LoadSettings, PlaceSettings, SeedSettings


@click.command()
@click.option(
    "--output-dir", type=click.Path(path_type=Path, file_okay=False), required=True, help="folder to write into"
)
@click.option("--format", "files", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    help="processes that make and write the data, which does not depend on it; one for little data, else as many as "
    "there are processors",
)
@click.option("--overwrite", is_flag=True, help="take the place of files that no manifest lists")
@settings_options(SeedSettings)
@click.option(
    "--load-redshift", is_flag=True, help="load the data into Redshift afterwards; the options below say where"
)
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
    """Generate the six tables as files, with a manifest.json that says what they are.

    The same settings, seed and as_of give the same files, byte for byte. --seed random draws a seed and prints it.
    """
    if given["seed"] == "random":
        given["seed"] = str(secrets.randbelow(2**63))
        click.echo(f"seed {given['seed']}", err=True)
    asked = checked(SeedSettings, given)
    place, how = checked(PlaceSettings, given), checked(LoadSettings, given)
    if load_redshift:
        from supplychain.cli.commands import load  # noqa: PLC0415  # AWS's library takes a while to import

        load.refuse_copy_from_here(how)
    keep_freed_memory()
    storage = FolderStorage(output_dir)
    started = time.monotonic()
    with one_line_errors(ProcessLostError, folder=output_dir):
        storage.remove(earlier_files(storage, overwrite=overwrite))
        with terminal.progress("generating") as progress:
            manifest = generate_dataset(
                storage,
                asked,
                dt.datetime.now(dt.UTC).date(),
                files=files,
                progress=progress,
                processes=default_processes(asked) if processes is None else processes,
            )
    _summarise(manifest, output_dir, time.monotonic() - started)
    if load_redshift:
        load.load_from(connection, lambda _: storage, place, how)


def _summarise(manifest: Manifest, output_dir: Path, seconds: float) -> None:
    terminal.print_counts(
        ["table", "rows", "bytes"],
        [(name, table.rows, sum(file.size for file in table.files)) for name, table in manifest.tables.items()],
    )
    click.echo(f"{manifest.rows:,} rows, {manifest.size:,} bytes in {seconds:.1f} s, in {output_dir}")
    click.echo(f"generation {manifest.generation}, as of {manifest.as_of}, seed {manifest.seed}")
    click.echo(f"digest {manifest.digest}")
