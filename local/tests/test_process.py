"""Starting and stopping the sandbox: one server, and nothing left afterwards."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.tests.checkout import ROOT
from local.tests.warehouse import Warehouse
from redshift_sandbox.environment import client_environment
from redshift_sandbox.launch import Account, command
from redshift_sandbox.process import SandboxError
from redshift_sandbox.state_folder import StateFolder
from redshift_sandbox.testing import Sandbox, free_port, run_command, start_sandbox


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with a workgroup, below a folder of mode 0700, under a path too long for a socket."""
    top = tmp_path_factory.mktemp("private")
    state = top / ("x" * 60) / ("y" * 60) / "state"
    state.mkdir(parents=True)
    top.chmod(0o700)
    running = start_sandbox(state)
    Warehouse.create(running, "demo")
    yield running
    running.stop()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose sandbox is stopped after the test."""
    yield tmp_path / "state"
    run_command(tmp_path / "state", free_port(), "down")


def family(state: Path) -> list[psutil.Process]:
    """Return the running processes of a sandbox."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("SANDBOX_SERVER_OF") == str(state):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def server_of(state: Path) -> psutil.Process:
    return next(process for process in family(state) if "redshift_sandbox.server" in process.cmdline())


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_modes_of_private_folders_are_not_changed(private: Sandbox):
    """PostgreSQL runs below a folder that only its owner may enter."""
    top = next(parent for parent in private.state_folder.parents if parent.name.startswith("private"))
    assert top.stat().st_mode & 0o777 == 0o700


def test_a_second_up_finds_the_first(private: Sandbox):
    """It reports that, and starts nothing."""
    before = {process.pid for process in family(private.state_folder)}
    again = run_command(private.state_folder, private.port, "up")
    assert (again.returncode, "already up" in again.stdout) == (0, True)
    assert {process.pid for process in family(private.state_folder)} == before


def test_start_sandbox_returns_the_one_that_runs(private: Sandbox):
    """With the port that it listens on."""
    assert start_sandbox(private.state_folder).port == private.port


def test_start_sandbox_raises_the_message_of_the_command(private: Sandbox, state: Path):
    """Without the prefix that the command line prints."""
    with pytest.raises(SandboxError, match=f"^port {private.port} of 127.0.0.1 is in use by another program"):
        start_sandbox(state, private.port)


def test_status_names_the_endpoint_and_the_workgroups(private: Sandbox):
    """And its exit code is 0."""
    status = run_command(private.state_folder, private.port, "status")
    assert status.returncode == 0
    assert private.url in status.stdout
    assert "workgroup demo of namespace demo: AVAILABLE" in status.stdout


def test_logs_prints_the_servers_log(private: Sandbox):
    """The whole log."""
    assert "Running on http://127.0.0.1" in run_command(private.state_folder, private.port, "logs").stdout


def test_only_loopback_is_listened_on(private: Sandbox):
    """The only listener is on 127.0.0.1: PostgreSQL uses a socket in its folder."""
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in family(private.state_folder)
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", private.port)}


