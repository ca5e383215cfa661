"""A seeder whose AWS is the sandbox."""

import itertools
import json
import os
import time
from collections.abc import Iterator

import boto3
import pytest

# The function reads its environment when it is imported.
os.environ["POWERTOOLS_SERVICE_NAME"] = "supply-chain-seeder"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "SupplyChainWarehouse"

from tests.local.supplychain.world import BUCKET, COPY_ROLE, WORKGROUP, CloudFormation, World

_numbers = itertools.count()


@pytest.fixture(scope="session")
def cloudformation() -> Iterator[CloudFormation]:
    """One receiver of answers for all tests."""
    receiver = CloudFormation()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture(scope="session")
def workgroup(sandbox) -> Iterator[str]:
    """A workgroup in the sandbox, which is this process's AWS, and a bucket."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.env.items():
            patch.setenv(name, value)
        serverless = boto3.client("redshift-serverless")
        trust = {"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        boto3.client("iam").create_role(RoleName=COPY_ROLE.rpartition("/")[2], AssumeRolePolicyDocument=policy)
        serverless.create_namespace(
            namespaceName=WORKGROUP, dbName="supply_chain_db", manageAdminPassword=True, iamRoles=[COPY_ROLE]
        )
        serverless.create_workgroup(workgroupName=WORKGROUP, namespaceName=WORKGROUP)
        while serverless.get_workgroup(workgroupName=WORKGROUP)["workgroup"]["status"] != "AVAILABLE":
            time.sleep(0.1)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        boto3.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield WORKGROUP


@pytest.fixture
def world(workgroup, cloudformation) -> World:
    """A place of its own for each test: a database that the seeder makes."""
    return World(cloudformation, database=f"case_{next(_numbers)}", workgroup=workgroup)
