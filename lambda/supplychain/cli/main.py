"""The `supplychain` command: its subcommands, each imported only when it is asked for."""

from importlib import import_module
from typing import Final

import click

_COMMANDS: Final = ("generate", "load", "export", "catalog", "query", "verify", "show")
"""Each is the function of that name in the module of that name in `supplychain.cli.commands`."""


class Commands(click.Group):
    """Finds a command by its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"supplychain.cli.commands.{cmd_name}"), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="supplychain")
def main() -> None:
    """Generate supply-chain sample data, load it, and query the warehouse that holds it."""
