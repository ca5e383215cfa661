"""Storage of files by path: a folder, or part of an S3 bucket."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_DELETE_BATCH = 1_000
"""The largest number of objects in a DeleteObjects request (S3 limit)."""

UNFINISHED = ".unfinished-"
"""Name prefix of files and folders that are being written."""


_MOST_READ = 64 << 20
"""The largest file that `read` returns: far more than a manifest of a million files has."""


class Storage(Protocol):
    """Files by relative path, whose parts are separated by `/`."""

    @property
    def location(self) -> str:
        """The path or s3:// address, for messages."""

    def child(self, name: str) -> "Storage":
        """Return the storage below `name`."""

    def children(self) -> list[str]:
        """Return the sorted names of the files and non-empty folders directly in this storage."""

    def sizes(self) -> dict[str, int]:
        """Return the size in bytes of each file, by its path; none if the storage does not exist."""

    def begin(self) -> IO[bytes]:
        """Return an empty file to write. It is invisible until `commit`; closing it instead discards it."""

    def commit(self, file: IO[bytes], path: str) -> int:
        """Atomically store a file from `begin` at `path`, close it and return its size in bytes."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a small file, or None if the file, the folder or the bucket does not exist.

        Raises ValueError if the file has more than 64 MiB; `fetch` has no such limit.
        """

    def fetch(self, path: str, into: IO[bytes]) -> None:
        """Copy a file into an open file. Raises FileNotFoundError if it does not exist."""

    def discard_unfinished(self) -> None:
        """Remove the files that killed processes neither committed nor closed."""

    def clear(self) -> None:
        """Remove all files and all their versions. Succeeds if the storage does not exist."""


@dataclass(frozen=True)
class FolderStorage:
    """A folder of the file system, created when the first file is written."""

    folder: Path

    @property
    def location(self) -> str:
        return str(self.folder)

    def child(self, name: str) -> "FolderStorage":
        return FolderStorage(self.folder / name)

    def children(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    def sizes(self) -> dict[str, int]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.stat().st_size for path in found}

    def begin(self) -> IO[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        return cast(
            "IO[bytes]", tempfile.NamedTemporaryFile(dir=self.folder, prefix=UNFINISHED)
        )  # closed by commit or by the caller

    def commit(self, file: IO[bytes], path: str) -> int:
        file.flush()
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(file.name).chmod(0o644)
        target.unlink(missing_ok=True)
        target.hardlink_to(file.name)
        file.close()
        return target.stat().st_size

    def read(self, path: str) -> bytes | None:
        target = self.folder / path
        if not target.is_file():
            return None
        with target.open("rb") as file:
            return _small(file.read(_MOST_READ + 1), target)

    def fetch(self, path: str, into: IO[bytes]) -> None:
        with (self.folder / path).open("rb") as body:
            shutil.copyfileobj(body, into, 1 << 20)

    def discard_unfinished(self) -> None:
        for path in self.folder.glob(f"{UNFINISHED}*"):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        if self.folder.is_dir():
            shutil.rmtree(self.folder)


@dataclass(frozen=True)
class S3Storage:
    """The objects of a bucket whose keys start with `prefix`, which is empty or ends with `/`."""

    client: "S3Client"
    bucket: str
    prefix: str = ""

    @property
    def location(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def child(self, name: str) -> "S3Storage":
        return S3Storage(self.client, self.bucket, f"{self.prefix}{name}/")

    def children(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix, Delimiter="/"
        )
        names: set[str] = set()
        for page in pages:
            names.update(entry["Prefix"][len(self.prefix) : -1] for entry in page.get("CommonPrefixes", []))
            names.update(entry["Key"][len(self.prefix) :] for entry in page.get("Contents", []))
        return sorted(names)

    def sizes(self) -> dict[str, int]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        return {
            entry["Key"].removeprefix(self.prefix): entry["Size"]
            for page in pages
            for entry in page.get("Contents", [])
        }

    def begin(self) -> IO[bytes]:
        return cast("IO[bytes]", tempfile.NamedTemporaryFile())  # closed by commit or by the caller

    def commit(self, file: IO[bytes], path: str) -> int:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        self.client.upload_fileobj(file, self.bucket, self.prefix + path)
        file.close()
        return size

    def read(self, path: str) -> bytes | None:
        try:
            body = self.client.get_object(Bucket=self.bucket, Key=self.prefix + path)["Body"]
        except (self.client.exceptions.NoSuchKey, self.client.exceptions.NoSuchBucket):
            return None
        return _small(body.read(_MOST_READ + 1), f"{self.location}{path}")

    def fetch(self, path: str, into: IO[bytes]) -> None:
        try:
            self.client.download_fileobj(self.bucket, self.prefix + path, into)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NoSuchBucket"}:
                raise FileNotFoundError(errno.ENOENT, "no such object", f"{self.location}{path}") from None
            raise

    def remove(self, path: str) -> None:
        """Remove a file. Succeeds if it does not exist; a version of it remains where the bucket keeps versions."""
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + path)

    def discard_unfinished(self) -> None:
        """Do nothing: S3 creates an object only when it is completely uploaded."""

    def clear(self) -> None:
        for batch in self._versions():
            answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})
            if failed := answer.get("Errors"):
                first = failed[0]
                raise OSError(f"{self.location}: {first.get('Key')} could not be deleted: {first.get('Message')}")

    def _versions(self) -> "Iterator[list[ObjectIdentifierTypeDef]]":
        pages = self.client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=self.prefix, PaginationConfig={"PageSize": _DELETE_BATCH}
        )
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                yield [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]


def _small(content: bytes, name: object) -> bytes:
    if len(content) > _MOST_READ:
        raise ValueError(f"{name} is larger than {_MOST_READ >> 20} MiB")
    return content
