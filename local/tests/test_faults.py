"""What a sandbox does when parts of it are killed or stopped, or its disk is full."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from local.tests.warehouse import Warehouse, refused
from redshift_sandbox.leftovers import backends_below, wait_until_ended
from redshift_sandbox.process import family
from redshift_sandbox.state_folder import StateFolder
from redshift_sandbox.testing import Sandbox, run_command, start_sandbox

LOST = "The connection to the database was lost while the statement ran: "
# Takes minutes, without ever looking whether the server still exists.
BUSY = "SELECT COUNT(*) FROM (SELECT 1 FROM {0} a, {0} b, {0} c, {0} d)"


def data_folder(warehouse: Warehouse) -> Path:
    """Return the data folder of a warehouse's PostgreSQL."""
    serverless = warehouse.aws.client("redshift-serverless")
    namespace = serverless.get_namespace(namespaceName=warehouse.name)["namespace"]
    return warehouse.aws.state_folder / "postgres" / namespace["namespaceId"]


def server_of(warehouse: Warehouse) -> psutil.Process:
    """Return the process that started a warehouse's PostgreSQL processes."""
    processes = {process.pid: process for process in backends_below(data_folder(warehouse))}
    return next(process for process in processes.values() if process.ppid() not in processes)


def running(warehouse: Warehouse, sql: str) -> tuple[str, int]:
    """Submit a statement, wait until it runs, and return its id and the process id of its backend."""
    identifier = warehouse.data.execute_statement(Sql=sql, **warehouse.target)["Id"]
    while True:
        described = warehouse.data.describe_statement(Id=identifier)
        if described["Status"] == "STARTED":
            time.sleep(0.2)
            return identifier, described["RedshiftPid"]
        assert described["Status"] in ("SUBMITTED", "PICKED")
        time.sleep(0.01)


def busy_query(warehouse: Warehouse) -> str:
    """Return a query that computes for minutes."""
    warehouse.do("DROP TABLE IF EXISTS many", "CREATE TABLE many (n INT)", "INSERT INTO many VALUES (1), (2), (3), (4)")
    warehouse.do(*["INSERT INTO many SELECT a.n FROM many a, many b"] * 2)
    return BUSY.format("many")


def failure(warehouse: Warehouse, identifier: str) -> str:
    """Wait for a statement that must fail, and return its error."""
    described = warehouse.data.describe_statement(Id=identifier, WaitTimeSeconds=30)
    assert described["Status"] == "FAILED"
    return described["Error"]


@pytest.mark.parametrize("victim", ["backend", "server"])
def test_a_killed_postgresql_recovers(warehouse: Warehouse, victim: str):
    """The running statements fail with one line, the next ones work, and what was committed is there."""
    warehouse.do("DROP TABLE IF EXISTS kept", "CREATE TABLE kept (n INT)", "INSERT INTO kept VALUES (1)")
    session = warehouse.run("CREATE TEMP TABLE mine (n INT)", SessionKeepAliveSeconds=60)["SessionId"]
    waiting, _ = running(warehouse, warehouse.slow_query(60))
    computing, pid = running(warehouse, busy_query(warehouse))
    backend, before = psutil.Process(pid), server_of(warehouse)
    os.kill(pid if victim == "backend" else before.pid, signal.SIGKILL)
    assert warehouse.rows("SELECT n FROM kept") == [(1,)]
    for identifier in (waiting, computing):
        error = failure(warehouse, identifier)
        assert error.startswith(LOST)
        assert "\n" not in error
    assert ended(backend)
    assert (server_of(warehouse) == before) is (victim == "backend")
    with pytest.raises(warehouse.data.exceptions.ValidationException, match="Session is not available"):
        warehouse.run("SELECT n FROM mine", SessionId=session)
    assert "analytics" in warehouse.data.list_databases(**warehouse.target)["Databases"]


