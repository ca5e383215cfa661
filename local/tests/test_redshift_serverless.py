"""The redshift-serverless API."""

import json

import psutil
import pytest
from botocore.exceptions import ClientError

from local.tests.warehouse import Warehouse, await_status, refused
from redshift_sandbox.leftovers import backends_below
from redshift_sandbox.testing import Sandbox


@pytest.fixture(scope="module")
def api(sandbox: Sandbox):
    """The API's client."""
    return sandbox.client("redshift-serverless")


@pytest.fixture(scope="module")
def made(api):
    """A namespace with a workgroup."""
    api.create_namespace(namespaceName="shop", adminUsername="boss", adminUserPassword="Secret123", dbName="sales")
    api.create_workgroup(workgroupName="shop", namespaceName="shop", baseCapacity=8, tags=[{"key": "a", "value": "1"}])
    yield "shop"
    await_status(api, "shop", "AVAILABLE")
    api.delete_workgroup(workgroupName="shop")
    await_status(api, "shop", None)
    api.delete_namespace(namespaceName="shop")


@pytest.fixture
def shop(api, made: str):
    """The workgroup, when it is available."""
    await_status(api, made, "AVAILABLE")
    return api.get_workgroup(workgroupName=made)["workgroup"]


def code_of(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


def test_a_workgroup_is_created_then_available(shop):
    """It has an endpoint, and belongs to its namespace."""
    assert shop["endpoint"] == {
        "address": "shop.000000000000.us-east-1.redshift-serverless.amazonaws.com", "port": 5439, "vpcEndpoints": [],
    }  # fmt: skip
    assert (shop["namespaceName"], shop["baseCapacity"], shop["status"]) == ("shop", 8, "AVAILABLE")


@pytest.mark.usefixtures("shop")
def test_a_namespace_takes_one_workgroup(api):
    """A second workgroup, a second namespace with the same name, and deleting a namespace in use are conflicts."""
    assert code_of(api.create_workgroup, workgroupName="other", namespaceName="shop") == "ConflictException"
    assert code_of(api.create_namespace, namespaceName="shop") == "ConflictException"
    assert code_of(api.delete_namespace, namespaceName="shop") == "ConflictException"


@pytest.mark.usefixtures("shop")
def test_update_workgroup_takes_one_change(api):
    """Two are rejected; while one change is MODIFYING, another is a conflict."""
    assert code_of(api.update_workgroup, workgroupName="shop", baseCapacity=16, maxCapacity=32) == "ValidationException"
    assert code_of(api.update_workgroup, workgroupName="shop", baseCapacity=9) == "ValidationException"
    assert api.update_workgroup(workgroupName="shop", maxCapacity=16)["workgroup"]["status"] == "MODIFYING"
    assert code_of(api.update_workgroup, workgroupName="shop", baseCapacity=16) == "ConflictException"


def test_names_are_checked(api):
    """Names must match the model's pattern, and unknown ones are not found."""
    assert code_of(api.create_namespace, namespaceName="Shop") == "ValidationException"
    assert code_of(api.get_namespace, namespaceName="nowhere") == "ResourceNotFoundException"
    assert code_of(api.get_workgroup, workgroupName="nowhere") == "ResourceNotFoundException"
    assert code_of(api.create_workgroup, workgroupName="lost", namespaceName="nowhere") == "ResourceNotFoundException"


def test_tags(api, shop):
    """Tags are created with a resource, and added, removed and listed by its ARN."""
    arn = shop["workgroupArn"]
    api.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    api.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]


def test_the_managed_secret_lives_as_long_as_its_namespace(sandbox: Sandbox):
    """It has Redshift's name, works for the namespace, and is deleted with it."""
    made = Warehouse.create(sandbox, "managed")
    secrets = sandbox.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=made.secret)
    assert secret["Name"] == "redshift!managed-admin"
    assert json.loads(secret["SecretString"])["username"] == "admin"
    made.delete()
    assert code_of(secrets.get_secret_value, SecretId=made.secret) == "ResourceNotFoundException"


