"""The `supplychain` command. Subcommands are imported only when they are used."""

from importlib import import_module
from typing import Final

import click

_COMMANDS: Final = ("generate", "load", "export", "catalog", "query", "verify", "repair", "show", "doctor")
"""Each is a function in the module of the same name in `supplychain.cli.commands`."""


class LazyGroup(click.Group):
    """A group that imports a command when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # required by click
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # required by click
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"supplychain.cli.commands.{cmd_name}"), cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="supplychain")
def main() -> None:
    """Generate supply-chain sample data, load it, and query the warehouse that holds it."""