def crash(sandbox: Sandbox) -> psutil.Process:
    """Kill the processes of a sandbox, except a backend that computes, and return that."""
    warehouse = Warehouse.create(sandbox, "crashed")
    _, pid = running(warehouse, busy_query(warehouse))
    guard, server = (process_of(sandbox, module) for module in ("redshift_sandbox.guard", "redshift_sandbox.server"))
    victims = [guard, server_of(warehouse), server]
    for process in victims:
        process.kill()
    wait_until_ended(victims, 10)
    return psutil.Process(pid)


def ended(process: psutil.Process) -> bool:
    """Return whether a process has ended, even if its parent has not noticed."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def process_of(sandbox: Sandbox, module: str) -> psutil.Process:
    """Return the process of a sandbox that runs a module."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if {module, str(sandbox.state_folder)} <= set(process.cmdline()):
                return process
    raise AssertionError(f"{module} does not run")


def test_a_sandbox_that_was_killed(tmp_path: Path):
    """The next `up` ends what is left, says that it starts empty, and keeps the log of the crash; `down` too."""
    killed = start_sandbox(tmp_path / "state")
    command = partial(run_command, killed.state_folder, killed.port)
    kept = killed.state_folder / "crash.log"
    try:
        backend = crash(killed)
        assert not ended(backend)
        status = command("status")
        assert (status.returncode, status.stdout) == (1, "sandbox has been killed: the next up starts an empty one\n")
        log = (killed.state_folder / "server.log").read_text()
        up = command("up")
        assert up.returncode == 0, up.stderr
        assert up.stdout.startswith(f"the sandbox had been killed: this one starts empty; the log is in {kept}\n")
        assert kept.read_text() == log
        assert ended(backend)
        backend = crash(killed)
        assert not ended(backend)
        assert command("down").stdout == f"sandbox had been killed: the log is in {kept}\n"
        assert ended(backend)
        assert sorted(entry.name for entry in killed.state_folder.iterdir()) == ["crash.log", "lock"]
    finally:
        command("down")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, with room for a sandbox and little more."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(file: Path) -> None:
    """Write a file until the disk is full."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as target:
        while True:
            target.write(bytes(1 << 16))


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk, so it needs root")
def test_a_full_disk(small_disk: Path):
    """What needs room fails and names the cause, what does not works, and all works when there is room again."""
    sandbox = start_sandbox(small_disk / "state")
    try:
        warehouse = Warehouse.create(sandbox, "full")
        warehouse.do("CREATE TABLE t (v VARCHAR(65535))", "INSERT INTO t SELECT REPEAT('x', 10)")
        larger = "INSERT INTO t SELECT a.v FROM t a"
        warehouse.do(*[larger] * 10)
        fill(small_disk / "full")
        for _ in range(20):
            described = warehouse.run(larger)
        assert "No space left on device" in described["Error"]
        count = warehouse.rows("SELECT COUNT(*) FROM t")
        serverless = sandbox.client("redshift-serverless")
        code, message = refused(serverless.create_namespace, namespaceName="another")
        assert code == "InternalServerException"
        assert "No space left on device" in message
        (small_disk / "full").unlink()
        warehouse.do(larger)
        assert warehouse.rows("SELECT COUNT(*) FROM t") == [(2 * count[0][0],)]
        assert serverless.create_namespace(namespaceName="another")["namespace"]["namespaceName"] == "another"
    finally:
        sandbox.stop()


@pytest.mark.slow
def test_a_machine_that_slept(tmp_path: Path):
    """A sandbox whose processes were stopped for some seconds, while a statement ran, goes on."""
    sandbox = start_sandbox(tmp_path / "state")
    try:
        warehouse = Warehouse.create(sandbox, "slept")
        identifier, _ = running(warehouse, warehouse.slow_query(2))
        processes = family(StateFolder(sandbox.state_folder.resolve()))
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for process in processes:
                process.send_signal(number)
            time.sleep(4 if number == signal.SIGSTOP else 0)
        assert warehouse.data.describe_statement(Id=identifier, WaitTimeSeconds=30)["Status"] == "FINISHED"
        assert warehouse.rows("SELECT 1") == [(1,)]
    finally:
        sandbox.stop()
