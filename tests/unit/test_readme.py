"""The README says of the settings what the code does."""

import dataclasses
import re
from pathlib import Path

import pytest

from infra.settings import DeploySettings
from supplychain.settings import LoadSettings, PlaceSettings, SeedSettings, render

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", README, re.MULTILINE))
SETTINGS = {
    definition.name: (cls, definition)
    for cls in (SeedSettings, LoadSettings, PlaceSettings, DeploySettings)
    for definition in dataclasses.fields(cls)
    if definition.name != "bundle_for"  # what make passes, not a user
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_stands_with_its_default_and_what_is_accepted(name):
    """The table's row is made of the setting's own words."""
    cls, definition = SETTINGS[name]
    default = render(cls()).get(name, "scaled") or "empty"
    accepts, meaning = definition.metadata["accepts"], definition.metadata["meaning"]
    assert ROWS[name] == f"{default} | {accepts.accepted} | {meaning}"


def test_the_tables_list_nothing_else():
    """No setting that is gone."""
    assert set(ROWS) - set(SETTINGS) <= {"product", "warehouse_product"}
