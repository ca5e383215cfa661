"""Start and stop the sandbox server, and find the processes that belong to it."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO

import psutil

from redshift_sandbox.environment import DIRECT, HOST, MARKER, endpoint, server_environment, shell_exports
from redshift_sandbox.leftovers import backends_below, end, is_backend, wait_until_ended
from redshift_sandbox.state_folder import StateFolder

START_SECONDS = 60.0
# How long the server may take to stop by itself, and then everything it started.
STOP_SECONDS = 8.0
KILL_SECONDS = 5.0
# Files are for their owner only.
_UMASK = 0o077


class SandboxError(Exception):
    """The sandbox cannot be started or stopped; the message is one line for the user."""


@dataclass(frozen=True)
class Server:
    """A running sandbox server."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """The endpoint URL of every AWS API."""
        return endpoint(self.port)


@dataclass(frozen=True)
class Started:
    """The answer of ``start``: the server, whether it was just started, and whether an earlier one had been killed."""

    server: Server
    new: bool
    after_crash: bool = False


def start(state: StateFolder, port: int, until: int | None = None) -> Started:
    """Start the server, or return the one that already runs in this state folder.

    Parameters
    ----------
    state
        Its state folder.
    port
        The port to listen on.
    until
        The id of a process; the sandbox stops when it ends. Ignored if the sandbox already runs.

    Returns
    -------
    Started
        The server, ready for requests.

    Raises
    ------
    SandboxError
        If the port is in use, the server does not start, or the process ``until`` does not exist.
    """
    if until is not None and not psutil.pid_exists(until):
        raise SandboxError(f"process {until}, given by --until, does not exist")
    state.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _closed(state), _locked(state):
        running = find(state)
        if running is not None:
            return Started(running, new=False)
        after_crash = has_crashed(state)
        reap(state)
        _clear(state)
        _require_free(port)
        _prepare(state, port)
        try:
            process = _spawn(state, port, state.log_file.open("wb"), "redshift_sandbox.server", str(state.path))
            state.server_file.write_text(json.dumps({"pid": process.pid, "port": port}))
            watched = [str(pid) for pid in (process.pid, until) if pid is not None]
            _spawn(state, port, state.log_file.open("ab"), "redshift_sandbox.guard", str(state.path), *watched)
            _wait_until_ready(state, process, port)
        except BaseException:  # Ctrl-C too
            reap(state)
            state.server_file.unlink(missing_ok=True)
            raise
        return Started(Server(process.pid, port), new=True, after_crash=after_crash)


def stop(state: StateFolder) -> bool:
    """Stop the server and everything it started, and remove its files except the logs.

    Returns
    -------
    bool
        Whether anything was running.

    Raises
    ------
    SandboxError
        If a process cannot be stopped.
    """
    if not state.path.exists():  # removed by hand; its processes may still run
        return reap(state)
    with _closed(state), _locked(state):
        found = reap(state)
        _clear(state)
    return found


def find(state: StateFolder) -> Server | None:
    """Return the server that runs in this state folder, or None.

    A recorded process id that now belongs to another program is ignored.
    """
    try:
        record = json.loads(state.server_file.read_text())
        server = Server(int(record["pid"]), int(record["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        process = psutil.Process(server.pid)
        return server if _is_ours(process, state) else None
    except psutil.NoSuchProcess:
        return None


def has_crashed(state: StateFolder) -> bool:
    """Return whether the last server was killed: one that stops by itself removes the file that names it."""
    return state.server_file.exists() and find(state) is None


def _spawn(state: StateFolder, port: int, log: IO[bytes], *module: str) -> subprocess.Popen[bytes]:
    """Run one of our modules in the background, in its own session, so that Ctrl-C in the shell does not reach it."""
    with log:
        return subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", *module],
            cwd=state.path,
            env=server_environment(state, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=_UMASK,
        )


def _wait_until_ready(state: StateFolder, process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SandboxError(
                f"the sandbox stopped while starting (exit code {process.returncode}): see {state.log_file}"
            )
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            DIRECT.open(f"{endpoint(port)}/_ministack/ready", timeout=5) as response,
        ):
            if response.status == HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise SandboxError(f"the sandbox did not answer within {START_SECONDS:.0f} seconds: see {state.log_file}")


def _prepare(state: StateFolder, port: int) -> None:
    for folder in (state.temporary, state.home, state.postgres):
        folder.mkdir(parents=True, exist_ok=True)
    state.env_file.write_text(shell_exports(state, port))
    for name in ("aws-config", "aws-credentials"):
        (state.home / name).touch()


def _require_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SandboxError(
                f"port {port} of {HOST} is in use by another program ({error.strerror}): set SANDBOX_PORT"
            ) from error


def reap(state: StateFolder) -> bool:
    """Stop every process of this sandbox: first the server, which stops what it started, then whatever is left.

    Returns
    -------
    bool
        Whether anything was running.

    Raises
    ------
    SandboxError
        If a process cannot be stopped.
    """
    server = find(state)
    running = family(state)
    if server is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGTERM)
        wait_until_ended([process for process in running if process.pid == server.pid], STOP_SECONDS)
    found = bool(running)
    end(backends_below(state.postgres))  # they would take seconds to notice SIGTERM, or would not
    for number in (signal.SIGTERM, signal.SIGKILL):
        running = family(state)
        for process in running:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        wait_until_ended(running, KILL_SECONDS)
    left = family(state)
    if left:
        raise SandboxError(
            f"these processes of the sandbox could not be stopped: {', '.join(str(process.pid) for process in left)}"
        )
    return found


def family(state: StateFolder) -> list[psutil.Process]:
    """Return the running processes of this sandbox, except the current one."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and (_is_ours(process, state) or is_backend(process, state.postgres))
    ]


def _is_ours(process: psutil.Process, state: StateFolder) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return bool(process.environ().get(MARKER) == str(state.path))
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def _clear(state: StateFolder) -> None:
    """Remove the files of an earlier run, except the log: every start is an empty AWS. Keep the log of a crash."""
    if has_crashed(state) and state.log_file.exists():
        state.log_file.replace(state.crash_log_file)
    for entry in state.path.iterdir():
        if entry in (state.log_file, state.crash_log_file, state.lock_file):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)


@contextlib.contextmanager
def _closed(state: StateFolder) -> Iterator[None]:
    """Close the state folder to other users, also one that an earlier version left open, and every new file in it.

    Raises
    ------
    SandboxError
        If it belongs to another user.
    """
    owner = state.path.stat().st_uid
    if owner != os.geteuid():
        raise SandboxError(f"{state.path} belongs to another user (uid {owner}): remove it, or use --state-dir")
    state.path.chmod(0o700)
    for file in (state.lock_file, state.log_file, state.crash_log_file):
        if file.exists():
            file.chmod(0o600)
    before = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _locked(state: StateFolder) -> Iterator[None]:
    """Prevent two commands from starting or stopping the same sandbox at once."""
    with state.lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
