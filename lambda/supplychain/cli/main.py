"""The `supplychain` command. Subcommands are imported only when they are used."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import click
from click.exceptions import NoArgsIsHelpError, NoSuchCommand

from supplychain.cli import streams
from supplychain.cli.options import UsageError

_COMMANDS: Final = (
    "generate",
    "load",
    "export",
    "catalog",
    "query",
    "tables",
    "schema",
    "verify",
    "repair",
    "show",
    "doctor",
)
"""Each is a function in the module of the same name in `supplychain.cli.commands`."""


class LazyGroup(click.Group):
    """A group that imports a command when it is used, and reports every failure in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # required by click
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # required by click
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"supplychain.cli.commands.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=_COMMANDS, ctx=ctx) from None

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        streams.prepare()
        with _one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn errors of arguments, of commands, and of writing the output into errors of one line."""
    try:
        yield
    except NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        message = error.format_message()
        if error.ctx:
            see = f"{error.ctx.command_path} --help"
            message = f"{message} See {see}" if message.endswith(("?", "?)")) else f"{message.rstrip('.')}; see {see}"
        raise UsageError(_as_line(message)) from None
    except click.ClickException as error:
        line = _as_line(error.format_message())
        raise (UsageError(line) if error.exit_code == UsageError.exit_code else click.ClickException(line)) from None
    except MemoryError:
        raise click.ClickException("there is not enough memory") from None
    except streams.OutputError as error:
        raise _output_error(error.__cause__) from None
    except OSError as error:  # of help and version; a command reports the errors of its files
        raise _output_error(error) from None


def _as_line(message: str) -> str:
    return streams.printable(" ".join(message.split()), sys.stderr)


def _output_error(error: BaseException | None) -> Exception:
    """Return the error to end with: none is shown to a reader that has closed its pipe."""
    streams.discard_output()
    if not isinstance(error, OSError) or error.errno == errno.EPIPE:
        return click.exceptions.Exit(1)
    return click.ClickException(f"standard output: {error.strerror}")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="supplychain")
def main() -> None:
    """Generate supply-chain sample data, load it, and query the warehouse that holds it."""
