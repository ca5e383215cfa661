"""The server's memory does not grow with the size of a result or of a file."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from local.tests.warehouse import Warehouse

BOUND = 200_000_000
"""How much the server's memory may grow, in bytes: less than half of what a whole result or file takes."""


@contextmanager
def bounded_growth(warehouse: Warehouse) -> Iterator[None]:
    """Check that the server's memory grows by no more than the bound meanwhile."""
    record = json.loads((warehouse.aws.state_folder / "server.json").read_text())
    server, done = psutil.Process(record["pid"]), threading.Event()
    before = server.memory_info().rss
    seen = [before]

    def watch() -> None:
        while not done.wait(0.01):
            seen.append(server.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert max(seen) - before < BOUND


def test_a_result_of_more_than_500_mb(warehouse: Warehouse):
    """It fails when it reaches that size, and the query ends: this one would have 64 GB."""
    warehouse.do("CREATE TABLE wide (v VARCHAR(65535))", "INSERT INTO wide SELECT REPEAT('x', 64000)")
    warehouse.do(*["INSERT INTO wide SELECT a.v FROM wide a"] * 5)
    with bounded_growth(warehouse):
        described = warehouse.run("SELECT a.v FROM wide a, wide b, wide c, wide d")
    assert "Database response exceeded size limit" in described["Error"]
    assert warehouse.rows("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("kind", "line", "options"),
    [
        ("delimited", "x" * 60_000, ""),
        ("csv", "x" * 60_000, "CSV"),
        ("json", json.dumps({"v": "x" * 60_000}), "JSON 'auto'"),
    ],
)
def test_a_file_of_240_mb(warehouse: Warehouse, kind: str, line: str, options: str):
    """COPY reads it, and decompresses it, a part at a time."""
    name = f"compressed-{kind}"
    body = gzip.compress(f"{line}\n".encode() * 100, 1) * 40  # the members of a GZIP file are read one after another
    s3 = warehouse.with_bucket(name)
    s3.put_object(Bucket=name, Key="file", Body=body)
    warehouse.do("DROP TABLE IF EXISTS t", "CREATE TABLE t (v VARCHAR(65535))")
    with bounded_growth(warehouse):
        described = warehouse.run(f"COPY t FROM 's3://{name}/file' IAM_ROLE default GZIP NOLOAD {options}")
    assert described["Status"] == "FINISHED", described.get("Error")


def test_a_row_of_more_than_4_mb(warehouse: Warehouse):
    """It is refused before all of it is read, even where a small file expands to gigabytes."""
    s3 = warehouse.with_bucket("endless")
    s3.put_object(Bucket="endless", Key="file", Body=gzip.compress(bytes(100_000_000), 1))
    warehouse.do("DROP TABLE IF EXISTS t", "CREATE TABLE t (v VARCHAR(65535))")
    with bounded_growth(warehouse):
        described = warehouse.run("COPY t FROM 's3://endless/file' IAM_ROLE default GZIP")
    assert "A row of s3://endless/file is larger than 4194304 bytes" in described["Error"]
