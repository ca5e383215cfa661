"""docs/cli.md: what `supplychain --help` and `supplychain COMMAND --help` say."""

from typing import Final

import click

from supplychain.cli.main import main

WIDTH: Final = 120

OPENING: Final = """\
<!-- Written by `make docs`: change lambda/supplychain/commands/ instead. -->
# The command line

`.venv/bin/supplychain`: makes data, loads it into any Redshift Serverless workgroup, writes it out again, makes the
Glue tables, queries and verifies. `--local` means the sandbox. An error is one line; the exit code is 1, or 2 for a bad
argument. [data.md](data.md#the-commands) shows the commands at work, [settings.md](settings.md) what the settings
accept.
"""


def page() -> str:
    """The page's text."""
    context = main.make_context("supplychain", [], resilient_parsing=True, terminal_width=WIDTH)
    commands = [(name, main.get_command(context, name)) for name in main.list_commands(context)]
    sections = [_section(context)]
    sections += [
        _section(command.make_context(name, [], parent=context, resilient_parsing=True))
        for name, command in commands
        if command
    ]
    return "\n".join([OPENING, *sections])


def _section(context: click.Context) -> str:
    lines = "\n".join(line.rstrip() for line in context.get_help().splitlines())
    return f"## {context.command_path}\n\n```text\n{lines}\n```\n"
