"""`supplychain export`: write the deployed generation from the lake to local files."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplychain import schema
from supplychain.cli import terminal
from supplychain.cli.admin_warehouse import WAREHOUSE_ERRORS, connect_as_admin, read_record
from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.options import (
    Command,
    FolderType,
    connection_options,
    one_line_errors,
    parse_settings,
    settings_options,
)
from supplychain.cli.output_folder import replacement
from supplychain.cli.stack import stack_outputs
from supplychain.cli.streams import echo
from supplychain.dataset.csv_writer import CsvFile
from supplychain.dataset.manifest import MANIFEST, File, Manifest, write_manifest
from supplychain.dataset.progress import Progress
from supplychain.dataset.reader import GenerationError, check_files, complete_generation, read_rows
from supplychain.dataset.storage import FolderStorage, S3Storage, Storage
from supplychain.dataset.writer import Format
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3


@click.command(cls=Command)
@click.option("--output-dir", type=FolderType(), required=True, help="folder to write into")
@click.option("--format", "files", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--overwrite", is_flag=True, help="also replace files of tables that are not in a manifest")
@click.option("--bucket", help="the bucket of the lake [default: that of the stack]")
@click.option("--stack-name", default="SupplyChainWarehouse", show_default=True, help="the stack that owns the lake")
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def export(
    output_dir: Path,
    files: Format,
    *,
    overwrite: bool,
    bucket: str | None,
    stack_name: str,
    connection: Connection,
    **given: str | None,
) -> None:
    """Write the generation that a warehouse holds as files, for backup or migration.

    The rows are read from the lake. The files are identical to those of `generate` with the same settings.
    """
    parse_settings(PlaceSettings, given)
    with (
        one_line_errors(GenerationError, *WAREHOUSE_ERRORS, folder=output_dir),
        replacement(FolderStorage(output_dir), overwrite=overwrite) as folder,
    ):

        def run(session: "boto3.Session") -> Manifest:
            storage = deployed_generation(session, given, bucket, stack_name)
            manifest = complete_generation(storage)
            echo(f"exporting generation {manifest.generation} from {storage.location}")
            with terminal.progress("exporting") as progress:
                return write_export(storage, manifest, folder, files, progress)

        manifest = call_aws(connection, run)
    terminal.print_counts(
        ["table", "rows", "bytes"],
        [(name, table.rows, sum(file.size for file in table.files)) for name, table in manifest.tables.items()],
    )
    echo(f"{manifest.rows:,} rows, {manifest.size:,} bytes, in {output_dir}")
    echo(f"digest {manifest.digest}")


def deployed_generation(
    session: "boto3.Session", given: dict[str, str | None], bucket: str | None, stack_name: str
) -> S3Storage:
    """Return the storage of the generation that a warehouse holds.

    Without a bucket, the lake is that of the stack, and so is the place except for the options in `given`.
    """
    if bucket is None:
        outputs = stack_outputs(session, stack_name)
        bucket = outputs["LakeBucketName"]
        deployed = {"workgroup": outputs["WorkgroupName"], "database": outputs["DatabaseName"]}
        given = {name: given.get(name) or value for name, value in deployed.items()}
    warehouse = connect_as_admin(session, parse_settings(PlaceSettings, given))
    return S3Storage(session.client("s3"), bucket, f"{warehouse.place}/{read_record(warehouse).generation}/")


def write_export(
    source: Storage, manifest: Manifest, folder: FolderStorage, files: Format, progress: Progress | None = None
) -> Manifest:
    """Write a generation of Parquet files to a folder, with the files that `generate_dataset` would write.

    Raises
    ------
    GenerationError
        If the rows differ from the manifest of the source.
    """
    written = _copy_files(source, manifest, folder) if files == "parquet" else _write_csv(source, manifest, folder)
    exported = replace(
        manifest,
        tables={name: replace(table, files=written[name]) for name, table in manifest.tables.items()},
    )
    try:
        check_files(folder, exported, progress)
    except GenerationError as error:
        found = str(error).removeprefix(f"{folder.location}/")
        raise GenerationError(f"{source.location} differs from its {MANIFEST}: {found}") from None
    write_manifest(folder, exported)
    return exported


def _copy_files(source: Storage, manifest: Manifest, folder: FolderStorage) -> dict[str, tuple[File, ...]]:
    for contents in manifest.tables.values():
        for file in contents.files:
            copy = folder.begin()
            source.fetch(file.path, copy)
            folder.commit(copy, file.path)
    return {name: contents.files for name, contents in manifest.tables.items()}


def _write_csv(source: Storage, manifest: Manifest, folder: FolderStorage) -> dict[str, tuple[File, ...]]:
    written: dict[str, tuple[File, ...]] = {}
    for table in schema.TABLES:
        with CsvFile(folder, table) as file:
            for rows in read_rows(source, manifest, table):
                file.write(rows)
            written[table.name] = (file.commit(manifest.tables[table.name].rows),)
    return written
