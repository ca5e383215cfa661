"""What people remove by hand, end to end: no update ends in UPDATE_ROLLBACK_FAILED, and `make repair` brings it back.

One deployment for all cases, in this order. The make targets are those of the sandbox.
"""

import time
from typing import Any

import pytest

from tests.e2e.conftest import Project
from tests.e2e.deployment import LARGER, SMALL, consistent_rows, contents, outputs, stack
from tests.e2e.inventory import inventory

WORKGROUP = "supply-chain-mvp"


@pytest.fixture(scope="module")
def empty(project: Project) -> dict[str, set[str]]:
    """The resources of a sandbox that has only been bootstrapped."""
    project.run("make setup && .venv/bin/redshift-sandbox up")
    cdk = ".venv/bin/node node_modules/aws-cdk/bin/cdk"
    project.run(f'. .sandbox/env && {cdk} bootstrap aws://000000000000/us-east-1 --app ""')
    return inventory(project.client)


@pytest.fixture(scope="module")
def deployed(project: Project, empty: dict[str, set[str]]) -> str:
    """The digest of the rows of a deployment."""
    assert "SupplyChainWarehouse" not in empty["stacks"]
    project.run(f'make local ARGS="{SMALL}"')
    return contents(project)


def failed_update(project: Project) -> str:
    """Try an update, and return what the CDK CLI prints about its failure."""
    failed = project.run(f'make local ARGS="{LARGER}"', ok=False)
    assert failed.returncode != 0
    return failed.stdout + failed.stderr


def admin(project: Project, sql: str, database: str = "supply_chain_db") -> None:
    """Run a statement as the admin."""
    namespace = project.client("redshift-serverless").get_namespace(namespaceName=WORKGROUP)["namespace"]
    data = project.client("redshift-data")
    statement: Any = data.execute_statement(
        WorkgroupName=WORKGROUP, Database=database, SecretArn=namespace["adminPasswordSecretArn"], Sql=sql
    )
    while (found := data.describe_statement(Id=statement["Id"]))["Status"] not in {"FINISHED", "FAILED", "ABORTED"}:
        time.sleep(0.1)
    assert found["Status"] == "FINISHED", found.get("Error")


@pytest.mark.slow
def test_a_view_in_the_way_fails_the_update_and_not_its_rollback(project, deployed):
    """A table that must be rebuilt has a view on it: the reason names it, and its rows are as before."""
    admin(project, "alter table public.product add column colour varchar(10)")
    admin(project, "create view public.colours as select colour from public.product")
    assert "public.colours depends on it. Drop what depends on the table" in failed_update(project)
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    admin(project, "drop view public.colours")
    project.run(f'make local ARGS="{LARGER}"')
    assert consistent_rows(project)["product"] == 30
    project.run(f'make local ARGS="{SMALL}"')
    assert contents(project) == deployed


@pytest.mark.slow
def test_a_missing_function_is_created_again(project, deployed):
    """The update and its rollback fail without it; `make repair` finishes the rollback and deploys."""
    functions = project.client("lambda")
    (function,) = functions.list_functions()["Functions"]
    functions.delete_function(FunctionName=function["FunctionName"])
    failed_update(project)
    project.run(f'make local-repair ARGS="{SMALL}"')
    assert stack(project)["StackStatus"] in {"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
    project.run(f'make local ARGS="{LARGER}"')
    project.run(f'make local ARGS="{SMALL}"')
    assert contents(project) == deployed


@pytest.mark.slow
def test_a_missing_secret_is_created_again(project, deployed):
    """The update names it, its rollback succeeds, and after `make repair` updates load data."""
    namespace = project.client("redshift-serverless").get_namespace(namespaceName=WORKGROUP)["namespace"]
    secret = namespace["adminPasswordSecretArn"]
    project.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert "If someone has deleted the admin secret, make repair creates it again" in failed_update(project)
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    project.run(f'make local-repair ARGS="{SMALL}"')
    project.run(f'make local ARGS="{LARGER}"')
    project.run(f'make local ARGS="{SMALL}"')
    assert contents(project) == deployed


@pytest.mark.slow
def test_a_missing_catalog_is_created_again(project, deployed):
    """Without the Glue database the update fails; after `make repair` the tables describe the files."""
    project.client("glue").delete_database(Name="supply_chain_catalog")
    failed_update(project)
    project.run(f'make local-repair ARGS="{SMALL}"')
    assert consistent_rows(project)["product"] == 20
    assert contents(project) == deployed


def test_a_missing_workgroup_is_created_again(project, deployed):
    """With its namespace: the update names it, its rollback succeeds, and `make repair` loads the data again."""
    serverless = project.client("redshift-serverless")
    serverless.delete_workgroup(workgroupName=WORKGROUP)
    while serverless.list_workgroups()["workgroups"]:
        time.sleep(0.1)
    serverless.delete_namespace(namespaceName=WORKGROUP)
    assert "Run make repair" in failed_update(project)
    assert stack(project)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    project.run(f'make local-repair ARGS="{SMALL}"')
    assert contents(project) == deployed


def test_a_destroy_with_half_of_it_gone_leaves_nothing(project, deployed, empty):
    """Without workgroup, namespace and bucket, and twice."""
    assert deployed
    serverless = project.client("redshift-serverless")
    serverless.delete_workgroup(workgroupName=WORKGROUP)
    while serverless.list_workgroups()["workgroups"]:
        time.sleep(0.1)
    serverless.delete_namespace(namespaceName=WORKGROUP)
    s3, bucket = project.client("s3"), outputs(project)["LakeBucketName"]
    listed = s3.list_object_versions(Bucket=bucket)
    versions = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    keys = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
    s3.delete_bucket(Bucket=bucket)
    project.run("make local-destroy")
    project.run("make local-destroy")
    assert inventory(project.client) == empty
