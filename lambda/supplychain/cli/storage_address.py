"""Storage by its address: a folder, or part of an S3 bucket."""

from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.dataset.storage import FolderStorage, S3Storage, Storage

if TYPE_CHECKING:
    import boto3


def storage_at(address: str, session: "boto3.Session") -> Storage:
    """Return the storage at the path of a folder or at s3://bucket/prefix/. Raises ValueError if there is no bucket."""
    if not address.startswith("s3://"):
        return FolderStorage(Path(address))
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not bucket:
        raise ValueError(f"{address!r} has no bucket name; give s3://bucket/prefix/")
    prefix = prefix.strip("/")
    return S3Storage(session.client("s3"), bucket, f"{prefix}/" if prefix else "")
