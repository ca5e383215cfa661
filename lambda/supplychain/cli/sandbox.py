"""The environment of a running sandbox, which it exports to the file `.sandbox/env`."""

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

HOW_TO_START: Final = "start it with `make local` in a checkout, or with `redshift-sandbox up`"

_EXPORTS: Final = Path(".sandbox") / "env"
_PACKAGE: Final = Path(__file__).resolve().parents[1]


def find_exports() -> Path | None:
    """Return the nearest `.sandbox/env` above the current folder, or that of the checkout that has this package."""
    return next((folder / _EXPORTS for folder in _folders() if (folder / _EXPORTS).is_file()), None)


def apply_exports(file: Path) -> None:
    """Set the variables that the file exports and remove those that it unsets, and all endpoints of single services.

    Raises
    ------
    ValueError
        If the file is not one of shell commands.
    """
    text = file.read_bytes()
    try:
        _apply(text.decode().splitlines())
    except (ValueError, OSError) as error:  # OSError: a name that the environment cannot have
        raise ValueError(f"{file} is damaged: remove it and restart the sandbox ({error})") from None


def _apply(lines: Iterable[str]) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")]:
        del os.environ[name]
    for line in lines:
        match shlex.split(line, comments=True):
            case ["export", *assignments]:
                os.environ.update(assignment.partition("=")[::2] for assignment in assignments)
            case ["unset", *names]:
                for name in names:
                    os.environ.pop(name, None)


def _folders() -> Iterator[Path]:
    current = Path.cwd()
    yield from (current, *current.parents)
    if _PACKAGE.parent.name == "lambda":  # not an installed wheel
        yield _PACKAGE.parents[1]
