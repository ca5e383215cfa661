"""Records the requests that IAM would authorize while the seeder handles events."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from tests.seeder.iam_policies import Request

JSON = dict[str, Any]
SELF = "AROAEXAMPLE:seeder"
STATEMENTS = {"redshift-data:statement-owner-iam-userid": SELF, "aws:userid": SELF}
OF_REDSHIFT = {"secretsmanager:ResourceTag/aws:secretsmanager:owningService": "redshift"}
"""The tag of the secrets that Redshift manages."""

KEY = "arn:aws:kms:us-east-1:000000000000:key/customer-managed"

OBJECT_ACTIONS = {
    "PutObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
}
BUCKET_ACTIONS = {"ListObjectsV2": "ListBucket", "ListObjectVersions": "ListBucketVersions"}
KEY_USES = {"s3:PutObject": "kms:GenerateDataKey", "s3:GetObject": "kms:Decrypt"}
"""The requests that S3 makes to KMS on behalf of the caller."""


@dataclass
class Record:
    """The requests of the function, and those that COPY would make."""

    tags: dict[str, str]
    """The tags of the workgroup and the namespace."""
    requests: set[Request] = field(default_factory=set)
    by_copy: set[Request] = field(default_factory=set)
    _copied: list[tuple[str, str]] = field(default_factory=list)
    _arns: dict[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Record every call of every client in this process."""
        call = BaseClient._make_api_call

        def recorded(client: BaseClient, operation: str, parameters: JSON) -> Any:
            service = client.meta.service_model.service_name
            answer = call(client, operation, parameters)
            self.requests.update(_REQUESTS[service](self, operation, parameters, answer))
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", recorded)
            try:
                yield
            finally:
                patch.undo()
                self._record_copy_requests()

    def _s3(self, operation: str, parameters: JSON, _: JSON) -> Iterator[Request]:
        bucket = f"arn:aws:s3:::{parameters['Bucket']}"
        if operation == "DeleteObjects":
            for entry in parameters["Delete"]["Objects"]:
                action = "DeleteObjectVersion" if "VersionId" in entry else "DeleteObject"
                yield Request(f"s3:{action}", f"{bucket}/{entry['Key']}")
        elif operation in BUCKET_ACTIONS:
            yield Request(f"s3:{BUCKET_ACTIONS[operation]}", bucket)
        else:
            yield from _object_requests(f"s3:{OBJECT_ACTIONS[operation]}", f"{bucket}/{parameters['Key']}")

    def _serverless(self, operation: str, _: JSON, answer: JSON) -> Iterator[Request]:
        found = answer["workgroup" if operation == "GetWorkgroup" else "namespace"]
        arn = found.get("workgroupArn") or found["namespaceArn"]
        self._arns[found.get("workgroupName", "")] = arn
        yield Request(f"redshift-serverless:{operation}", arn, self.tags)

    def _data(self, operation: str, parameters: JSON, answer: JSON) -> Iterator[Request]:
        if operation not in {"ExecuteStatement", "BatchExecuteStatement"}:
            yield Request(f"redshift-data:{operation}", "*", STATEMENTS)
            return
        workgroup = parameters.get("WorkgroupName") or answer["WorkgroupName"]
        yield Request(f"redshift-data:{operation}", self._arns[workgroup], self.tags)
        if "SecretArn" in parameters:  # the Data API reads it on behalf of the caller
            yield Request("secretsmanager:GetSecretValue", parameters["SecretArn"], OF_REDSHIFT)
            yield Request("kms:Decrypt", KEY)
        for sql in parameters.get("Sqls", [parameters.get("Sql", "")]):
            if copied := re.match(r"copy \S+ from 's3://([^/]+)/([^']+)'", sql):
                self._copied.append((copied[1], copied[2]))

    def _record_copy_requests(self) -> None:
        """COPY lists the files with its prefix and reads them."""
        for bucket, prefix in self._copied:
            arn = f"arn:aws:s3:::{bucket}"
            self.by_copy.add(Request("s3:ListBucket", arn))
            for entry in boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
                self.by_copy.update(_object_requests("s3:GetObject", f"{arn}/{entry['Key']}"))
        self._copied.clear()


def _object_requests(action: str, arn: str) -> Iterator[Request]:
    yield Request(action, arn)
    if action in KEY_USES:
        yield Request(KEY_USES[action], KEY)


_REQUESTS: dict[str, Callable[[Record, str, JSON, JSON], Iterator[Request]]] = {
    "s3": Record._s3,
    "redshift-serverless": Record._serverless,
    "redshift-data": Record._data,
}
"""The requests of a call, by service. A call of another service fails the test."""
