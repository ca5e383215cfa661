"""The S3 files that COPY reads and UNLOAD writes, and the role they need."""

import functools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pyarrow as pa
from botocore.exceptions import ClientError

from redshift_sandbox.environment import REGION, endpoint
from redshift_sandbox.redshift_serverless.records import Namespace
from redshift_sandbox.sql.copy import CopyFromS3
from redshift_sandbox.sql.errors import SqlError


@dataclass(frozen=True)
class File:
    """A file in S3."""

    bucket: str
    key: str

    @property
    def url(self) -> str:
        """The S3 URL."""
        return f"s3://{self.bucket}/{self.key}"

    def read(self) -> bytes:
        """Return its contents.

        Raises
        ------
        SqlError
            If it cannot be read.
        """
        try:
            return bytes(_s3().get_object(Bucket=self.bucket, Key=self.key)["Body"].read())
        except ClientError as error:
            raise SqlError(f"S3ServiceException: {error.response['Error'].get('Message')}, {self.url}") from error


def require_role(role: str | None, namespace: Namespace) -> None:
    """Check that the namespace may assume a role.

    Raises
    ------
    SqlError
        If the role (by default, the namespace's default role) is not associated with the namespace.
    """
    role = role or namespace.default_iam_role_arn
    if role is None:
        raise SqlError("The namespace has no default IAM role: associate one, or name a role in IAM_ROLE")
    attached = {_role_arn(entry) for entry in namespace.iam_roles} | {namespace.default_iam_role_arn}
    if role not in attached:
        raise SqlError(
            f"User {namespace.arn} is not authorized to assume IAM Role {role}: it is not associated with the namespace"
        )


def files_of(command: CopyFromS3) -> list[File]:
    """Return the files of a COPY, listed by prefix or manifest.

    Raises
    ------
    SqlError
        If there are none, or the manifest is invalid.
    """
    if command.manifest:
        return list(_manifest_files(command))
    keys = list_keys(command.bucket, command.key)
    if not keys:
        raise SqlError(f"The specified S3 prefix '{command.key}' does not exist")
    return [File(command.bucket, key) for key in keys]


def list_keys(bucket: str, prefix: str) -> list[str]:
    """Return the keys that start with a prefix.

    Raises
    ------
    SqlError
        If the bucket cannot be listed.
    """
    pages = _s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    except ClientError as error:
        raise SqlError(f"S3ServiceException: {error.response['Error'].get('Message')}, bucket {bucket}") from error


def write(bucket: str, key: str, body: bytes) -> None:
    """Write a file."""
    _s3().put_object(Bucket=bucket, Key=key, Body=body)


def delete(bucket: str, key: str) -> None:
    """Remove a file."""
    _s3().delete_object(Bucket=bucket, Key=key)


def compressed(body: bytes, codec: str | None) -> bytes:
    """Compress the contents of a file."""
    if codec is None:
        return body
    output = pa.BufferOutputStream()
    with pa.CompressedOutputStream(output, codec) as stream:
        stream.write(body)
    return bytes(output.getvalue())


def decompressed(body: bytes, codec: str | None, url: str) -> bytes:
    """Decompress the contents of a file.

    Raises
    ------
    SqlError
        If it is not compressed with this codec.
    """
    if codec is None:
        return body
    try:
        return bytes(pa.CompressedInputStream(pa.BufferReader(body), codec).read())
    except (OSError, pa.ArrowInvalid) as error:
        raise SqlError(f"{url} is not compressed as {codec}: {str(error).splitlines()[0]}") from error


def _role_arn(entry: str) -> str:
    # The API also accepts and returns roles as "IamRole(applyStatus=in-sync, iamRoleArn=arn:…)".
    _, found, arn = entry.partition("iamRoleArn=")
    return arn.rstrip(")") if found else entry


def _manifest_files(command: CopyFromS3) -> Iterator[File]:
    manifest = File(command.bucket, command.key)
    try:
        entries = json.loads(manifest.read())["entries"]
        urls = [(str(entry["url"]), bool(entry.get("mandatory")), entry.get("meta") or {}) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise SqlError(f"The manifest {manifest.url} is not valid: it needs a list of entries") from error
    for url, mandatory, meta in urls:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        file = File(bucket, key)
        if command.format.kind == "PARQUET":
            _require_length(file, meta.get("content_length"))
        elif not mandatory and key not in list_keys(bucket, key):
            continue
        yield file


def _require_length(file: File, length: int | None) -> None:
    if length is None:
        raise SqlError(f"The manifest entry {file.url} needs meta.content_length, as COPY of Parquet does")
    found = len(file.read())
    if found != length:
        raise SqlError(f"The file {file.url} has {found} bytes, but its manifest entry has {length}")


@functools.cache
def _s3() -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint(int(os.environ["GATEWAY_PORT"])),
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # the sandbox's dummy key
    )
