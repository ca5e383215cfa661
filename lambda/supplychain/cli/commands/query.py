"""`supplychain query`: run an SQL statement and print its rows."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from supplychain.cli.connection import Connection, call_aws
from supplychain.cli.options import (
    Command,
    UsageError,
    connection_options,
    one_line_errors,
    parse_settings,
    settings_options,
)
from supplychain.cli.result_formats import FORMATS, print_result, write_result
from supplychain.settings import PlaceSettings
from supplychain.warehouse.data_api import DataApi, StatementError
from supplychain.warehouse.results import Result

_STANDARD_INPUT: Final = Path("-")

_NO_STATEMENT: Final = "give a statement, name its file with -f, or pipe it in"


@click.command(cls=Command)
@click.argument("sql", required=False)
@click.option(
    "-f",
    "--file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="read the statement from a file, or from standard input (-)",
)
@click.option(
    "-p",
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="the value of :NAME in the statement; may be repeated",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "-x",
    "--expanded",
    type=click.Choice(["auto", "on", "off"]),
    default="auto",
    show_default=True,
    help="a line for each value of a row; auto: if the table is wider than the terminal",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="write to a file instead of standard output"
)
@settings_options(PlaceSettings, without=("catalog_database",))
@connection_options
def query(  # one parameter for each option
    sql: str | None,
    *,
    file: Path | None,
    parameters: tuple[str, ...],
    form: str,
    expanded: str,
    output: Path | None,
    connection: Connection,
    **given: str | None,
) -> None:
    """Run one SQL statement in the warehouse as your own IAM identity, and print its rows.

    The statement is the argument, a file (-f), or what is piped in. Decimals are exact in every format. CSV and TSV
    quote fields where needed; NULL is an empty field, and empty text is "".
    """
    place = parse_settings(PlaceSettings, given)
    named = _parse_parameters(parameters)
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal: name a file with -o")
    with one_line_errors():
        statement = _read_statement(sql, file)
        if not statement.strip():
            raise UsageError(_NO_STATEMENT)
        result = call_aws(
            connection,
            lambda session: _execute(
                DataApi(session.client("redshift-data"), place.workgroup, place.database), statement, named
            ),
        )
        if output is None:
            print_result(result, form, expanded)
        else:
            write_result(result, form, output)


def _execute(api: DataApi, statement: str, parameters: Mapping[str, str]) -> Result:
    try:
        return api.execute(statement, parameters)
    except StatementError as error:
        raise click.ClickException(error.message.removeprefix("ERROR: ")) from None


def _read_statement(sql: str | None, file: Path | None) -> str:
    """Return the statement. Raises UsageError if there is none, or two; ClickException if it is not text."""
    if sql is not None and file is not None:
        raise UsageError("give either a statement or -f FILE")
    if sql is not None and sql != "-":
        return sql
    if sql is None and file is None and sys.stdin.isatty():
        raise UsageError(_NO_STATEMENT)
    source = file or _STANDARD_INPUT
    try:
        if source == _STANDARD_INPUT:
            return sys.stdin.buffer.read().decode()
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        name = "standard input" if source == _STANDARD_INPUT else source
        raise click.ClickException(f"{name} is not text in UTF-8") from None


def _parse_parameters(given: tuple[str, ...]) -> dict[str, str]:
    """Return the value of each parameter. Raises UsageError if one is not NAME=VALUE, or is given twice."""
    parameters: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
            raise UsageError(f"--param {text!r} is not accepted; NAME=VALUE")
        if name in parameters:
            raise UsageError(f"--param {name} is given twice")
        parameters[name] = value
    return parameters
