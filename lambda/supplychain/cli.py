"""The `supplychain` command."""

import dataclasses
import datetime as dt
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from supplychain import lake, terminal
from supplychain.aws import CallError, Connection, reached
from supplychain.files import Format
from supplychain.schema import TABLE_NAMES
from supplychain.settings import PlaceSettings, SeedSettings, SettingError, read
from supplychain.stores import FolderStore
from supplychain.warehouse.data_api import DataApi, StatementError

Command = TypeVar("Command", bound=Callable[..., Any])


class UsageError(click.ClickException):
    """A bad argument; exit code 2, as for click's own."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="supplychain")
def main() -> None:
    """Generate supply-chain sample data, and query the warehouse that holds it."""


def settings_options(cls: type) -> Callable[[Command], Command]:
    """An option for each setting of `cls`, as text: `read` takes them."""

    def add(command: Command) -> Command:
        for definition in reversed(dataclasses.fields(cls)):
            accepted = definition.metadata["accepts"].accepted
            default = "" if definition.default is None else f" [default: {definition.default}]"
            command = click.option(
                f"--{definition.name.replace('_', '-')}",
                metavar="VALUE",
                help=f"{definition.metadata['meaning']}: {accepted}{default}",
            )(command)
        return command

    return add


def connection_options(command: Command) -> Command:
    """The options that say which AWS, and with whose credentials."""
    for option in (
        click.option("--local", is_flag=True, help="the sandbox that `make local` started"),
        click.option("--profile", help="profile of the AWS configuration"),
        click.option("--region", help="AWS region"),
    ):
        command = option(command)
    return command


def checked(cls: type, given: dict[str, Any]) -> Any:
    """The settings of `cls` among the options given; UsageError in one line where one is not accepted."""
    try:
        return read(cls, {name: value for name, value in given.items() if value is not None})
    except SettingError as error:
        raise UsageError(str(error)) from None


@main.command()
@click.option(
    "--output-dir", type=click.Path(path_type=Path, file_okay=False), required=True, help="folder to write into"
)
@click.option("--format", "files", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@settings_options(SeedSettings)
def generate(output_dir: Path, files: Format, **given: str | None) -> None:
    """Generate the six tables as files, with a manifest.json that says what they are.

    The same settings, seed and as_of give the same files, byte for byte. --seed random draws a seed and prints it.
    """
    if given["seed"] == "random":
        given["seed"] = str(secrets.randbelow(2**63))
        click.echo(f"seed {given['seed']}", err=True)
    asked: SeedSettings = checked(SeedSettings, given)
    store = FolderStore(output_dir)
    started = time.monotonic()
    try:
        store.remove(lake.earlier_files(store))
        with terminal.progress("generating") as progress:
            manifest = lake.write_generation(
                store, asked, dt.datetime.now(dt.UTC).date(), files=files, progress=progress
            )
    except SettingError as error:
        raise UsageError(str(error)) from None
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    terminal.print_counts(
        ["table", "rows", "bytes"],
        [(name, table.rows, sum(file.size for file in table.files)) for name, table in manifest.tables.items()],
    )
    seconds = time.monotonic() - started
    click.echo(f"{manifest.rows:,} rows, {manifest.size:,} bytes in {seconds:.1f} s, in {output_dir}")
    click.echo(f"generation {manifest.generation}, as of {manifest.as_of}, seed {manifest.seed}")
    click.echo(f"digest {manifest.digest}")


@main.command()
@click.argument("sql")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@settings_options(PlaceSettings)
@connection_options
def query(sql: str, form: str, *, local: bool, region: str | None, profile: str | None, **given: str | None) -> None:
    """Run one SQL statement in the warehouse, as the caller's own IAM identity, and print its rows."""
    place: PlaceSettings = checked(PlaceSettings, given)
    connection = Connection(local=local, region=region, profile=profile)
    try:
        result = reached(connection, lambda session: _data_api(session, place).execute(sql))
    except StatementError as error:
        raise click.ClickException(error.message.removeprefix("ERROR: ")) from None
    except CallError as error:
        raise click.ClickException(str(error)) from None
    terminal.print_result(result, form)


@main.command()
@click.option(
    "--outputs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="what `cdk deploy --outputs-file` wrote",
)
@connection_options
def show(outputs: Path, *, local: bool, region: str | None, profile: str | None) -> None:
    """Show what a deployment holds: where it is, its generation, the rows of each table, and how to query it."""
    deployed = _outputs(outputs)
    place = PlaceSettings(workgroup=deployed["WorkgroupName"], database=deployed["DatabaseName"])
    connection = Connection(local=local, region=region, profile=profile)
    counts = " union all ".join(
        f"select {number}, '{name}', count(*) from {name}" for number, name in enumerate(TABLE_NAMES)
    )
    try:
        result = reached(connection, lambda session: _data_api(session, place).execute(f"{counts} order by 1"))
    except (StatementError, CallError) as error:
        raise click.ClickException(str(error)) from None
    for label, key in (
        ("workgroup", "WorkgroupName"),
        ("database", "DatabaseName"),
        ("catalog", "CatalogDatabaseName"),
        ("lake", "LakeBucketName"),
        ("generation", "Generation"),
        ("as of", "AsOf"),
        ("seed", "Seed"),
    ):
        click.echo(f"{label:<10} {deployed[key]}")
    terminal.print_counts(["table", "rows"], [(str(name), int(rows or 0)) for _, name, rows in result.rows])
    _show_how_to_query(place, local=local)


def _show_how_to_query(place: PlaceSettings, *, local: bool) -> None:
    options = [] if place.workgroup == PlaceSettings().workgroup else [f"--workgroup {place.workgroup}"]
    options += [] if place.database == PlaceSettings().database else [f"--database {place.database}"]
    options += ["--local"] if local else []
    example = "select status, count(*) from sales_order_header group by 1 order by 2 desc"
    click.echo("Query it:")
    click.echo(f'  .venv/bin/supplychain query {" ".join([*options, ""])}"{example}"')


def _outputs(file: Path) -> dict[str, str]:
    try:
        (outputs,) = json.loads(file.read_text()).values()
    except (ValueError, AttributeError):
        raise click.ClickException(f"{file} does not hold the outputs of one stack") from None
    if "WorkgroupName" not in outputs:
        raise click.ClickException(f"{file} holds the outputs of another stack")
    return dict(outputs)


def _data_api(session: Any, place: PlaceSettings) -> DataApi:
    return DataApi(session.client("redshift-data"), place.workgroup, place.database)
