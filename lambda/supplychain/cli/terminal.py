"""Output of the command line: tables and progress."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from supplychain.cli.streams import echo, escape, writing
from supplychain.warehouse.results import Value

_UNLIMITED_WIDTH = 10_000
"""The line width without a terminal: lines are not folded."""


def print_counts(names: Sequence[str], rows: Sequence[tuple[str, *tuple[int, ...]]]) -> None:
    """Print rows of a name and counts, with thousands separators."""
    texts = [(name, *(f"{count:,}" for count in counts)) for name, *counts in rows]
    print_rows(names, texts, numeric=[False, *(True for _ in names[1:])])


def print_rows(
    names: Sequence[str], rows: Sequence[Sequence[Value]], numeric: Sequence[bool], *, expanded: str | None = None
) -> None:
    """Print rows as a table, with numbers right-aligned and NULL as the word.

    Parameters
    ----------
    expanded
        ``on`` prints a line for each value of a row, ``auto`` does so if the table is wider than the terminal, and
        ``off`` lets the terminal wrap lines. Without it, values are folded to the width of the terminal.
    """
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, right in zip(names, numeric, strict=True):
        table.add_column(Text(escape(name)), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console, unlimited = Console(), Console(width=_UNLIMITED_WIDTH)
    wide = console.is_terminal and unlimited.measure(table).maximum > console.width
    with writing():
        if expanded == "on" or (expanded == "auto" and wide):
            _print_expanded(names, rows)
        elif expanded is None and console.is_terminal:
            console.print(table)
        else:
            unlimited.print(table, soft_wrap=True)


def _print_expanded(names: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    r"""Print each row as psql does with ``\x``; the terminal wraps long values."""
    labels = [escape(name) for name in names]
    width = max(map(cell_len, labels))
    for number, row in enumerate(rows, 1):
        echo(f"-[ RECORD {number} ]".ljust(width + 1, "-") + "+" + "-" * 20)
        for label, value in zip(labels, row, strict=True):
            echo(f"{label}{' ' * (width - cell_len(label))} | {_cell(value).plain}")


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


def _cell(value: Value) -> Text:
    if value is None:
        return Text("NULL", style="dim")
    return Text(str(value).lower() if isinstance(value, bool) else escape(str(value)))
