"""Every setting is changed once on a deployed stack, with what docs/operations.md says of it."""

from collections.abc import Iterator

import pytest

from infra.settings import DeploySettings
from supplychain.settings import LoadSettings, PlaceSettings, SeedSettings, names
from tests.e2e.conftest import Project
from tests.e2e.deployment import contents, outputs, stack
from tools.setting_changes import CHANGES, effect

pytestmark = pytest.mark.slow

BASE = {"num_products": "20", "days": "10", "as_of": "2026-01-31"}
_settings = dict(BASE)
"""The settings that are deployed."""
RENAMED = {"customer_managed_key": "on", "workgroup": "supply-chain-encrypted"}


@pytest.fixture(scope="module")
def deployed(project: Project) -> Iterator[Project]:
    """A deployment of BASE, which each test updates further."""
    _deploy(project, BASE)
    yield project
    project.run("make local-destroy && make local-stop")


def _deploy(project: Project, settings: dict[str, str], *, ok: bool = True):
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return project.run(f'make local ARGS="{options}"', ok=ok)


ELSEWHERE = {"stack_name", "bundle_for", "checks", "customer_managed_key"}
UPDATES = [
    names(SeedSettings),
    names(LoadSettings),
    *([name] for name in names(PlaceSettings, DeploySettings) if name not in ELSEWHERE),
]
"""The settings of each update: those of the data together, those of loading together, any other one by itself."""


@pytest.mark.parametrize("settings", UPDATES, ids="+".join)
def test_the_settings_change_as_documented(deployed, settings):
    """The update succeeds; only a reload changes the generation, and only a new place the names of its parts.

    The changes add up, in the order of CHANGES, which has those that a change needs before it.
    """
    for setting in settings:
        assert CHANGES[setting].before.items() <= _settings.items()
        _settings[setting] = CHANGES[setting].value
    before = outputs(deployed)
    _deploy(deployed, _settings)
    after = outputs(deployed)
    assert stack(deployed)["StackStatus"] == "UPDATE_COMPLETE"
    effects = {effect(setting) for setting in settings}
    assert len(effects) == 1
    assert (before["Generation"] != after["Generation"]) == effects.pop().startswith("Reload")
    place = {"workgroup": "WorkgroupName", "database": "DatabaseName", "catalog_database": "CatalogDatabaseName"}
    for name, output in place.items():
        assert (before[output] != after[output]) == (name in settings)
    if "grant_select_to" in settings:  # a new namespace would not have the user
        _settings["grant_select_to"] = "PUBLIC"


def test_the_key_of_a_deployed_namespace_is_not_switched(deployed):
    """The update is refused with the way out in the message, and the old rows stay."""
    _deploy(deployed, BASE)
    before = contents(deployed), outputs(deployed)
    failed = _deploy(deployed, BASE | {"customer_managed_key": "on"}, ok=False)
    assert failed.returncode != 0
    assert "give the workgroup another name in the same deployment" in failed.stdout + failed.stderr
    assert stack(deployed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (contents(deployed), outputs(deployed)) == before


def test_the_key_is_switched_with_a_new_workgroup(deployed):
    """On and off again: each time a new namespace with the same rows."""
    rows = contents(deployed)
    _deploy(deployed, BASE | RENAMED)
    assert contents(deployed, "--workgroup supply-chain-encrypted") == rows
    (namespace,) = deployed.client("redshift-serverless").list_namespaces()["namespaces"]
    assert (namespace["namespaceName"], namespace["kmsKeyId"][:12]) == ("supply-chain-encrypted", "arn:aws:kms:")
    _deploy(deployed, BASE)
    assert contents(deployed) == rows
    (namespace,) = deployed.client("redshift-serverless").list_namespaces()["namespaces"]
    assert namespace["kmsKeyId"] == "AWS_OWNED_KMS_KEY"