def test_two_namespaces_share_nothing(sandbox: Sandbox):
    """Both may have a database, a user and a table of the same name."""
    one, two = Warehouse.create(sandbox, "first-of-two"), Warehouse.create(sandbox, "second-of-two")
    one.do("CREATE USER same PASSWORD 'Abcdefg1'", "CREATE TABLE same (n INT)", "INSERT INTO same VALUES (1)")
    two.do("CREATE USER same PASSWORD 'Abcdefg1'", "CREATE TABLE same (n INT)")
    assert (one.rows("SELECT * FROM same"), two.rows("SELECT * FROM same")) == ([(1,)], [])
    one.delete()
    assert two.rows("SELECT * FROM same") == []
    two.delete()


@pytest.mark.usefixtures("shop")
def test_credentials_name_the_callers_database_user(api):
    """GetCredentials returns the database user of the IAM caller."""
    credentials = api.get_credentials(workgroupName="shop", dbName="sales")
    assert credentials["dbUser"] == "IAM:root"
    assert code_of(api.get_credentials, workgroupName="nowhere") == "ResourceNotFoundException"


@pytest.mark.usefixtures("shop")
def test_update_namespace_takes_what_goes_together(api):
    """Name with password, roles with the default role; any other combination, or no change, is rejected."""
    role = "arn:aws:iam::000000000000:role/shop"
    api.update_namespace(namespaceName="shop", iamRoles=[role], defaultIamRoleArn=role)
    api.update_namespace(namespaceName="shop", adminUsername="chief", adminUserPassword="Secret456")
    assert api.get_namespace(namespaceName="shop")["namespace"]["adminUsername"] == "chief"
    more = {"logExports": ["userlog"], "kmsKeyId": "key"}
    assert code_of(api.update_namespace, namespaceName="shop", **more) == "ValidationException"
    assert code_of(api.update_namespace, namespaceName="shop") == "ValidationException"


@pytest.mark.usefixtures("shop")
def test_ports(api):
    """5431 to 5455 and 8191 to 8215."""
    assert code_of(api.update_workgroup, workgroupName="shop", port=5430) == "ValidationException"
    assert api.update_workgroup(workgroupName="shop", port=8200)["workgroup"]["port"] == 8200


def test_lists_are_paged(api):
    """With maxResults and nextToken; an invalid token is rejected."""
    for number in range(2):
        api.create_namespace(namespaceName=f"paged-{number}")
    pages = list(api.get_paginator("list_namespaces").paginate(PaginationConfig={"PageSize": 1}))
    names = [page["namespaces"][0]["namespaceName"] for page in pages]
    assert [name for name in names if name.startswith("paged")] == ["paged-0", "paged-1"]
    assert code_of(api.list_namespaces, nextToken="x") == "ValidationException"
    for number in range(2):
        api.delete_namespace(namespaceName=f"paged-{number}")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"adminUsername": "pg_admin"}, 'role name "pg_admin" is reserved'),
        ({"adminUsername": "public"}, 'role name "public" is reserved'),
        ({"dbName": "template1"}, 'database "template1" already exists'),
        ({"manageAdminPassword": True}, "A secret for the admin password of namespace refused already exists"),
    ],
)
def test_a_namespace_that_cannot_be_created_leaves_no_server(api, sandbox: Sandbox, given, reason: str):
    """The request is refused with the reason, and the name is free."""
    secrets = sandbox.client("secretsmanager")
    if "manageAdminPassword" in given:
        secrets.create_secret(Name="redshift!refused-admin", SecretString="taken")
    folder = sandbox.state_folder / "postgres"
    before = set(folder.iterdir()), {process.pid for process in backends_below(folder) if is_server(process)}
    code, message = refused(api.create_namespace, namespaceName="refused", **given)
    assert code in {"ValidationException", "ConflictException"}
    assert reason in message
    assert (set(folder.iterdir()), {process.pid for process in backends_below(folder) if is_server(process)}) == before
    assert code_of(api.get_namespace, namespaceName="refused") == "ResourceNotFoundException"


def is_server(process: psutil.Process) -> bool:
    """Return whether a process of PostgreSQL is the main one."""
    return "-D" in process.cmdline()
