"""A workgroup, a secret and a part of a bucket that exist outside the stack."""

import json
import time
from dataclasses import dataclass

import boto3
import pytest

from supplychain.warehouse.data_api import DataApi
from tests.seeder.harness import BUCKET, SeededPlace

NAME = "by-hand"
PREFIX = "samples/generated/"
OTHER_KEYS = ("other.txt", "samples/other.txt", f"{NAME}/first/other.txt")


@dataclass
class ExistingWorkgroup(SeededPlace):
    """A place in a workgroup whose admin password AWS does not manage."""

    workgroup: str = NAME
    admin_secret: str | None = None

    def properties(self):
        """Return the properties with a prefix in the bucket, with the secret and without a role for COPY."""
        properties = super().properties() | {"Prefix": PREFIX}
        del properties["CopyRoleArn"]
        return properties | ({"AdminSecretArn": self.admin_secret} if self.admin_secret else {})


@pytest.fixture(scope="module")
def secret(workgroup: str) -> str:
    """The ARN of the secret of a workgroup that is created with a password."""
    assert workgroup != NAME
    serverless = boto3.client("redshift-serverless")
    admin = {"username": "boss", "password": "Secret123"}
    serverless.create_namespace(
        namespaceName=NAME, dbName="first", adminUsername=admin["username"], adminUserPassword=admin["password"]
    )
    serverless.create_workgroup(workgroupName=NAME, namespaceName=NAME)
    while serverless.get_workgroup(workgroupName=NAME)["workgroup"]["status"] != "AVAILABLE":
        time.sleep(0.1)
    made = boto3.client("secretsmanager").create_secret(Name="boss", SecretString=json.dumps(admin))
    return str(made["ARN"])


def _keys():
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {entry["Key"] for entry in listed}


@pytest.mark.usefixtures("secret")
def test_without_a_secret_the_failure_explains_what_to_do_and_a_delete_succeeds(cloudformation):
    """The reason names the namespace and both remedies; the Delete of the rollback finds nothing to delete."""
    place = ExistingWorkgroup(cloudformation, database="first")
    answer = place.send(place.event("Create"))
    assert answer["Status"] == "FAILED"
    assert f"namespace {NAME} has no admin secret managed by AWS: enable" in answer["Reason"]
    assert "pass the secret that holds user name and password as admin_secret" in answer["Reason"]
    place.delete()


def test_with_its_own_secret_the_place_is_filled_and_cleared(secret, cloudformation):
    """All files are below the prefix; Delete removes these and the tables, and nothing else."""
    for key in OTHER_KEYS:
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"other")
    before = _keys()
    place = ExistingWorkgroup(cloudformation, database="first", admin_secret=secret)
    place.create()
    created = _keys() - before
    assert created
    assert all(key.startswith(f"{PREFIX}{NAME}/first/") for key in created)
    updated = place.update(seed=place.seed | {"num_products": "13"})
    caller = DataApi(boto3.client("redshift-data"), NAME, "first")
    assert caller.execute("select count(*) from product").rows == [(13,)]
    updated.delete()
    assert _keys() == before
