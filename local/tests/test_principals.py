"""Database users of the Redshift Data API: a secret's user, the caller's own, and their privileges."""

from local.tests.warehouse import Warehouse, allow, make_role, make_user, refused
from redshift_sandbox.testing import Sandbox

ALL = allow(["redshift-data:*", "redshift-serverless:GetCredentials"], "*")


def test_the_secret_determines_the_user(warehouse: Warehouse, sandbox: Sandbox):
    """The admin's secret gives the admin; a secret with a wrong password is rejected."""
    assert warehouse.rows("SELECT current_user") == [("admin",)]
    made = sandbox.client("secretsmanager").create_secret(
        Name="wrong", SecretString='{"username": "admin", "password": "no"}'
    )
    code, message = refused(
        warehouse.data.execute_statement, Sql="SELECT 1", **{**warehouse.target, "SecretArn": made["ARN"]}
    )
    assert code == "ValidationException"
    assert "password" in message


def test_a_database_user_logs_in_with_a_secret_of_its_own(warehouse: Warehouse, sandbox: Sandbox):
    """A user of CREATE USER can be used with a secret that has its password."""
    warehouse.do("CREATE USER analyst PASSWORD 'Analyst123'")
    made = sandbox.client("secretsmanager").create_secret(
        Name="analyst", SecretString='{"username": "analyst", "password": "Analyst123"}'
    )
    described = warehouse.data.execute_statement(
        Sql="SELECT current_user", **{**warehouse.target, "SecretArn": made["ARN"]}, WaitTimeSeconds=5
    )
    assert warehouse.result(described["Id"]) == [("analyst",)]


def test_without_a_secret_the_caller_is_its_iam_user(warehouse: Warehouse, sandbox: Sandbox):
    """The dummy key is the account's root; a user's key is IAM:<user>; both have only PUBLIC's privileges."""
    warehouse.do("CREATE TABLE secretive (n INT)")
    assert warehouse.as_caller().rows("SELECT current_user") == [("IAM:root",)]
    assert (
        warehouse.as_caller().run("SELECT * FROM secretive")["Error"] == "ERROR: permission denied for table secretive"
    )
    warehouse.do("GRANT SELECT ON secretive TO PUBLIC")
    assert warehouse.as_caller().rows("SELECT * FROM secretive") == []
    carol = make_user(sandbox, "carol", ALL)("redshift-data")
    made = carol.execute_statement(Sql="SELECT current_user", WaitTimeSeconds=5, **warehouse.as_caller().target)
    assert made["DbUser"] == "IAM:carol"


def test_an_assumed_role_is_its_own_user(warehouse: Warehouse, sandbox: Sandbox):
    """A session of a role is IAMR:<role>."""
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    )
    arn = make_role(sandbox, "Loader", ALL, trust=trust)
    session = sandbox.client("sts").assume_role(RoleArn=arn, RoleSessionName="night")["Credentials"]
    data = sandbox.client("redshift-data", session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    assert data.execute_statement(Sql="SELECT 1", **warehouse.as_caller().target)["DbUser"] == "IAMR:Loader"


def test_statements_are_listed_for_their_own_principal(warehouse: Warehouse, sandbox: Sandbox):
    """RoleLevel=true lists all of the caller's user or role, false only those of the current access key."""
    lister = make_user(sandbox, "lister", ALL)
    one, other = lister("redshift-data"), lister("redshift-data")
    one.execute_statement(Sql="SELECT 1", StatementName="of-one", WaitTimeSeconds=5, **warehouse.as_caller().target)
    assert len(one.list_statements(StatementName="of-one")["Statements"]) == 1
    assert len(other.list_statements(StatementName="of-one")["Statements"]) == 1
    assert other.list_statements(StatementName="of-one", RoleLevel=False)["Statements"] == []
    assert warehouse.data.list_statements(StatementName="of-one")["Statements"] == []
