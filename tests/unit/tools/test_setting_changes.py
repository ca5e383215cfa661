"""The settings whose changes are tested on a deployed stack."""

from infra.settings import DeploySettings
from supplychain.settings import LoadSettings, PlaceSettings, SeedSettings, names
from tools.setting_changes import CHANGES


def test_every_setting_has_a_change():
    """A new setting needs one, and so a row in the documentation; `stack_name` names another stack."""
    settings = set(names(SeedSettings, LoadSettings, PlaceSettings, DeploySettings))
    assert set(CHANGES) == settings - {"stack_name", "bundle_for"}
