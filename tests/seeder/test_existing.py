"""A workgroup, a secret and a part of a bucket that somebody else has made."""

import json
import time
from dataclasses import dataclass

import boto3
import pytest

from supplychain.warehouse.data_api import DataApi
from tests.seeder.harness import BUCKET, World

NAME = "by-hand"
PREFIX = "samples/ours/"
THEIRS = ("theirs.txt", "samples/theirs.txt", f"{NAME}/first/theirs.txt")


@dataclass
class Theirs(World):
    """A place in a workgroup whose admin's password AWS does not manage."""

    workgroup: str = NAME
    admin_secret: str | None = None

    def properties(self):
        """Those of the resource, with a part of the bucket, with the secret and without a role for COPY."""
        properties = super().properties() | {"Prefix": PREFIX}
        del properties["CopyRoleArn"]
        return properties | ({"AdminSecretArn": self.admin_secret} if self.admin_secret else {})


@pytest.fixture(scope="module")
def secret(workgroup: str) -> str:
    """A workgroup made by hand beside the tests' own, with a password in a secret of its own; the secret's ARN."""
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
def test_without_a_secret_the_failure_says_what_to_do_and_a_delete_succeeds(cloudformation):
    """One line names the namespace and both ways out; the rollback's Delete finds nothing to empty."""
    place = Theirs(cloudformation, database="first")
    answer = place.send(place.event("Create"))
    assert answer["Status"] == "FAILED"
    assert f"namespace {NAME} has no admin secret that AWS manages: turn on" in answer["Reason"]
    assert "give the secret that holds user name and password as admin_secret" in answer["Reason"]
    place.delete()


def test_with_a_secret_of_its_own_the_place_is_filled_and_emptied(secret, cloudformation):
    """Files lie below the prefix alone; Delete takes those, the tables and nothing else."""
    for key in THEIRS:
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"theirs")
    before = _keys()
    place = Theirs(cloudformation, database="first", admin_secret=secret)
    place.create()
    ours = _keys() - before
    assert ours
    assert all(key.startswith(f"{PREFIX}{NAME}/first/") for key in ours)
    updated = place.update(seed=place.seed | {"num_products": "13"})
    everybody = DataApi(boto3.client("redshift-data"), NAME, "first")
    assert everybody.execute("select count(*) from product").rows == [(13,)]
    updated.delete()
    assert _keys() == before
