"""Case 31 end to end: the function is killed during an update, and the rollback of CloudFormation recovers."""

import pytest

from supplychain.settings import SeedSettings, read
from tests.e2e.deployment import LARGER, SMALL, contents, locations, outputs, stack

KILLED = '.venv/bin/node node_modules/aws-cdk/bin/cdk deploy --app ".venv/bin/python tests/e2e/killed.py"'


@pytest.fixture(scope="module", autouse=True)
def _deployed(project):
    """A deployment for these tests, removed at the end."""
    project.run(f'make local ARGS="{SMALL}"')
    yield
    project.run("make local-stop")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("GetNamespace:1", marks=pytest.mark.slow),
        pytest.param("PutObject:4", marks=pytest.mark.slow),
        "BatchExecuteStatement:3",
    ],
)
def test_case_31_the_rollback_of_a_killed_update_restores_the_rows(project, call):
    """The update fails, and its rollback keeps the old generation complete."""
    before = contents(project), locations(project), outputs(project)
    wanted = f"{LARGER} -c reseed={call.replace(':', '-')}"  # one that is not in the lake yet
    generation = read(SeedSettings, dict(pair.split("=") for pair in wanted.split() if "=" in pair)).generation
    kill = f"KILL_AT={call} KILL_GENERATION={generation}"
    deploy = f"{kill} {KILLED} --require-approval never -c bundle_for=host {wanted}"
    failed = project.run(f". .sandbox/env && {deploy}", ok=False)
    assert failed.returncode != 0
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (contents(project), locations(project), outputs(project)) == before
