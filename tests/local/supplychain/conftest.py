"""A seeder whose AWS is the sandbox."""

import itertools
from collections.abc import Iterator

import boto3
import pytest

from tests.local.supplychain.world import BUCKET, WORKGROUP, CloudFormation, World

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
        patch.setenv("POWERTOOLS_SERVICE_NAME", "supply-chain-seeder")
        patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "SupplyChainWarehouse")
        serverless = boto3.client("redshift-serverless")
        serverless.create_namespace(namespaceName=WORKGROUP, dbName="supply_chain_db", manageAdminPassword=True)
        serverless.create_workgroup(workgroupName=WORKGROUP, namespaceName=WORKGROUP)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        boto3.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield WORKGROUP


@pytest.fixture
def world(workgroup, cloudformation) -> World:
    """A place of its own for each test: a database that the seeder makes."""
    return World(cloudformation, database=f"case_{next(_numbers)}", workgroup=workgroup)