def test_the_users_aws_settings_do_not_leak_in(private: Sandbox):
    """The server does not see the AWS profile of the user's shell, and the env file unsets it."""
    seen = server_of(private.state_folder).environ().keys()
    assert not {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & seen
    script = f'AWS_PROFILE=mine; . "{private.state_folder}/env"; echo "${{AWS_PROFILE-none}} $AWS_ENDPOINT_URL"'
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert shown == ["none", private.url]


def test_a_port_in_use(state: Path):
    """The error is one line, and the exit code is 1."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result = run_command(state, other.getsockname()[1], "up")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "is in use by another program" in result.stderr


def test_down_leaves_nothing(state: Path):
    """No process, not even of a running function, no listener, no file but the log; a second down succeeds."""
    running = start_sandbox(state)
    Warehouse.create(running, "demo")
    start_sleeping_function(running)
    assert run_command(state, running.port, "down").returncode == 0
    assert not family(state)
    assert not accepts(running.port)
    assert sorted(entry.name for entry in state.iterdir()) == ["lock", "server.log"]
    assert run_command(state, running.port, "status").returncode == 1
    assert run_command(state, running.port, "down").returncode == 0


def start_sleeping_function(running: Sandbox) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "import time\ndef handler(event, context):\n    time.sleep(120)\n")
    functions = running.client("lambda")
    functions.create_function(
        FunctionName="sleeper",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=300,
    )
    before = len(family(running.state_folder))
    functions.invoke(FunctionName="sleeper", InvocationType="Event")
    deadline = time.monotonic() + 10
    while len(family(running.state_folder)) == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(family(running.state_folder)) > before


def test_everything_stops_when_the_server_is_killed(state: Path):
    """PostgreSQL and a running function stop too; the next up is an empty AWS, which stops on SIGINT."""
    running = start_sandbox(state)
    Warehouse.create(running, "killed")
    running.client("s3").create_bucket(Bucket="killed")
    start_sleeping_function(running)
    assert any("postgres" in process.name() for process in below(state))
    server = server_of(state)
    server.kill()
    server.wait(5)
    assert_gone(state)
    assert run_command(state, running.port, "status").returncode == 1
    assert run_command(state, running.port, "up").returncode == 0
    assert running.client("redshift-serverless").list_namespaces()["namespaces"] == []
    assert running.client("s3").list_buckets()["Buckets"] == []
    server_of(state).send_signal(signal.SIGINT)
    assert_gone(state)


def below(state: Path) -> list[psutil.Process]:
    """Return the running processes of a sandbox, and those with a path of its state folder in their command line."""
    found = {process.pid: process for process in family(state)}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if f"{state}/" in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process
    return list(found.values())


def assert_gone(state: Path) -> None:
    """Wait until no process of a sandbox runs."""
    deadline = time.monotonic() + 15
    while (left := below(state)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def test_a_sandbox_stops_with_the_process_that_started_it(state: Path):
    """Even if that process is killed."""
    program = "import sys, time; from redshift_sandbox.testing import start_sandbox as s; from pathlib import Path; "
    program += "s(Path(sys.argv[1])); print(flush=True); time.sleep(60)"
    owner = subprocess.Popen([sys.executable, "-c", program, state], cwd=ROOT, stdout=subprocess.PIPE)
    owner.stdout.readline()
    assert below(state)
    owner.kill()
    owner.wait()
    assert_gone(state)


def test_ctrl_c_while_it_starts(state: Path):
    """The command prints one line, and stops what it had started."""
    line = [sys.executable, "-m", "redshift_sandbox", "--state-dir", str(state), "up"]
    environment = {**os.environ, "SANDBOX_PORT": str(free_port())}
    command = subprocess.Popen(
        line,
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # shells ignore it in the background
    )
    while not (state / "server.json").exists():
        time.sleep(0.01)
    command.send_signal(signal.SIGINT)
    assert command.wait(20) == 130
    assert command.stderr.read() == "error: interrupted\n"
    assert_gone(state)


def test_until_a_process_that_does_not_exist(state: Path):
    """The error is one line, and nothing is started."""
    result = run_command(state, free_port(), "up", "--until", "999999999")
    assert result.returncode == 1
    assert result.stderr == "error: process 999999999, given by --until, does not exist\n"


def test_a_stale_process_id(state: Path):
    """A process that now has the recorded id, but belongs to another program, is not stopped."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    state.mkdir()
    (state / "server.json").write_text(f'{{"pid": {other.pid}, "port": 1}}')
    assert run_command(state, free_port(), "down").returncode == 0
    assert other.poll() is None
    other.kill()
    other.wait()


@pytest.mark.skipif(
    os.geteuid() != 0, reason="becomes another user, so it needs root; every other test covers the current user"
)
def test_an_ordinary_user_needs_no_root(tmp_path: Path):
    """The same works without root: PostgreSQL then runs as the current user."""
    account = Account(65534, 65534)
    account.own(tmp_path)
    port, state = free_port(), tmp_path / "state"
    environment = {"PATH": os.environ["PATH"], "SANDBOX_PORT": str(port), "HOME": str(tmp_path)}

    def run(word: str) -> subprocess.CompletedProcess[str]:
        line = command(account, Path(sys.executable), "-m", "redshift_sandbox", "--state-dir", str(state), word)
        return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    try:
        up = run("up")
        assert up.returncode == 0, up.stderr
        running = Sandbox(state, port, client_environment(StateFolder(state), port))
        assert Warehouse.create(running, "plain").rows("SELECT 1") == [(1,)]
        assert {process.uids().real for process in family(state)} == {account.uid}
    finally:
        assert run("down").returncode == 0
