"""A namespace with its workgroup, and methods to query it."""

import contextlib
import json
import time
import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.tests.engine import slow_query
from redshift_sandbox.testing import Sandbox

ROLE = "arn:aws:iam::000000000000:role/loader"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@dataclass(frozen=True)
class Warehouse:
    """A workgroup, its database, and the secret of the database user (None: the IAM caller)."""

    aws: Sandbox
    name: str
    database: str
    secret: str | None
    data: Any

    @classmethod
    def create(cls, aws: Sandbox, name: str, database: str = "analytics") -> "Warehouse":
        serverless = aws.client("redshift-serverless")
        serverless.create_namespace(namespaceName=name, dbName=database, manageAdminPassword=True)
        serverless.create_workgroup(workgroupName=name, namespaceName=name, baseCapacity=8)
        await_status(serverless, name, "AVAILABLE")
        secret = serverless.get_namespace(namespaceName=name)["namespace"]["adminPasswordSecretArn"]
        return cls(aws, name, database, secret, aws.client("redshift-data"))

    def with_bucket(self, bucket: str) -> Any:
        """Create a bucket, and give the namespace a default role; return an S3 client."""
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket=bucket)
        make_role(self.aws, ROLE.rpartition("/")[2], allow(["s3:*"], "*"))
        self.aws.client("redshift-serverless").update_namespace(
            namespaceName=self.name, iamRoles=[ROLE], defaultIamRoleArn=ROLE
        )
        return s3

    def delete(self) -> None:
        serverless = self.aws.client("redshift-serverless")
        serverless.delete_workgroup(workgroupName=self.name)
        await_status(serverless, self.name, None)
        serverless.delete_namespace(namespaceName=self.name)

    @property
    def target(self) -> dict[str, str]:
        secret = {"SecretArn": self.secret} if self.secret else {}
        return {"WorkgroupName": self.name, "Database": self.database, **secret}

    def slow_query(self, seconds: float) -> str:
        """Return a query that takes this many seconds and returns one row, 1."""
        return slow_query(self.aws, self.name, self.database, seconds)

    def as_caller(self) -> "Warehouse":
        """Return the same warehouse, queried as the caller's database user."""
        return replace(self, secret=None)

    def as_user(self, name: str, password: str) -> "Warehouse":
        """Return the same warehouse, queried as a database user with a password."""
        secret = json.dumps({"username": name, "password": password})
        manager = self.aws.client("secretsmanager")
        made = manager.create_secret(Name=f"{self.name}-{name}-{uuid.uuid4()}", SecretString=secret)
        return replace(self, secret=made["ARN"])

    def in_database(self, database: str) -> "Warehouse":
        return replace(self, database=database)

    def run(self, sql: str, **options: Any) -> dict[str, Any]:
        """Run one statement, wait until it ends, and describe it."""
        target = {} if "SessionId" in options else self.target
        made = self.data.execute_statement(Sql=sql, WaitTimeSeconds=30, **target, **options)
        return self.data.describe_statement(Id=made["Id"])

    def run_batch(self, *statements: str, **options: Any) -> dict[str, Any]:
        target = {} if "SessionId" in options else self.target
        made = self.data.batch_execute_statement(Sqls=list(statements), WaitTimeSeconds=30, **target, **options)
        return self.data.describe_statement(Id=made["Id"])

    def rows(self, sql: str, **options: Any) -> list[tuple[Any, ...]]:
        """Run a statement that must succeed, and return its rows."""
        described = self.run(sql, **options)
        assert described["Status"] == "FINISHED", described.get("Error")
        return self.result(described["Id"])

    def do(self, *statements: str) -> None:
        """Run statements that must succeed, one by one."""
        for sql in statements:
            described = self.run(sql)
            assert described["Status"] == "FINISHED", f"{described.get('Error')}: {sql}"

    def result(self, identifier: str) -> list[tuple[Any, ...]]:
        records, token = [], {}
        while True:
            page = self.data.get_statement_result(Id=identifier, **token)
            records += page["Records"]
            if "NextToken" not in page:
                return [tuple(value_of(field) for field in record) for record in records]
            token = {"NextToken": page["NextToken"]}


def make_role(aws: Sandbox, name: str, *statements: dict[str, Any], trust: str = TRUST) -> str:
    """Make a role with these statements as its one policy, or give an existing one them; return its ARN."""
    iam = aws.client("iam")
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=json.dumps(policy))
    return str(iam.get_role(RoleName=name)["Role"]["Arn"])


def make_user(aws: Sandbox, name: str, *statements: dict[str, Any]) -> Any:
    """Make an IAM user with these statements as its one policy; return how to make its clients."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=json.dumps(policy))
    return partial(client_of_user, aws, name)


def client_of_user(aws: Sandbox, name: str, service: str) -> Any:
    """Return a client with a new key of the user's."""
    key = aws.client("iam").create_access_key(UserName=name)["AccessKey"]
    return aws.client(service, key["AccessKeyId"], key["SecretAccessKey"])


def allow(actions: list[str], resource: str | list[str], **condition: Any) -> dict[str, Any]:
    """A statement that allows actions; conditions are named by their operators."""
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


def value_of(field: dict[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))


def await_status(serverless: Any, workgroup: str, status: str | None) -> None:
    """Wait until a workgroup has a status, or (None) no longer exists."""
    for _ in range(200):
        found = {entry["workgroupName"]: entry["status"] for entry in serverless.list_workgroups()["workgroups"]}
        if found.get(workgroup) == status:
            return
        time.sleep(0.05)
    raise AssertionError(f"{workgroup} did not become {status}")


def refused(call, *arguments, **options) -> tuple[str, str]:
    """Make a call that must fail, and return the code and message of the error."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **options)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
