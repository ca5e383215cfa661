"""The roles' permissions: with the template's policies a deployment's whole life succeeds, with any less it fails.

The sandbox enforces the policies. The template is the one with a customer managed key, which has every statement.
"""

import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from supplychain.seeder.request import LAKE_TYPE
from tests.infra.policies import copy_role, listed, names, seeder_role, statements
from tests.infra.synthesis import synthesise
from tests.seeder.harness import TINY, SeededPlace, make_role, make_workgroup

JSON = dict[str, Any]

PLACE = "permitted"
BUCKET = "permitted-lake"
SEEDER, COPY = "permitted-seeder", "permitted-copy"
COPY_ARN = f"arn:aws:iam::000000000000:role/{COPY}"
LOG_GROUP = "permitted-log"

_numbers = itertools.count(20)

FAILS_AT: dict[tuple[str, str], str] = {
    ("ListLake", "s3:ListBucket"): "create",
    ("ListLake", "s3:ListBucketVersions"): "create",
    ("WriteLake", "s3:GetObject"): "create",
    ("WriteLake", "s3:PutObject"): "create",
    ("UseKey", "kms:Decrypt"): "create",
    ("UseKey", "kms:GenerateDataKey"): "create",
    ("FindNamespace", "redshift-serverless:GetNamespace"): "create",
    ("FindWorkgroup", "redshift-serverless:GetWorkgroup"): "create",
    ("RunStatements", "redshift-data:BatchExecuteStatement"): "create",
    ("RunStatements", "redshift-data:ExecuteStatement"): "create",
    ("UseSessions", "redshift-data:BatchExecuteStatement"): "create",
    ("FollowStatements", "redshift-data:GetStatementResult"): "create",
    ("ReadAdminSecret", "secretsmanager:GetSecretValue"): "create",
    ("FindFiles", "s3:GetBucketLocation"): "update by COPY",
    ("FindFiles", "s3:ListBucket"): "update by COPY",
    ("ReadFiles", "s3:GetObject"): "update by COPY",
    ("DecryptFiles", "kms:Decrypt"): "update by COPY",
    ("WriteLake", "s3:DeleteObject"): "update by COPY",
    ("WriteLake", "s3:DeleteObjectVersion"): "update by COPY",
    ("FollowStatements", "redshift-data:DescribeStatement"): "failed update",
    ("FollowStatements", "redshift-data:ListStatements"): "delete",
}
"""The step that fails without an action of a statement."""

NOT_IN_THE_LIFE: dict[tuple[str, str], str] = {
    ("ReadStackStatus", "cloudformation:DescribeStacks"): "tested below",
    ("UseSessions", "redshift-data:ExecuteStatement"): "as in AWS's example; the loader sends batches only",
    (
        "FollowStatements",
        "redshift-data:CancelStatement",
    ): "a statement outlasts the function, or a Delete interrupts it",
    ("WriteLake", "s3:AbortMultipartUpload"): "the upload of a file of 8 MiB or more fails midway",
    ("WriteLog", "logs:CreateLogStream"): "tested below",
    ("WriteLog", "logs:PutLogEvents"): "tested below",
    ("KeepDeletedLogDeleted", "logs:CreateLogGroup"): "tested below",
}
"""When the other actions are used."""


@dataclass(frozen=True)
class Roles:
    """The statements of the two roles."""

    seeder: list[JSON]
    copy: list[JSON]

    def grant(self) -> None:
        """Give the roles in the sandbox these statements."""
        make_role(SEEDER, self.seeder)
        make_role(COPY, self.copy)

    def without(self, sid: str, action: str) -> "Roles":
        """The same without one action of one statement."""
        return Roles(_without(self.seeder, sid, action), _without(self.copy, sid, action))

    def actions(self) -> set[tuple[str, str]]:
        """Every action of every statement."""
        return {
            (statement["Sid"], action)
            for statement in (*self.seeder, *self.copy)
            for action in listed(statement["Action"])
        }


def _without(role: list[JSON], sid: str, action: str) -> list[JSON]:
    left = [
        statement | {"Action": [one for one in listed(statement["Action"]) if (statement["Sid"], one) != (sid, action)]}
        for statement in role
    ]
    return [statement for statement in left if statement["Action"]]


