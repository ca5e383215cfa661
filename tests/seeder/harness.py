"""Sends events to the seeder for a place in the sandbox, and receives its answers."""

import contextlib
import json
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3

from supplychain import settings
from supplychain.schema import TABLE_NAMES
from supplychain.seeder import handler
from supplychain.seeder.request import GENERATION_TYPE
from supplychain.settings import LoadSettings, SeedSettings
from supplychain.warehouse.data_api import DataApi

WORKGROUP = "seeded"
DATABASE = "supply_chain_db"
"""The default database of the namespace."""
ADMIN = "warehouse_admin"
"""The admin of the stack, whose name is part of the name of the secret."""
BUCKET = "seeded-lake"
COPY_ROLE = "arn:aws:iam::000000000000:role/copy"
STACK_ID = "arn:aws:cloudformation:us-east-1:000000000000:stack/s/1"
JSON = dict[str, Any]
TINY = {"num_products": "12", "days": "9", "as_of": "2026-01-31"}


def make_workgroup(
    name: str = WORKGROUP, *, bucket: str = BUCKET, copy_role: str = COPY_ROLE, tags: JSON | None = None, **options: Any
) -> None:
    """Create a workgroup with a role for COPY, and a bucket, in the AWS of this process's environment.

    `tags` are those of workgroup and namespace, `options` further parameters of the namespace.
    """
    serverless = boto3.client("redshift-serverless")
    reading = {"Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"], "Resource": "*"}
    make_role(copy_role.rpartition("/")[2], [reading])
    tagged = {"tags": [{"key": key, "value": value} for key, value in (tags or {}).items()]}
    serverless.create_namespace(
        namespaceName=name,
        dbName=DATABASE,
        adminUsername=ADMIN,
        manageAdminPassword=True,
        iamRoles=[copy_role],
        **options,
        **tagged,
    )
    serverless.create_workgroup(workgroupName=name, namespaceName=name, **tagged)
    while serverless.get_workgroup(workgroupName=name)["workgroup"]["status"] != "AVAILABLE":
        time.sleep(0.1)
    boto3.client("s3").create_bucket(Bucket=bucket)
    boto3.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def make_role(name: str, statements: list[JSON]) -> None:
    """Make a role that anybody may assume, or give an existing one other statements."""
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document([trust]))
    iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=_document(statements))


def _document(statements: list[JSON]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class CloudFormation:
    """Receives the answers that the function sends to its ResponseURL."""

    def __init__(self) -> None:
        answers = self.answers = []

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/answer?X-Amz-Signature=hidden"


@dataclass
class Context:
    """The context that Lambda passes to the function."""

    seconds: float = 300
    function_name: str = "seeder"
    memory_limit_in_mb: int = 3008
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:seeder"
    log_stream_name: str = "2026/01/31/[$LATEST]0"
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass
class SeededPlace:
    """A place in the sandbox, and the custom resource that fills it."""

    cloudformation: CloudFormation
    database: str
    workgroup: str = WORKGROUP
    bucket: str = BUCKET
    copy_role: str = COPY_ROLE
    seed: dict[str, str] = field(default_factory=lambda: dict(TINY))
    load: dict[str, str] = field(default_factory=dict)

    def properties(self) -> dict[str, Any]:
        """Return the properties of the resource as CloudFormation passes them, with text values."""
        seed = settings.read(SeedSettings, self.seed)
        return {
            "ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:seeder",
            "Workgroup": self.workgroup,
            "Namespace": self.workgroup,
            "Database": self.database,
            "Bucket": self.bucket,
            "CopyRoleArn": self.copy_role,
            "Generation": seed.generation,
            "Settings": settings.render(seed),
            "Load": settings.render(settings.read(LoadSettings, self.load)),
        }

    def with_changes(self, **changes: Any) -> "SeededPlace":
        """Return the same place with other settings, or another place."""
        return replace(self, **changes)

    def event(self, request_type: str, old: "SeededPlace | None" = None, **changes: Any) -> dict[str, Any]:
        """Return an event as CloudFormation sends it."""
        event = {
            "RequestType": request_type,
            "RequestId": str(uuid.uuid4()),
            "ResponseURL": self.cloudformation.url,
            "StackId": STACK_ID,
            "ResourceType": GENERATION_TYPE,
            "LogicalResourceId": "Generation",
            "ResourceProperties": self.properties(),
        }
        if request_type != "Create":
            event["PhysicalResourceId"] = f"{self.workgroup}/{self.database}"
        if request_type == "Update":
            event["OldResourceProperties"] = (old or self).properties()
        return event | changes

    def send(self, event: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
        """Call the function with an event and return its answer."""
        before = len(self.cloudformation.answers)
        handler.handle(event, context or Context())
        (answer,) = [one for one in self.cloudformation.answers[before:] if one["RequestId"] == event["RequestId"]]
        return answer

    def create(self, **changes: Any) -> dict[str, Any]:
        """Send a Create, which must succeed."""
        return self._succeed(self.event("Create", **changes))

    def update(self, **changes: Any) -> "SeededPlace":
        """Send an Update to other `seed` or `load` settings, which must succeed, and return the place with them."""
        new = self.with_changes(**changes)
        new._succeed(new.event("Update", old=self))
        return new

    def delete(self, **changes: Any) -> dict[str, Any]:
        """Send a Delete, which must succeed."""
        return self._succeed(self.event("Delete", **changes))

    def _succeed(self, event: dict[str, Any]) -> dict[str, Any]:
        answer = self.send(event)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        return answer

    @property
    def admin(self) -> DataApi:
        """The Data API as the admin of the namespace."""
        namespace = boto3.client("redshift-serverless").get_namespace(namespaceName=self.workgroup)["namespace"]
        secret = namespace["adminPasswordSecretArn"]
        return DataApi(boto3.client("redshift-data"), self.workgroup, self.database, secret)

    @property
    def as_caller(self) -> DataApi:
        """The Data API as the caller's own IAM identity."""
        return replace(self.admin, secret_arn=None)

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        counts = " union all ".join(f"select '{name}', count(*) from public.{name}" for name in TABLE_NAMES)
        return dict(self.admin.execute(counts).rows)

    def contents(self) -> dict[str, list[tuple]]:
        """Return all rows of all tables, sorted."""
        return {name: sorted(self.admin.execute(f"select * from public.{name}").rows, key=repr) for name in TABLE_NAMES}

    def databases(self) -> set[str]:
        """Return the databases of the workgroup."""
        default = self.with_changes(database=DATABASE)
        return {str(name) for (name,) in default.admin.execute("select datname from pg_database").rows}

    def lake(self) -> list[str]:
        """Return the keys of the place in the lake."""
        pages = boto3.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.bucket, Prefix=f"{self.workgroup}/{self.database}/")
        return [entry["Key"] for page in found for entry in page.get("Contents", [])]

    def generations(self) -> set[str]:
        """Return the generations of the place in the lake."""
        return {key.split("/")[2] for key in self.lake() if key.count("/") > 2}
