"""The life cycle end to end: a failing create and update, a rollback, a rename, a destroy, in this order."""

import pytest

from tests.e2e.conftest import Project
from tests.e2e.deployment import LARGER, SMALL, contents, locations, outputs, stack
from tests.e2e.inventory import inventory

LATE = '.venv/bin/node node_modules/aws-cdk/bin/cdk deploy --app ".venv/bin/python tests/e2e/late_failure.py"'


@pytest.fixture(scope="module")
def empty(project: Project) -> dict[str, set[str]]:
    """The resources of a sandbox that has only been bootstrapped."""
    project.run("make setup && .venv/bin/redshift-sandbox up")
    cdk = ".venv/bin/node node_modules/aws-cdk/bin/cdk"
    project.run(f'. .sandbox/env && {cdk} bootstrap aws://000000000000/us-east-1 --app ""')
    return inventory(project.client)


def files(project: Project) -> set[str]:
    listed = project.client("s3").list_objects_v2(Bucket=outputs(project)["LakeBucketName"])
    return {entry["Key"] for entry in listed.get("Contents", [])}


def test_case_04_a_create_that_fails_during_the_load_leaves_nothing(project, empty):
    """The stack rolls back, the reason names the grantee, and only the stack itself is left."""
    failed = project.run(f'make local ARGS="{SMALL} -c grant_select_to=user:nobody_knows_me"', ok=False)
    assert failed.returncode != 0
    assert "nobody_knows_me" in failed.stdout + failed.stderr
    assert stack(project)["StackStatus"] == "ROLLBACK_COMPLETE"
    left = inventory(project.client)
    assert left.pop("stacks") - empty["stacks"] == {"SupplyChainWarehouse"}
    assert left == {kind: names for kind, names in empty.items() if kind != "stacks"}


def test_case_01_the_next_deployment_succeeds(project):
    """The CDK CLI replaces the stack that rolled back."""
    project.run(f'make local ARGS="{SMALL}"')
    assert stack(project)["StackStatus"] == "CREATE_COMPLETE"


def test_the_diff_after_a_deployment_is_empty(project):
    """`cdk diff` with the same settings finds no difference, in tags and metadata either."""
    diff = ".venv/bin/node node_modules/aws-cdk/bin/cdk diff --fail"
    printed = project.run(f". .sandbox/env && {diff} -c bundle_for=host {SMALL}")
    assert "There were no differences" in printed.stdout + printed.stderr


def test_case_10_a_failed_update_keeps_rows_files_and_locations(project):
    """The old rows, Glue locations, files and outputs are kept."""
    before = contents(project), locations(project), files(project), outputs(project)
    failed = project.run(f'make local ARGS="{LARGER} -c grant_select_to=user:nobody_knows_me"', ok=False)
    assert failed.returncode != 0
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (contents(project), locations(project), outputs(project)) == (before[0], before[1], before[3])
    assert before[2] <= files(project)


def test_case_12_a_failure_after_the_load_restores_identical_rows(project):
    """The Update of the rollback loads the old generation from the lake, and the catalog points to it."""
    before = contents(project), locations(project), outputs(project)
    failed = project.run(f". .sandbox/env && {LATE} --require-approval never -c bundle_for=host {LARGER}", ok=False)
    assert failed.returncode != 0
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (contents(project), locations(project), outputs(project)) == before
    loads = [event for event in events(project) if '"message":"loaded"' in event]
    assert len(loads) == 3, "the first, the new one before the failure, and the first again"


def events(project: Project) -> list[str]:
    """Return the log messages of the seeder."""
    logs = project.client("logs")
    (group,) = (one["logGroupName"] for one in logs.describe_log_groups()["logGroups"])
    found = logs.filter_log_events(logGroupName=group)["events"]
    return [message for event in found for message in event["message"].splitlines()]


def test_case_13_a_renamed_workgroup_is_replaced_and_a_rollback_keeps_the_old_one(project):
    """A rename that fails late is rolled back; one that succeeds removes the old workgroup."""
    before = contents(project), locations(project)
    renamed = "-c workgroup=renamed-place -c database=other_db"
    late = f". .sandbox/env && {LATE} --require-approval never -c bundle_for=host {SMALL} {renamed}"
    assert project.run(late, ok=False).returncode != 0
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (contents(project), locations(project)) == before
    project.run(f'make local ARGS="{SMALL} {renamed}"')
    assert contents(project, "--workgroup renamed-place", "--database other_db") == before[0]
    workgroups = project.client("redshift-serverless").list_workgroups()["workgroups"]
    assert [one["workgroupName"] for one in workgroups] == ["renamed-place"]
    assert {key.split("/")[0] for key in files(project)} == {"renamed-place"}


def test_case_35_destroy_leaves_nothing(project, empty):
    """Every service lists the same resources as before the first deployment."""
    project.run("make local-destroy")
    assert inventory(project.client) == empty