@pytest.fixture(scope="module")
def roles(workgroup) -> Roles:  # noqa: ARG001  # it makes the sandbox this process's AWS
    """The template's roles, with the names of a place that has its key and its tags."""
    template = synthesise(customer_managed_key="on", workgroup=PLACE)
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    tags = {tag["Key"]: tag["Value"] for tag in template.only("AWS::RedshiftServerless::Workgroup")["Tags"]}
    make_workgroup(PLACE, bucket=BUCKET, copy_role=COPY_ARN, tags=tags, kmsKeyId=key, adminPasswordSecretKmsKeyId=key)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    boto3.client("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    values = names(template, bucket=BUCKET, key=key, log_group=LOG_GROUP, stack=_make_stack(PLACE))
    return Roles(*(statements(template, role(template), values) for role in (seeder_role, copy_role)))


def _make_stack(name: str) -> str:
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "a"}}
    template = json.dumps({"Resources": {"Parameter": parameter}})
    return str(boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=template)["StackId"])


@pytest.fixture
def permitted(roles, make_place, monkeypatch) -> Iterator[SeededPlace]:
    """An empty place, whose seeder has a session of its role; a refusal is final at once."""
    roles.grant()
    monkeypatch.setattr("supplychain.seeder.retry.PROPAGATION_SECONDS", 0)
    place = make_place().with_changes(workgroup=PLACE, bucket=BUCKET, copy_role=COPY_ARN)
    for name, value in _session().items():
        monkeypatch.setenv(name, value)
    yield place
    roles.grant()


@pytest.fixture(scope="module")
def filled(roles, make_place) -> SeededPlace:
    """A place that was created and updated."""
    roles.grant()
    place = make_place().with_changes(workgroup=PLACE, bucket=BUCKET, copy_role=COPY_ARN)
    place.create()
    return place.update(seed=_products(13))


def _session() -> dict[str, str]:
    arn = boto3.client("iam").get_role(RoleName=SEEDER)["Role"]["Arn"]
    key = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="seeder")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_SESSION_TOKEN": key["SessionToken"],
    }


def life(place: SeededPlace) -> dict[str, Callable[[], JSON]]:
    """The steps of a deployment's life, each giving its answer; the fourth fails and the fifth rolls it back."""
    inserted = place.with_changes(seed=_products(next(_numbers)))
    copied = place.with_changes(seed=_products(next(_numbers)), load={"load_method": "copy"})
    invalid = place.with_changes(seed=_products(next(_numbers)), load={"grant_select_to": "user:nobody_knows_me"})
    lake = {"ResourceType": LAKE_TYPE, "ResourceProperties": {"Bucket": place.bucket}}
    return {
        "create": lambda: place.send(place.event("Create")),
        "update by INSERT": lambda: inserted.send(inserted.event("Update", old=place)),
        "update by COPY": lambda: copied.send(copied.event("Update", old=inserted)),
        "failed update": lambda: invalid.send(invalid.event("Update", old=copied)),
        "rollback": lambda: copied.send(copied.event("Update", old=invalid)),
        "delete": lambda: copied.send(copied.event("Delete")),
        "delete of the lake": lambda: copied.send(copied.event("Delete", **lake)),
    }


def _products(count: int) -> dict[str, str]:
    return TINY | {"num_products": str(count)}


def test_every_action_is_accounted_for(roles):
    """Each action of each statement is in one of the two tables."""
    assert roles.actions() == FAILS_AT.keys() | NOT_IN_THE_LIFE.keys()
    assert not FAILS_AT.keys() & NOT_IN_THE_LIFE.keys()


@pytest.mark.parametrize(("sid", "action"), FAILS_AT)
def test_no_action_can_be_removed(permitted, filled, roles, sid, action):
    """Without it the step fails, and the reason names it."""
    step = FAILS_AT[sid, action]
    place = permitted if step == "create" else filled
    if sid == "UseSessions":  # a load by INSERT would fall back to COPY
        place = place.with_changes(copy_role="")
    roles.without(sid, action).grant()
    answer = life(place)[step]()
    assert answer["Status"] == "FAILED"
    assert f"is not authorized to perform: {action}" in answer["Reason"]


