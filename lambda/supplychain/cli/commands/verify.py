"""`supplychain verify`: which of the data's guarantees hold, in a warehouse or in files."""

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from supplychain import schema
from supplychain.cli import terminal
from supplychain.cli.connection import CallError, Connection, reached
from supplychain.cli.options import UsageError, checked, connection_options, one_line_errors, settings_options
from supplychain.cli.places import WAREHOUSE_ERRORS, opened, storage_at
from supplychain.dataset.reader import GenerationError, check_files, complete_generation, read_rows
from supplychain.dataset.storage import FolderStorage, Storage
from supplychain.invariants import CHECKS, Facts, sqlite
from supplychain.settings import PlaceSettings
from supplychain.warehouse import record
from supplychain.warehouse.results import Value

if TYPE_CHECKING:
    import boto3

Ask = Callable[[str], list[tuple[Value, ...]]]
"""Gives the first rows of a query."""

_SHOWN_ROWS: Final = 3


@click.command()
@click.option("--from", "source", help="files instead of a warehouse: a folder, or s3://bucket/prefix/")
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def verify(source: str | None, *, connection: Connection, **given: str | None) -> None:
    """Say of each guarantee of the data whether it holds, with the first rows where one is broken.

    Of files it also says whether they are those of their manifest. Exit code 1 where anything is broken.
    """
    if source is not None and any(given.values()):
        raise UsageError("use just one of --from and --workgroup or --database")
    place = checked(PlaceSettings, given)
    with one_line_errors(GenerationError, *WAREHOUSE_ERRORS):
        if source is None:
            broken = reached(connection, lambda session: _verify_warehouse(session, place))
        elif source.startswith("s3://"):
            broken = reached(connection, lambda session: _verify_files(storage_at(source, session)))
        else:
            broken = _verify_files(FolderStorage(Path(source)))
    if broken:
        raise click.ClickException(f"{broken} of {len(CHECKS)} checks are broken")
    click.echo(f"all {len(CHECKS)} checks hold")


def _verify_warehouse(session: "boto3.Session", place: PlaceSettings) -> int:
    warehouse = opened(session, place)
    held = record.record_of(warehouse.api.execute(record.READ))
    if held is None:
        raise CallError(f"{warehouse.place} holds no generation")
    settings = {str(name): str(value) for name, value in warehouse.api.execute(record.READ_SETTINGS).rows}
    if not settings:
        raise CallError(f"{warehouse.place} does not say how its rows were made: load them again")
    facts = Facts.of(settings, dt.date.fromisoformat(held.as_of))

    def ask(sql: str) -> list[tuple[Value, ...]]:
        return list(warehouse.api.execute(f"{sql}\nlimit {_SHOWN_ROWS}").rows)

    return _report(ask, facts, lambda day: f"date '{day}'")


def _verify_files(storage: Storage) -> int:
    manifest = complete_generation(storage)
    with terminal.progress("checking") as progress:
        check_files(storage, manifest, progress)
    with closing(sqlite.empty_engine()) as engine:
        for table in schema.TABLES:
            sqlite.fill(engine, table, read_rows(storage, manifest, table))
        return _report(
            lambda sql: engine.execute(sql).fetchmany(_SHOWN_ROWS),
            Facts.of(manifest.settings, manifest.as_of),
            sqlite.written,
        )


def _report(ask: Ask, facts: Facts, written: Callable[[dt.date], object]) -> int:
    """Run and print all checks; gives the number of those that are broken."""
    figures = facts.figures(written)
    found = {check: ask(check.sql(figures)) for check in CHECKS}
    terminal.print_rows(
        ["invariant", "check", "", "first rows"],
        [
            (str(check.invariant), check.name, "broken" if rows else "holds", _shown(rows))
            for check, rows in found.items()
        ],
        numeric=[True, False, False, False],
    )
    return sum(bool(rows) for rows in found.values())


def _shown(rows: list[tuple[Value, ...]]) -> str:
    return "; ".join(" ".join(map(str, row)) for row in rows)
