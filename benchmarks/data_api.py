"""The sandbox's Redshift Data API: what it adds to a statement, and the memory it takes over many requests."""

import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.units import MIB
from local.tests.engine import engine
from local.tests.warehouse import Warehouse
from redshift_sandbox import testing as sandboxes

NAME = "benchmark"
INSERT_BYTES = 94_000
SELECTS, INSERTS = 200, 60
REQUESTS, WARM_UP = 10_000, 1_000


@dataclass(frozen=True)
class Measured:
    """A workgroup of a sandbox, the server's process, and a connection to its PostgreSQL."""

    warehouse: Warehouse
    server: psutil.Process
    direct: psycopg.Connection[Any]

    @property
    def data(self) -> Any:
        """The Data API's client."""
        return self.warehouse.data

    def run(self, sql: str) -> None:
        """Run a statement through the Data API and wait for its end."""
        made = self.data.execute_statement(Sql=sql, WaitTimeSeconds=30, **self.warehouse.target)
        if made["Status"] != "FINISHED":
            raise RuntimeError(self.data.describe_statement(Id=made["Id"])["Error"])


def run() -> None:
    """Print round trips beside the same statements sent to PostgreSQL directly, and how the server grows."""
    with _sandbox() as measured:
        measured.run("CREATE TABLE product (code VARCHAR(50), name VARCHAR(200), price DECIMAL(10,2), created DATE)")
        print(f"{'':<28} {'Data API ms':>12} {'direct ms':>10}")
        api, direct = _medians(measured, itertools.repeat("SELECT 1"), SELECTS)
        print(f"{'SELECT 1':<28} {api:>12.1f} {direct:>10.1f}")
        print(f"SELECT 1: {api - direct:.1f} ms over direct; to reach: under 15")
        api, direct = _medians(measured, _inserts(), INSERTS)
        print(f"{'INSERT of 94 KB':<28} {api:>12.1f} {direct:>10.1f}")
        print(f"INSERT: {api / direct:.1f} times direct; to reach: under 3")
        grown = _growth(measured)
        print(f"memory over {REQUESTS:,} requests: {grown / MIB:+.1f} MiB; to reach: under 20 MB")


def _medians(measured: Measured, statements: Iterator[str], count: int) -> tuple[float, float]:
    """Milliseconds of both ways, taken in turns, so that what else the machine does slows both.

    No two INSERTs are alike: psycopg would prepare a statement that it sees for the sixth time.
    """
    ways: list[tuple[Callable[[str], object], list[float]]] = [(measured.run, []), (measured.direct.execute, [])]
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


def _growth(measured: Measured) -> int:
    """Bytes by which the server's own memory grows, once what it keeps ready is there.

    Every fifth request is refused, every fifth reads a result, and one in fifty is an INSERT of 94 KB.
    """
    inserts = _inserts()
    before = 0
    for number in range(WARM_UP + REQUESTS):
        if number == WARM_UP:
            before = measured.server.memory_full_info().uss
        if number % 50 == 0:
            measured.run(next(inserts))
        elif number % 5 == 0:
            _read_a_result(measured)
        elif number % 5 == 1:
            _refused(measured)
        else:
            measured.run("SELECT code, name FROM product LIMIT 10")
    return int(measured.server.memory_full_info().uss - before)


def _read_a_result(measured: Measured) -> None:
    last = measured.data.list_statements(MaxResults=1)["Statements"][0]
    if measured.data.describe_statement(Id=last["Id"])["HasResultSet"]:
        measured.data.get_statement_result(Id=last["Id"])


def _refused(measured: Measured) -> None:
    try:
        measured.data.describe_statement(Id="00000000-0000-0000-0000-000000000000")
    except measured.data.exceptions.ResourceNotFoundException:
        return
    raise AssertionError("a statement that does not exist was described")


@contextmanager
def _sandbox() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder, sandboxes.sandbox(Path(folder) / "state") as sandbox:
        warehouse = Warehouse.create(sandbox, NAME)
        server = psutil.Process(json.loads((sandbox.state_folder / "server.json").read_text())["pid"])
        with engine(sandbox, warehouse.name, warehouse.database) as direct:
            yield Measured(warehouse, server, direct)
