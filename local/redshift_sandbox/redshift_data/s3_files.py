"""The S3 files that COPY reads and UNLOAD writes, and the role they need."""

import contextlib
import functools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import IO, Any

import boto3
import pyarrow as pa
from botocore.exceptions import ClientError

from redshift_sandbox.authorization import Credentials, role_exists, role_session
from redshift_sandbox.environment import REGION, endpoint
from redshift_sandbox.redshift_serverless.records import Namespace
from redshift_sandbox.sql.copy import CopyFromS3
from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.unload import UnloadToS3

# Redshift's name for its role sessions.
_SESSION = "RedshiftIamRoleSession"
_PART_BYTES = 1 << 20


@dataclass(frozen=True)
class Bucket:
    """A bucket, accessed with the permissions of one role."""

    name: str
    client: Any = field(repr=False)

    def check_region(self) -> None:
        """Get the bucket's region, as Redshift Spectrum does.

        Raises
        ------
        SqlError
            If it cannot be read.
        """
        self._call("get_bucket_location")

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that start with a prefix.

        Raises
        ------
        SqlError
            If the bucket cannot be listed.
        """
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        try:
            return [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        except ClientError as error:
            raise _s3_error(error) from error

    def read(self, key: str) -> bytes:
        """Return the contents of a file.

        Raises
        ------
        SqlError
            If it cannot be read.
        """
        return bytes(self._call("get_object", Key=key)["Body"].read())

    def copy_to(self, file: IO[bytes], key: str) -> None:
        """Write the contents of a file to a local one, a part at a time.

        Raises
        ------
        SqlError
            If it cannot be read.
        """
        shutil.copyfileobj(self._call("get_object", Key=key)["Body"], file, _PART_BYTES)

    def write(self, key: str, body: bytes) -> None:
        """Write a file.

        Raises
        ------
        SqlError
            If it cannot be written.
        """
        self._call("put_object", Key=key, Body=body)

    def delete(self, key: str) -> None:
        """Remove a file.

        Raises
        ------
        SqlError
            If it cannot be removed.
        """
        self._call("delete_object", Key=key)

    def _call(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self.client, operation)(Bucket=self.name, **parameters)
        except ClientError as error:
            raise _s3_error(error) from error


@dataclass(frozen=True)
class File:
    """A file in S3."""

    store: Bucket
    key: str

    @property
    def url(self) -> str:
        """The S3 URL."""
        return f"s3://{self.store.name}/{self.key}"

    def read(self) -> bytes:
        """Return its contents.

        Raises
        ------
        SqlError
            If it cannot be read.
        """
        return self.store.read(self.key)

    @contextlib.contextmanager
    def open(self, codec: str | None) -> Iterator[IO[bytes]]:
        """Open its contents, decompressed while they are read, from a copy on this disk.

        Raises
        ------
        SqlError
            If it cannot be read, or is not compressed with this codec.
        """
        with tempfile.TemporaryFile() as copy:
            self.store.copy_to(copy, self.key)
            copy.seek(0)
            if codec is None:
                yield copy
                return
            try:
                yield pa.CompressedInputStream(copy, codec)
            except (OSError, pa.ArrowInvalid) as error:
                message = str(error).splitlines()[0]
                raise SqlError(f"{self.url} is not compressed as {codec}: {message}") from error

    def beside(self, bucket: str, key: str) -> "File":
        """Return another file, to be read with the same permissions."""
        return File(replace(self.store, name=bucket), key)


def open_bucket(command: CopyFromS3 | UnloadToS3, namespace: Namespace) -> Bucket:
    """Return the bucket of a COPY or UNLOAD, accessed with the role that the command names.

    A command with access keys uses it as the account's root.

    Raises
    ------
    SqlError
        If the role (by default, the namespace's default role) is not associated with the namespace.
    """
    if command.by_key:
        return Bucket(command.bucket, _client(Credentials("test", "test", "")))
    role = command.role or namespace.default_iam_role_arn
    if role is None:
        raise SqlError("The namespace has no default IAM role: associate one, or name a role in IAM_ROLE")
    attached = {_role_arn(entry) for entry in namespace.iam_roles} | {namespace.default_iam_role_arn}
    if role not in attached or not role_exists(role):
        what = "does not exist" if role in attached else "is not associated with the namespace"
        raise SqlError(f"User {namespace.arn} is not authorized to assume IAM Role {role}: it {what}")
    return Bucket(command.bucket, _client(role_session(role, _SESSION)))


def files_of(command: CopyFromS3, bucket: Bucket) -> list[File]:
    """Return the files of a COPY, listed by prefix or manifest.

    Raises
    ------
    SqlError
        If there are none, or the manifest is invalid.
    """
    if command.manifest:
        return list(_manifest_files(command, bucket))
    if command.format.kind == "PARQUET":
        bucket.check_region()
    keys = bucket.keys(command.key)
    if not keys:
        raise SqlError(f"The specified S3 prefix '{command.key}' does not exist")
    return [File(bucket, key) for key in keys]


def compressed(body: bytes, codec: str | None) -> bytes:
    """Compress the contents of a file."""
    if codec is None:
        return body
    output = pa.BufferOutputStream()
    with pa.CompressedOutputStream(output, codec) as stream:
        stream.write(body)
    return bytes(output.getvalue())


def _role_arn(entry: str) -> str:
    # The API also accepts and returns roles as "IamRole(applyStatus=in-sync, iamRoleArn=arn:…)".
    _, found, arn = entry.partition("iamRoleArn=")
    return arn.rstrip(")") if found else entry


def _s3_error(error: ClientError) -> SqlError:
    """Return an error of S3 in Redshift's format."""
    metadata = error.response["ResponseMetadata"]
    what = error.response["Error"]
    request, host = metadata.get("RequestId", ""), metadata.get("HostId", "")
    return SqlError(
        f"S3ServiceException:{what.get('Message')},Status {metadata['HTTPStatusCode']},Error {what.get('Code')},"
        f"Rid {request},ExtRid {host},CanRetry 1"
    )


def _manifest_files(command: CopyFromS3, bucket: Bucket) -> Iterator[File]:
    manifest = File(bucket, command.key)
    try:
        entries = json.loads(manifest.read())["entries"]
        urls = [(str(entry["url"]), bool(entry.get("mandatory")), entry.get("meta") or {}) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise SqlError(f"The manifest {manifest.url} is not valid: it needs a list of entries") from error
    for url, mandatory, meta in urls:
        name, _, key = url.removeprefix("s3://").partition("/")
        file = manifest.beside(name, key)
        if command.format.kind == "PARQUET":
            _require_length(file, meta.get("content_length"))
        elif not mandatory and key not in file.store.keys(key):
            continue
        yield file


def _require_length(file: File, length: int | None) -> None:
    if length is None:
        raise SqlError(f"The manifest entry {file.url} needs meta.content_length, as COPY of Parquet does")
    found = len(file.read())
    if found != length:
        raise SqlError(f"The file {file.url} has {found} bytes, but its manifest entry has {length}")


@functools.lru_cache(maxsize=100)
def _client(credentials: Credentials) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint(int(os.environ["GATEWAY_PORT"])),
        region_name=REGION,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret,
        aws_session_token=credentials.token or None,
    )
