"""Options that several commands take, and how they are read."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from supplychain.cli.connection import CallError, Connection
from supplychain.settings import SettingError, read

Command = TypeVar("Command", bound=Callable[..., Any])
Settings = TypeVar("Settings")

_SHORTER: Final = {"statement_timeout": ("--timeout",)}
"""Further names of a setting's option."""


class UsageError(click.ClickException):
    """A bad argument; exit code 2, as for click's own."""

    exit_code = 2


def settings_options(cls: type, *, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """An option for each setting of `cls`, as text: `checked` reads them."""

    def add(command: Command) -> Command:
        for definition in reversed(dataclasses.fields(cls)):
            if definition.name not in without:
                command = _option(definition)(command)
        return command

    return add


def _option(definition: "dataclasses.Field[Any]") -> Callable[[Command], Command]:
    accepted = definition.metadata["accepts"].accepted
    default = "" if definition.default is None else f" [default: {_text(definition.default)}]"
    return click.option(
        f"--{definition.name.replace('_', '-')}",
        *_SHORTER.get(definition.name, ()),
        definition.name,
        metavar="VALUE",
        help=f"{definition.metadata['meaning']}: {accepted}{default}",
    )


def _text(default: object) -> str:
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def connection_options(command: Command) -> Command:
    """The options that say which AWS, and with whose credentials; `connection` in the command."""

    @click.option("--region", help="AWS region")
    @click.option("--profile", help="profile of the AWS configuration")
    @click.option("--local", is_flag=True, help="the sandbox that `make local` started")
    @functools.wraps(command)
    def connected(*args: Any, region: str | None, profile: str | None, local: bool, **others: Any) -> Any:
        return command(*args, connection=Connection(local=local, region=region, profile=profile), **others)

    return connected  # type: ignore[return-value]  # a command, with three options more


def checked(cls: type[Settings], given: Mapping[str, Any]) -> Settings:
    """The settings of `cls` among the options given; UsageError in one line where one is not accepted."""
    try:
        return read(cls, {name: value for name, value in given.items() if value is not None})
    except SettingError as error:
        raise UsageError(str(error)) from None


@contextmanager
def one_line_errors(*errors: type[Exception], folder: Path | None = None) -> Iterator[None]:
    """Ends the command with one line, and no traceback, for `errors` and for those of settings, files and AWS.

    Errors of files that do not say which are of the `folder`'s.
    """
    caught: tuple[type[Exception], ...] = (CallError, ValueError, *errors)
    try:
        yield
    except SettingError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(_of_files(error, folder)) from None
    except caught as error:
        raise click.ClickException(" ".join(str(error).split())) from None


def _of_files(error: OSError, folder: Path | None) -> str:
    """What the system says, and of which file where it says so."""
    if error.strerror is None:
        return str(error)
    return f"{error.filename or folder or 'a file'}: {error.strerror}"
