"""The sandbox's Redshift Data API: what it adds to a statement, and the memory it takes over many requests."""

import itertools
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
import psycopg

from local.place import HOST, REGION, Place, endpoint
from local.process import start, stop

NAME = "benchmark"
DATABASE = "analytics"
INSERT_BYTES = 94_000
SELECTS, INSERTS = 200, 60
REQUESTS, WARM_UP = 10_000, 1_000
MIB = 1 << 20


@dataclass(frozen=True)
class Warehouse:
    """A workgroup of a sandbox, and its PostgreSQL."""

    data: Any
    secret: str
    server: psutil.Process
    direct: psycopg.Connection[Any]

    def run(self, sql: str) -> None:
        """Run a statement through the Data API and wait for its end."""
        target = {"WorkgroupName": NAME, "Database": DATABASE, "SecretArn": self.secret}
        made = self.data.execute_statement(Sql=sql, WaitTimeSeconds=30, **target)
        if made["Status"] != "FINISHED":
            raise RuntimeError(self.data.describe_statement(Id=made["Id"])["Error"])


def run() -> None:
    """Print round trips beside the same statements sent to PostgreSQL directly, and how the server grows."""
    with _warehouse() as warehouse:
        warehouse.run("CREATE TABLE product (code VARCHAR(50), name VARCHAR(200), price DECIMAL(10,2), created DATE)")
        print(f"{'':<28} {'Data API ms':>12} {'direct ms':>10}")
        api, direct = _medians(warehouse, itertools.repeat("SELECT 1"), SELECTS)
        print(f"{'SELECT 1':<28} {api:>12.1f} {direct:>10.1f}")
        print(f"SELECT 1: {api - direct:.1f} ms over direct; to reach: under 15")
        api, direct = _medians(warehouse, _inserts(), INSERTS)
        print(f"{'INSERT of 94 KB':<28} {api:>12.1f} {direct:>10.1f}")
        print(f"INSERT: {api / direct:.1f} times direct; to reach: under 3")
        grown = _growth(warehouse)
        print(f"memory over {REQUESTS:,} requests: {grown / MIB:+.1f} MiB; to reach: under 20 MB")


def _medians(warehouse: Warehouse, statements: Iterator[str], count: int) -> tuple[float, float]:
    """Milliseconds of both ways, taken in turns, so that what else the machine does slows both.

    No two INSERTs are alike: psycopg would prepare a statement that it sees for the sixth time.
    """
    ways: list[tuple[Callable[[str], object], list[float]]] = [(warehouse.run, []), (warehouse.direct.execute, [])]
    for _ in range(count):
        for way, taken in ways:
            sql = next(statements)
            started = time.perf_counter()
            way(sql)
            taken.append(time.perf_counter() - started)
    api, direct = (statistics.median(taken) * 1e3 for _, taken in ways)
    return api, direct


def _inserts() -> Iterator[str]:
    for run_number in itertools.count():
        rows: list[str] = []
        size = 0
        while size < INSERT_BYTES:
            number = len(rows)
            row = f"('PROD{number:06}','Product {number} of run {run_number}','{number % 97}.25','2026-01-31')"
            rows.append(row)
            size += len(row) + 1
        yield f"INSERT INTO product VALUES {','.join(rows)}"


def _growth(warehouse: Warehouse) -> int:
    """Bytes by which the server's own memory grows, once what it keeps ready is there.

    Every fifth request is refused, every fifth reads a result, and one in fifty is an INSERT of 94 KB.
    """
    inserts = _inserts()
    before = 0
    for number in range(WARM_UP + REQUESTS):
        if number == WARM_UP:
            before = warehouse.server.memory_full_info().uss
        if number % 50 == 0:
            warehouse.run(next(inserts))
        elif number % 5 == 0:
            _read_a_result(warehouse)
        elif number % 5 == 1:
            _refused(warehouse)
        else:
            warehouse.run("SELECT code, name FROM product LIMIT 10")
    return int(warehouse.server.memory_full_info().uss - before)


def _read_a_result(warehouse: Warehouse) -> None:
    last = warehouse.data.list_statements(MaxResults=1)["Statements"][0]
    if warehouse.data.describe_statement(Id=last["Id"])["HasResultSet"]:
        warehouse.data.get_statement_result(Id=last["Id"])


def _refused(warehouse: Warehouse) -> None:
    try:
        warehouse.data.describe_statement(Id="00000000-0000-0000-0000-000000000000")
    except warehouse.data.exceptions.ResourceNotFoundException:
        return
    raise AssertionError("a statement that does not exist was described")


@contextmanager
def _warehouse() -> Iterator[Warehouse]:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "state")
        server, _ = start(place, _free_port())
        try:
            serverless = _client("redshift-serverless", server.port)
            serverless.create_namespace(namespaceName=NAME, dbName=DATABASE, manageAdminPassword=True)
            serverless.create_workgroup(workgroupName=NAME, namespaceName=NAME, baseCapacity=8)
            while serverless.get_workgroup(workgroupName=NAME)["workgroup"]["status"] != "AVAILABLE":
                time.sleep(0.05)
            secret = serverless.get_namespace(namespaceName=NAME)["namespace"]["adminPasswordSecretArn"]
            with _direct(place) as direct:
                yield Warehouse(_client("redshift-data", server.port), secret, psutil.Process(server.pid), direct)
        finally:
            stop(place)


@contextmanager
def _direct(place: Place) -> Iterator[psycopg.Connection[Any]]:
    cluster = next(folder for folder in place.postgres.iterdir() if folder.name != "template")
    with psycopg.connect(host=str(cluster), dbname=DATABASE, user="admin", autocommit=True) as connection:
        yield connection


def _client(service: str, port: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint(port),
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # the sandbox's dummy secret
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
