"""The generated pages are up to date and complete."""

import dataclasses

import pytest

from infra import ROOT
from infra.settings import DeploySettings
from supplychain.cli.main import main
from supplychain.settings import LoadSettings, PlaceSettings, SeedSettings
from tools.reference.__main__ import PAGES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_is_up_to_date(name):
    """`make docs` would not change it."""
    assert (ROOT / name).read_text() == PAGES[name](), "run `make docs`"


def test_every_setting_and_every_command_is_described():
    """A new setting or command is included without being listed anywhere."""
    settings, commands = PAGES["docs/settings.md"](), PAGES["docs/cli.md"]()
    for cls in (SeedSettings, LoadSettings, PlaceSettings, DeploySettings):
        for definition in dataclasses.fields(cls):
            assert (f"| `{definition.name}` |" in settings) == (definition.name != "bundle_for")
    for name in main.list_commands(main.make_context("supplychain", [], resilient_parsing=True)):
        assert f"## supplychain {name}\n" in commands
