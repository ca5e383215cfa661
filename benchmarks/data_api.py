"""The sandbox's Redshift Data API: its overhead for a statement, and its memory use over many requests."""

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
class Target:
    """A workgroup of a sandbox, the process of the server, and a direct connection to its PostgreSQL."""

    warehouse: Warehouse
    server: psutil.Process
    direct: psycopg.Connection[Any]

    @property
    def data(self) -> Any:
        """The client of the Data API."""
        return self.warehouse.data

    def run(self, sql: str) -> None:
        """Run a statement through the Data API and wait for it."""
        made = self.data.execute_statement(Sql=sql, WaitTimeSeconds=30, **self.warehouse.target)
        if made["Status"] != "FINISHED":
            raise RuntimeError(self.data.describe_statement(Id=made["Id"])["Error"])


def run() -> None:
    """Print the round trip times next to those of PostgreSQL alone, and the growth of the server's memory."""
    with _sandbox() as target:
        target.run("CREATE TABLE product (code VARCHAR(50), name VARCHAR(200), price DECIMAL(10,2), created DATE)")
        print(f"{'':<28} {'Data API ms':>12} {'direct ms':>10}")
        api, direct = _medians(target, itertools.repeat("SELECT 1"), SELECTS)
        print(f"{'SELECT 1':<28} {api:>12.1f} {direct:>10.1f}")
        print(f"SELECT 1: {api - direct:.1f} ms over direct; goal: under 15")
        api, direct = _medians(target, _inserts(), INSERTS)
        print(f"{'INSERT of 94 KB':<28} {api:>12.1f} {direct:>10.1f}")
        print(f"INSERT: {api / direct:.1f} times direct; goal: under 3")
        grown = _growth(target)
        print(f"memory over {REQUESTS:,} requests: {grown / MIB:+.1f} MiB; goal: under 20 MB")


def _medians(target: Target, statements: Iterator[str], count: int) -> tuple[float, float]:
    """Return the median milliseconds of both, measured alternately, so that other load affects both.

    Each INSERT is different, because psycopg prepares a statement when it is repeated.
    """
    runners: list[tuple[Callable[[str], object], list[float]]] = [(target.run, []), (target.direct.execute, [])]
    for _ in range(count):
        for run_statement, taken in runners:
            sql = next(statements)
            started = time.perf_counter()
            run_statement(sql)
            taken.append(time.perf_counter() - started)
    api, direct = (statistics.median(taken) * 1e3 for _, taken in runners)
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


def _growth(target: Target) -> int:
    """Return by how many bytes the memory of the server grows after a warm-up.

    One in five requests is refused, one in five reads a result, and one in fifty is an INSERT of 94 KB.
    """
    inserts = _inserts()
    before = 0
    for number in range(WARM_UP + REQUESTS):
        if number == WARM_UP:
            before = target.server.memory_full_info().uss
        if number % 50 == 0:
            target.run(next(inserts))
        elif number % 5 == 0:
            _read_a_result(target)
        elif number % 5 == 1:
            _refused(target)
        else:
            target.run("SELECT code, name FROM product LIMIT 10")
    return int(target.server.memory_full_info().uss - before)


def _read_a_result(target: Target) -> None:
    last = target.data.list_statements(MaxResults=1)["Statements"][0]
    if target.data.describe_statement(Id=last["Id"])["HasResultSet"]:
        target.data.get_statement_result(Id=last["Id"])


def _refused(target: Target) -> None:
    try:
        target.data.describe_statement(Id="00000000-0000-0000-0000-000000000000")
    except target.data.exceptions.ResourceNotFoundException:
        return
    raise AssertionError("a statement that does not exist was described")


@contextmanager
def _sandbox() -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder, sandboxes.sandbox(Path(folder) / "state") as sandbox:
        warehouse = Warehouse.create(sandbox, NAME)
        server = psutil.Process(json.loads((sandbox.state_folder / "server.json").read_text())["pid"])
        with engine(sandbox, warehouse.name, warehouse.database) as direct:
            yield Target(warehouse, server, direct)