def test_a_load_whose_session_is_denied_falls_back_to_copy(permitted, roles):
    """Without UseSessions a load by INSERT is denied in its session, and COPY loads the files of the lake."""
    roles.without("UseSessions", "redshift-data:BatchExecuteStatement").grant()
    permitted.create()
    assert permitted.rows()["product"] == 12


def test_the_whole_life_succeeds(permitted):
    """Create, update by INSERT and by COPY, a failed update with its rollback, delete."""
    for name, step in life(permitted).items():
        answer = step()
        if name == "failed update":
            assert "nobody_knows_me" in answer["Reason"]
        else:
            assert answer["Status"] == "SUCCESS", (name, answer["Reason"])


@pytest.mark.usefixtures("permitted")
def test_others_warehouses_statements_secrets_and_files_are_out_of_reach():
    """The seeder's calls are refused for a workgroup, a statement, a secret and a bucket that are not the stack's."""
    data = boto3.Session().client("redshift-data")
    root = boto3.client("redshift-data")
    other = {"WorkgroupName": "seeded", "Database": "dev"}
    foreign = root.execute_statement(Sql="select 1", **other)["Id"]
    secret = boto3.client("redshift-serverless").get_namespace(namespaceName="seeded")["namespace"]
    own = {"WorkgroupName": PLACE, "Database": "dev", "SecretArn": secret["adminPasswordSecretArn"]}
    for call in (
        lambda: data.execute_statement(Sql="select 1", **other),
        lambda: data.describe_statement(Id=foreign),
        lambda: data.execute_statement(Sql="select 1", **own),
        lambda: boto3.Session().client("s3").list_objects_v2(Bucket="seeded-lake"),
        lambda: boto3.Session().client("logs").create_log_group(logGroupName="another"),
    ):
        with pytest.raises(ClientError, match="is not authorized to perform"):
            call()


@pytest.mark.usefixtures("permitted")
def test_only_the_own_stack_s_status_can_be_read(roles):
    """With ReadStackStatus, by the id that an event names; not that of another stack."""
    root = boto3.client("cloudformation")
    other = _make_stack("another")
    (statement,) = [one for one in roles.seeder if one["Sid"] == "ReadStackStatus"]
    own = boto3.Session().client("cloudformation")
    assert own.describe_stacks(StackName=statement["Resource"])["Stacks"][0]["StackName"] == PLACE
    with pytest.raises(ClientError, match="is not authorized to perform"):
        own.describe_stacks(StackName=other)
    roles.without("ReadStackStatus", "cloudformation:DescribeStacks").grant()
    with pytest.raises(ClientError, match="is not authorized to perform"):
        own.describe_stacks(StackName=statement["Resource"])
    root.delete_stack(StackName="another")


@pytest.mark.usefixtures("permitted")
def test_the_function_logs_with_its_role(roles):
    """It writes its log with WriteLog, and does not bring a deleted group back, whatever else allows it."""
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName=LOG_GROUP)
    invoke = _function()

    def streams() -> int:
        invoke()
        return len(logs.describe_log_streams(logGroupName=LOG_GROUP)["logStreams"])

    assert streams() == 1
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        roles.without("WriteLog", action).grant()
        assert streams() == 1
    roles.grant()
    assert streams() == 2

    def comes_back() -> bool:
        invoke()
        return bool(logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"])

    everything = {"Sid": "Else", "Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    logs.delete_log_group(logGroupName=LOG_GROUP)
    make_role(SEEDER, [*roles.seeder, everything])
    assert not comes_back()
    make_role(SEEDER, [*roles.without("KeepDeletedLogDeleted", "logs:CreateLogGroup").seeder, everything])
    assert comes_back()


def _function() -> Callable[[], JSON]:
    """How to invoke a function that has the seeder's role and logs to its group."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    print('a line')\n")
    functions = boto3.client("lambda")
    functions.create_function(
        FunctionName="permitted",
        Runtime="python3.13",
        Role=boto3.client("iam").get_role(RoleName=SEEDER)["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
        LoggingConfig={"LogGroup": LOG_GROUP},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="permitted")
    return lambda: functions.invoke(FunctionName="permitted")
