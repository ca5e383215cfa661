"""The roles may do what the seeder does over its life, and nothing else: recorded calls against the policies."""

from dataclasses import replace

import pytest

from supplychain.seeder.request import LAKE_TYPE
from tests.infra.synthesis import synthesise
from tests.seeder.calls import KEY, Record
from tests.seeder.harness import BUCKET, TINY
from tests.seeder.iam import Grant, Request, Role

LARGER = TINY | {"num_products": "30"}

SEEDER_UNRECORDED = {
    "logs:CreateLogStream": "Lambda writes the function's log with the function's role",
    "logs:PutLogEvents": "likewise",
    "redshift-data:CancelStatement": "when a statement outlasts the function's time, or a Delete meets a running load",
    "s3:AbortMultipartUpload": "when the upload of a file of 8 MiB or more fails half-way",
    "s3:DeleteObject": "S3's documentation: DeleteObjects always asks for it, versions given or not",
}
COPY_UNRECORDED = {
    "s3:GetBucketLocation": "Redshift Spectrum, which reads Parquet for COPY, learns the bucket's region with it",
}


@pytest.fixture(scope="module")
def template():
    """Every statement there is: with a customer managed key."""
    return synthesise(customer_managed_key="on")


def _names(template):
    """What the policies refer to, by the names that it has here."""
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
def life(make_world, template):
    """A create, an update with COPY, an update that fails and is rolled back, a delete, and the lake's delete."""
    tags = {tag["Key"]: tag["Value"] for tag in template.only("AWS::RedshiftServerless::Workgroup")["Tags"]}
    record = Record(tags={f"aws:ResourceTag/{key}": value for key, value in tags.items()})
    world = make_world()
    refused = world.but(seed=LARGER, load={"grant_select_to": "user:nobody_knows_me"})
    with record.recording():
        world.create()
    with record.recording():
        copied = world.update(seed=LARGER, load={"load_method": "copy"})
    with record.recording():
        answer = refused.send(refused.event("Update", old=copied))
    assert answer["Status"] == "FAILED"
    with record.recording():
        rolled_back = copied.send(copied.event("Update", old=refused))
        copied.delete()
        lake = world.event("Delete", ResourceType=LAKE_TYPE, ResourceProperties={"Bucket": BUCKET})
        emptied = copied.send(lake)
    assert rolled_back["Status"] == emptied["Status"] == "SUCCESS"
    return record


def test_nothing_that_the_seeder_does_is_refused(life, seeder):
    """Each call, on the resource it was made on, is allowed by a statement and denied by none."""
    assert not [request for request in life.asked if not seeder.allows(request)]


def test_nothing_that_the_seeder_may_do_is_idle(life, seeder):
    """Each action on each resource of each statement was asked for, or stands in the list with its reason."""
    assert {grant.action for grant in seeder.unused(life.asked)} == set(SEEDER_UNRECORDED)


def test_copy_may_read_what_it_is_told_to(life, copy):
    """The bucket's list, and every file of the six tables."""
    assert any(request.resource.endswith(".parquet") for request in life.by_copy)
    assert not [request for request in life.by_copy if not copy.allows(request)]


def test_copy_may_do_nothing_else(life, copy):
    """Each action was asked for, or stands in the list with its reason."""
    assert {grant.action for grant in copy.unused(life.by_copy)} == set(COPY_UNRECORDED)


def test_others_warehouses_statements_secrets_and_files_are_out_of_reach(life, seeder):
    """The same calls about something that is not the stack's are refused."""
    (execute,) = {request for request in life.asked if request.action == "redshift-data:ExecuteStatement"}
    (secret,) = {request for request in life.asked if request.action == "secretsmanager:GetSecretValue"}
    describe = next(request for request in life.asked if request.action == "redshift-data:DescribeStatement")
    refused = [
        replace(execute, context={"aws:ResourceTag/supply-chain-warehouse": "AnotherStack"}),
        replace(execute, context={}),
        replace(secret, resource=secret.resource.replace("warehouse_admin", "awsuser")),
        replace(secret, context={}),
        replace(
            describe,
            context=dict.fromkeys(describe.context, "AROAOTHER:somebody") | {"aws:userid": "AROAEXAMPLE:seeder"},
        ),
        Request("s3:GetObject", "arn:aws:s3:::another-bucket/key"),
        Request("logs:CreateLogGroup", "arn:aws:logs:us-east-1:000000000000:log-group:seeder:*"),
    ]
    assert not [request for request in refused if seeder.allows(request)]


def test_a_statement_that_nobody_needs_would_be_found(life, seeder):
    """The comparison can fail: an action too many, and one too few."""
    idle = Grant("Idle", "Allow", "s3:PutObjectAcl", f"arn:aws:s3:::{BUCKET}/*")
    assert idle in set(Role((*seeder.grants, idle)).unused(life.asked))
    fewer = Role(tuple(grant for grant in seeder.grants if grant.sid != "ListLake"))
    assert [request for request in life.asked if not fewer.allows(request)]
