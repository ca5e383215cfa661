"""Output of the command line: tables, CSV, JSON, progress."""

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from supplychain.cli.streams import echo, escape, escape_json, writing
from supplychain.warehouse.results import Result, Value

_UNLIMITED_WIDTH = 10_000
"""The line width without a terminal: lines are not folded."""

_QUOTED_FOR = (",", '"', "\n", "\r")
"""The characters for which a field of CSV is quoted."""


def print_result(result: Result, form: str) -> None:
    """Print the rows of a statement as a table, CSV or JSON, or `done` for a statement that returns no rows.

    Raises
    ------
    ValueError
        If two columns have the same name, which JSON cannot have.
    """
    if not result.columns:
        echo("done", err=True)
    elif form == "csv":
        _print_csv(result)
    elif form == "json":
        _print_json(result)
    else:
        print_rows(result.names, result.rows, numeric=[kind in _NUMERIC for kind in result.types])
        echo(f"({len(result.rows):,} row{'' if len(result.rows) == 1 else 's'})")


def _print_csv(result: Result) -> None:
    """Print UTF-8, whatever the locale, as the files of `generate` are."""
    with writing():
        for row in (result.names, *result.rows):
            sys.stdout.buffer.write((",".join(map(_csv_field, row)) + "\n").encode())
        sys.stdout.buffer.flush()


def _csv_field(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str() if not value or any(mark in value for mark in _QUOTED_FOR):
            return '"' + value.replace('"', '""') + '"'
    return str(value)


def _print_json(result: Result) -> None:
    repeated = next((name for name in result.names if result.names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"JSON cannot have two columns {repeated!r}: name them with AS, or use --format table or csv")
    records = [dict(zip(result.names, map(_number, row, result.types), strict=True)) for row in result.rows]
    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(records, indent=2, ensure_ascii=ascii_only)
    with writing():
        sys.stdout.write(escape_json(text) + "\n")
        sys.stdout.flush()


def print_counts(names: Sequence[str], rows: Sequence[tuple[str, *tuple[int, ...]]]) -> None:
    """Print rows of a name and counts, with thousands separators."""
    texts = [(name, *(f"{count:,}" for count in counts)) for name, *counts in rows]
    print_rows(names, texts, numeric=[False, *(True for _ in names[1:])])


def print_rows(names: Sequence[str], rows: Sequence[Sequence[Value]], numeric: Sequence[bool]) -> None:
    """Print rows as a table, with numbers right-aligned and NULL as the word."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, right in zip(names, numeric, strict=True):
        table.add_column(Text(escape(name)), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Console()
    with writing():
        console.print(table) if console.is_terminal else Console(width=_UNLIMITED_WIDTH).print(table)


@contextmanager
def progress(activity: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal, or print a line at each tenth of the rows; both to standard error."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(activity)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        reported = -1

        def report(done: int, total: int) -> None:
            nonlocal reported
            tenth = done * 10 // max(total, 1)
            if tenth > reported:
                reported = tenth
                echo(f"{activity}: {done:,} of {total:,} rows", err=True)

        yield report


@contextmanager
def table_progress(activity: str, rows: Mapping[str, int]) -> Iterator[Callable[[str, int], None]]:
    """Show a progress bar for each table on a terminal, or print a line when a table is complete."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bars:
            tasks = {name: bars.add_task(f"{activity} {name}", total=total) for name, total in rows.items()}
            yield lambda name, more: bars.advance(tasks[name], more)
    else:
        done = dict.fromkeys(rows, 0)

        def report(name: str, more: int) -> None:
            done[name] += more
            if done[name] == rows[name]:
                echo(f"{activity} {name}: {done[name]:,} rows", err=True)

        yield report


_NUMERIC = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})


def _number(value: Value, kind: str) -> Value:
    """Return a numeric, which the Data API returns as text, as a JSON number, and infinity and NaN as text."""
    number = float(value) if kind == "numeric" and isinstance(value, str) else value
    return str(value) if isinstance(number, float) and not math.isfinite(number) else number


def _cell(value: Value) -> Text:
    if value is None:
        return Text("NULL", style="dim")
    return Text(str(value).lower() if isinstance(value, bool) else escape(str(value)))
