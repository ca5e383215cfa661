"""The roles allow the calls of the seeder and nothing else: recorded calls are checked against the policies."""

from dataclasses import replace

import pytest

from supplychain.seeder.request import LAKE_TYPE
from tests.infra.synthesis import synthesise
from tests.seeder.harness import BUCKET, TINY, WORKGROUP
from tests.seeder.iam_policies import Grant, Request, Role
from tests.seeder.recorded_requests import KEY, Record

LARGER = TINY | {"num_products": "30"}

UNRECORDED_SEEDER_ACTIONS = {
    "logs:CreateLogStream": "Lambda writes the log with the role of the function",
    "logs:PutLogEvents": "Lambda writes the log with the role of the function",
    "redshift-data:CancelStatement": "when the function runs out of time, or a Delete finds a running load",
    "s3:AbortMultipartUpload": "when the upload of a file of 8 MiB or more fails",
    "s3:DeleteObject": "DeleteObjects requires it even for versions, by S3's documentation",
}
UNRECORDED_COPY_ACTIONS = {
    "s3:GetBucketLocation": "Redshift Spectrum, which reads Parquet for COPY, gets the region of the bucket",
}


@pytest.fixture(scope="module")
def template():
    """With a customer managed key, which adds the statements for KMS."""
    return synthesise(customer_managed_key="on", workgroup=WORKGROUP)


def _names(template):
    """Return the values of the references in the policies."""
    return {
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::AccountId": "000000000000",
        f"{template.only_id('AWS::S3::Bucket')}.Arn": f"arn:aws:s3:::{BUCKET}",
        f"{template.only_id('AWS::KMS::Key')}.Arn": KEY,
        f"{template.only_id('AWS::Logs::LogGroup')}.Arn": "arn:aws:logs:us-east-1:000000000000:log-group:seeder:*",
    }


@pytest.fixture(scope="module")
def seeder(template):
    role = template.only("AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]
    return Role.of(template.resources[role]["Properties"], _names(template))


@pytest.fixture(scope="module")
def copy(template):
    role = template.only("AWS::RedshiftServerless::Namespace")["DefaultIamRoleArn"]["Fn::GetAtt"][0]
    return Role.of(template.resources[role]["Properties"], _names(template))


@pytest.fixture(scope="module")
def recorded(make_place, template):
    """A create, an update with COPY, an update that fails and is rolled back, a delete, and a delete of the lake."""
    tags = {tag["Key"]: tag["Value"] for tag in template.only("AWS::RedshiftServerless::Workgroup")["Tags"]}
    record = Record(tags={f"aws:ResourceTag/{key}": value for key, value in tags.items()})
    place = make_place()
    refused = place.with_changes(seed=LARGER, load={"grant_select_to": "user:nobody_knows_me"})
    with record.recording():
        place.create()
    with record.recording():
        copied = place.update(seed=LARGER, load={"load_method": "copy"})
    with record.recording():
        answer = refused.send(refused.event("Update", old=copied))
    assert answer["Status"] == "FAILED"
    with record.recording():
        rolled_back = copied.send(copied.event("Update", old=refused))
        copied.delete()
        lake = place.event("Delete", ResourceType=LAKE_TYPE, ResourceProperties={"Bucket": BUCKET})
        cleared = copied.send(lake)
    assert rolled_back["Status"] == cleared["Status"] == "SUCCESS"
    return record


def test_every_call_of_the_seeder_is_allowed(recorded, seeder):
    """A statement allows the call on its resource, and none denies it."""
    assert not [request for request in recorded.requests if not seeder.allows(request)]


def test_every_permission_of_the_seeder_is_used(recorded, seeder):
    """Each action on each resource was used, or is listed above with the reason."""
    assert {grant.action for grant in seeder.unused(recorded.requests)} == set(UNRECORDED_SEEDER_ACTIONS)


def test_copy_may_read_its_files(recorded, copy):
    """It may list the bucket and read every file of the six tables."""
    assert any(request.resource.endswith(".parquet") for request in recorded.by_copy)
    assert not [request for request in recorded.by_copy if not copy.allows(request)]


def test_copy_may_do_nothing_else(recorded, copy):
    """Each action was used, or is listed above with the reason."""
    assert {grant.action for grant in copy.unused(recorded.by_copy)} == set(UNRECORDED_COPY_ACTIONS)


def test_resources_outside_the_stack_are_inaccessible(recorded, seeder):
    """The same calls for other warehouses, statements, secrets and files are denied."""
    (execute,) = {request for request in recorded.requests if request.action == "redshift-data:ExecuteStatement"}
    (secret,) = {request for request in recorded.requests if request.action == "secretsmanager:GetSecretValue"}
    describe = next(request for request in recorded.requests if request.action == "redshift-data:DescribeStatement")
    refused = [
        replace(execute, context={"aws:ResourceTag/supply-chain-warehouse": "AnotherStack"}),
        replace(execute, context={}),
        replace(secret, resource=secret.resource.replace("warehouse_admin", "awsuser")),
        replace(secret, context={}),
        replace(
            describe,
            context=dict.fromkeys(describe.context, "AROAOTHER:session") | {"aws:userid": "AROAEXAMPLE:seeder"},
        ),
        Request("s3:GetObject", "arn:aws:s3:::another-bucket/key"),
        Request("logs:CreateLogGroup", "arn:aws:logs:us-east-1:000000000000:log-group:seeder:*"),
    ]
    assert not [request for request in refused if seeder.allows(request)]


def test_an_unused_or_missing_permission_would_be_found(recorded, seeder):
    """The comparison detects an additional action and a missing one."""
    unused = Grant("Unused", "Allow", "s3:PutObjectAcl", f"arn:aws:s3:::{BUCKET}/*")
    assert unused in set(Role((*seeder.grants, unused)).unused(recorded.requests))
    fewer = Role(tuple(grant for grant in seeder.grants if grant.sid != "ListLake"))
    assert [request for request in recorded.requests if not fewer.allows(request)]
