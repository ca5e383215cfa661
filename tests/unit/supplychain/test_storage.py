"""Folders and buckets: files appear whole, unfinished ones leave nothing behind, and clear removes everything."""

import datetime as dt

import boto3
import pytest
from botocore.stub import Stubber

from supplychain.dataset.manifest import File, Manifest, TableContents
from supplychain.dataset.storage import FolderStorage, S3Storage
from supplychain.schema import TABLE_NAMES
from supplychain.settings import SeedSettings


def write(storage: FolderStorage, path: str, body: bytes) -> None:
    file = storage.begin()
    file.write(body)
    storage.commit(file, path)


def manifest(*paths: str) -> Manifest:
    """Return a manifest in which the table product has these files, and every other table has one CSV file."""
    listed = {name: (f"{name}.csv",) for name in TABLE_NAMES} | {"product": paths}
    contents = {
        name: TableContents(len(files), "0" * 64, tuple(File(path=path, size=1, rows=1) for path in files))
        for name, files in listed.items()
    }
    return Manifest.of(SeedSettings(), dt.date(2026, 1, 31), contents)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    """A discarded file leaves nothing behind; a committed one is stored with its size."""
    storage = FolderStorage(tmp_path / "new")
    discarded = storage.begin()
    discarded.write(b"half")
    discarded.close()
    assert storage.children() == []
    file = storage.begin()
    file.write(b"whole")
    assert storage.commit(file, "table/part") == 5
    assert [path.name for path in (tmp_path / "new").rglob("*")] == ["table", "part"]
    assert storage.read("table/part") == b"whole"


def test_a_committed_file_replaces_the_earlier_one(tmp_path):
    """Writing to the same path again succeeds."""
    storage = FolderStorage(tmp_path)
    write(storage, "a", b"1")
    write(storage, "a", b"2")
    assert storage.read("a") == b"2"
    assert storage.read("b") is None


def test_clear_deletes_files_and_folders(tmp_path):
    """A folder that does not exist is no error."""
    storage = FolderStorage(tmp_path)
    for path in ("table/part-0", "mine.txt"):
        write(storage, path, b"x")
    storage.child("nothing").clear()
    storage.clear()
    assert not tmp_path.exists()


def test_a_buckets_versions_and_delete_markers_are_all_removed():
    """All pages are deleted; an object that cannot be deleted is an error that names it."""
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    with Stubber(client) as stubber:
        stubber.add_response(
            "list_object_versions",
            {"Versions": [{"Key": "p/a", "VersionId": "1"}], "DeleteMarkers": [{"Key": "p/a", "VersionId": "2"}]},
            {"Bucket": "lake", "Prefix": "p/", "MaxKeys": 1000},
        )
        objects = [{"Key": "p/a", "VersionId": "1"}, {"Key": "p/a", "VersionId": "2"}]
        stubber.add_response(
            "delete_objects",
            {"Errors": [{"Key": "p/a", "Message": "Access Denied"}]},
            {"Bucket": "lake", "Delete": {"Objects": objects, "Quiet": True}},
        )
        with pytest.raises(OSError, match="s3://lake/p/: p/a could not be deleted: Access Denied"):
            S3Storage(client, "lake", "p/").clear()


def test_a_manifest_is_read_back_as_written():
    """The JSON round trip preserves it, and any other file is an error of one line."""
    original = manifest("product.csv")
    assert Manifest.from_json(original.to_json()) == original
    for text in (b"{}", b"[]", b"not json", b'{"tables": {"product": {}}}'):
        with pytest.raises(ValueError, match=r"manifest\.json is not a manifest of this app"):
            Manifest.from_json(text)
