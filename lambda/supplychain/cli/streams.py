"""Standard output and standard error, whatever the data, the locale and the device behind them."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import click

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal or an editor obeys instead of showing them: controls, line ends, directions of text."""


def escape(text: str) -> str:
    r"""Return a text with its control characters as ``\x1b`` or ``\u2028``."""
    return _CONTROL.sub(_escaped, text)


def printable(text: str, stream: TextIO) -> str:
    """Return a text with everything escaped that the stream cannot show, or that controls it."""
    encoding = stream.encoding or "utf-8"
    return escape(text).encode(encoding, "backslashreplace").decode(encoding)


def escape_json(text: str) -> str:
    """Return JSON, whose line ends are kept, with the other control characters as JSON writes them."""
    return _CONTROL.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", text)


class OutputError(Exception):
    """Standard output or standard error cannot be written; the cause is an OSError."""


@contextmanager
def writing() -> Iterator[None]:
    """Raise OutputError for errors of standard output, which are not those of a command's files."""
    try:
        yield
    except OSError as error:
        raise OutputError from error


def echo(text: str, *, err: bool = False) -> None:
    """Print a line that `printable` returns. Raises OutputError."""
    stream = sys.stderr if err else sys.stdout
    with writing():
        click.echo(printable(text, stream), stream)


def prepare() -> None:
    """Escape what the locale's encoding cannot show, and print nothing where a stream is closed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # until the process ends
        getattr(sys, name).reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Discard what could not be written to standard output; otherwise Python tries again when it exits."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _escaped(match: re.Match[str]) -> str:
    r"""Return a control character as Python writes it, such as ``\n``, ``\x1b`` or ``\u2028``."""
    return repr(match[0])[1:-1]
