"""Options that several commands have, and the validation of their values."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from supplychain.cli.connection import CallError, Connection
from supplychain.settings import SettingError, read

Function = TypeVar("Function", bound=Callable[..., Any])
Settings = TypeVar("Settings")

_GROUPS: Final = {"SeedSettings": "Data", "LoadSettings": "Loading", "PlaceSettings": "Warehouse"}
"""The heading in the help of the options of a class of settings."""

_ARGUMENTS: Final = "supplychain.arguments"
"""The key in a context's `meta` of a command's arguments as typed."""

_ALIASES: Final = {"statement_timeout": ("--timeout",)}
"""Additional names of the options of settings."""


class UsageError(click.ClickException):
    """An invalid argument. The exit code is 2, as for click's own usage errors."""

    exit_code = 2


class Option(click.Option):
    """An option that the help lists under a heading of its own."""

    def __init__(self, *args: Any, group: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


class Command(click.Command):
    """A command whose help lists its options in groups: its own first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                groups.setdefault(getattr(param, "group", "Options"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class FolderType(click.Path):
    """The path of a folder that may not exist yet."""

    name = "directory"

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(_refuse_empty(self, value, param, ctx), param, ctx)


class AddressType(click.ParamType[str]):
    """The path of a folder, or s3://bucket/prefix/."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _refuse_empty(self, value, param, ctx)


def _refuse_empty(
    kind: click.ParamType[Any], value: Any, param: click.Parameter | None, ctx: click.Context | None
) -> Any:
    """Refuse an empty path, as of a variable that is not set: it would be the current folder."""
    if value == "":
        kind.fail("an empty path is not accepted; for the current folder, give .", param, ctx)
    return value


def settings_options(cls: type, *, without: tuple[str, ...] = ()) -> Callable[[Function], Function]:
    """Add an option for each setting of `cls`, whose value is text for `parse_settings`."""

    def add(command: Function) -> Function:
        for definition in reversed(dataclasses.fields(cls)):
            if definition.name not in without:
                command = _option(definition, _GROUPS[cls.__name__])(command)
        return command

    return add


def _option(definition: "dataclasses.Field[Any]", group: str) -> Callable[[Function], Function]:
    accepted = definition.metadata["accepts"].accepted
    default = "" if definition.default is None else f" [default: {_as_text(definition.default)}]"
    return click.option(
        f"--{definition.name.replace('_', '-')}",
        *_ALIASES.get(definition.name, ()),
        definition.name,
        cls=Option,
        group=group,
        metavar="VALUE",
        help=f"{definition.metadata['meaning']}: {accepted}{default}",
    )


def _as_text(default: object) -> str:
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def connection_options(command: Function) -> Function:
    """Add the options for region, credentials and sandbox, which the command gets as `connection`."""

    @click.option("--region", cls=Option, group="Connection", help="AWS region")
    @click.option("--profile", cls=Option, group="Connection", help="profile of the AWS configuration")
    @click.option("--local", cls=Option, group="Connection", is_flag=True, help="use the local sandbox instead of AWS")
    @functools.wraps(command)
    def connected(*args: Any, region: str | None, profile: str | None, local: bool, **others: Any) -> Any:
        return command(*args, connection=Connection(local=local, region=region, profile=profile), **others)

    return connected  # type: ignore[return-value]  # a command with three more options


def parse_settings(cls: type[Settings], given: Mapping[str, Any]) -> Settings:
    """Return the settings of `cls` from the options. Raises UsageError if a value is not accepted."""
    try:
        return read(cls, {name: value for name, value in given.items() if value is not None})
    except SettingError as error:
        raise UsageError(_naming_option(error)) from None


@contextmanager
def one_line_errors(*errors: type[Exception], folder: Path | None = None) -> Iterator[None]:
    """End the command with one line instead of a traceback for `errors` and for errors of settings, files and AWS.

    `folder` is reported for file errors that have no file name.
    """
    caught: tuple[type[Exception], ...] = (CallError, ValueError, *errors)
    try:
        yield
    except SettingError as error:
        raise UsageError(_naming_option(error)) from None
    except OSError as error:
        raise click.ClickException(_file_error(error, folder)) from None
    except caught as error:
        raise click.ClickException(" ".join(str(error).split())) from None


def _naming_option(error: SettingError) -> str:
    """Return the message with the option as it was typed, instead of the setting's name, where it begins with that."""
    name, colon, rest = str(error).partition(":")
    context = click.get_current_context(silent=True)
    for param in context.command.params if context else ():
        if param.name == name and isinstance(param, click.Option):
            typed = [word.partition("=")[0] for word in context.meta.get(_ARGUMENTS, ())] if context else []
            return next((option for option in param.opts if option in typed), param.opts[0]) + colon + rest
    return str(error)


def _file_error(error: OSError, folder: Path | None) -> str:
    """Return the message of the operating system with the name of the file, if known."""
    if error.strerror is None:
        return str(error)
    return f"{error.filename or folder or 'a file'}: {error.strerror}"
