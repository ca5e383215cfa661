"""Case 31 end to end: the function is killed in mid-update, and CloudFormation's rollback puts things right."""

import pytest

from supplychain.settings import SeedSettings, read
from tests.e2e.deployment import LARGER, SMALL, contents, locations, outputs, stack

KILLED = '.venv/bin/node node_modules/aws-cdk/bin/cdk deploy --app ".venv/bin/python tests/e2e/killed.py"'


@pytest.fixture(scope="module", autouse=True)
def _deployed(project):
    """A deployment of its own, gone in the end."""
    project.run(f'make local ARGS="{SMALL}"')
    yield
    project.run("make local-stop")


@pytest.mark.parametrize("call", ["GetNamespace:1", "PutObject:4", "BatchExecuteStatement:3"])
def test_case_31_killed_in_mid_update_the_rollback_restores_the_rows(project, call):
    """No answer comes; CloudFormation stops waiting, and its rollback finds and leaves the old generation whole."""
    before = contents(project), locations(project), outputs(project)
    wanted = f"{LARGER} -c reseed={call.replace(':', '-')}"  # one that the lake does not hold yet
    generation = read(SeedSettings, dict(pair.split("=") for pair in wanted.split() if "=" in pair)).generation
    kill = f"KILL_AT={call} KILL_GENERATION={generation}"
    deploy = f"{kill} {KILLED} --require-approval never -c bundle_for=host {wanted}"
    failed = project.run(f". .sandbox/env && {deploy}", ok=False)
    assert failed.returncode != 0
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (contents(project), locations(project), outputs(project)) == before
