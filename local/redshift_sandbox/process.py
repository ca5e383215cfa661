"""Start and stop the sandbox server, and find what belongs to it."""

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

from redshift_sandbox.place import DIRECT, HOST, MARKER, Place, endpoint, server_environment, shell_exports

START_SECONDS = 60.0
# How long the server may take to stop by itself, and everything it started after that.
STOP_SECONDS = 8.0
KILL_SECONDS = 5.0


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


def start(place: Place, port: int, until: int | None = None) -> tuple[Server, bool]:
    """Start the server, or find the one that already runs in this place.

    Parameters
    ----------
    place
        Its state folder.
    port
        Where it listens.
    until
        A process whose end is the sandbox's end too, if this call starts it.

    Returns
    -------
    tuple of Server and bool
        The server, which answers requests; and whether this call started it.

    Raises
    ------
    SandboxError
        If the port belongs to somebody else, the server does not come up, or there is no process ``until``.
    """
    if until is not None and not psutil.pid_exists(until):
        raise SandboxError(f"there is no process {until} with which the sandbox could end")
    place.folder.mkdir(parents=True, exist_ok=True)
    with _locked(place):
        running = find(place)
        if running is not None:
            return running, False
        reap(place)
        _clear(place)
        _require_free(port)
        _prepare(place, port)
        try:
            process = _spawn(place, port, place.log_file.open("wb"), "redshift_sandbox.server", str(place.folder))
            place.server_file.write_text(json.dumps({"pid": process.pid, "port": port}))
            watched = [str(pid) for pid in (process.pid, until) if pid is not None]
            _spawn(place, port, place.log_file.open("ab"), "redshift_sandbox.guard", str(place.folder), *watched)
            _wait_until_ready(place, process, port)
        except BaseException:  # Ctrl-C too
            reap(place)
            raise
        return Server(process.pid, port), True


def stop(place: Place) -> bool:
    """Stop the server and everything it started, and remove its state; the log stays.

    Returns
    -------
    bool
        Whether anything was running.

    Raises
    ------
    SandboxError
        If a process does not go away.
    """
    if not place.folder.exists():  # somebody has removed it; what runs for it may still run
        return reap(place)
    with _locked(place):
        found = reap(place)
        _clear(place)
    return found


def find(place: Place) -> Server | None:
    """Return the server that runs in this place, or None.

    A process id that now belongs to another program is not it.
    """
    try:
        record = json.loads(place.server_file.read_text())
        server = Server(int(record["pid"]), int(record["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        process = psutil.Process(server.pid)
        return server if _is_ours(process, place) else None
    except psutil.NoSuchProcess:
        return None


def _spawn(place: Place, port: int, log: IO[bytes], *module: str) -> subprocess.Popen[bytes]:
    """Run a module of ours in the background, in a session of its own: Ctrl-C in the shell does not reach it."""
    with log:
        return subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", *module],
            cwd=place.folder,
            env=server_environment(place, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_ready(place: Place, process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SandboxError(
                f"the sandbox stopped while starting (exit code {process.returncode}): see {place.log_file}"
            )
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            DIRECT.open(f"{endpoint(port)}/_ministack/ready", timeout=5) as response,
        ):
            if response.status == HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise SandboxError(f"the sandbox did not answer within {START_SECONDS:.0f} seconds: see {place.log_file}")


def _prepare(place: Place, port: int) -> None:
    for folder in (place.temporary, place.home, place.postgres):
        folder.mkdir(parents=True, exist_ok=True)
    # PostgreSQL's own user must be able to reach its folder; its data folders are open to that user alone.
    place.postgres.chmod(0o755)
    place.env_file.write_text(shell_exports(place, port))
    for name in ("aws-config", "aws-credentials"):
        (place.home / name).touch()


def _require_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SandboxError(
                f"port {port} of {HOST} is taken by another program ({error.strerror}): choose one with SANDBOX_PORT"
            ) from error


def reap(place: Place) -> bool:
    """Stop every process of this place: first the server, by its own means, then whatever is left of it.

    Returns
    -------
    bool
        Whether there was any.

    Raises
    ------
    SandboxError
        If a process does not go away.
    """
    server = find(place)
    family = _family(place)
    if server is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGTERM)
        _wait_gone([process for process in family if process.pid == server.pid], STOP_SECONDS)
    found = bool(family)
    for number in (signal.SIGTERM, signal.SIGKILL):
        family = _family(place)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _wait_gone(family, KILL_SECONDS)
    left = _family(place)
    if left:
        raise SandboxError(
            f"these processes of the sandbox could not be stopped: {', '.join(str(process.pid) for process in left)}"
        )
    return found


def _family(place: Place) -> list[psutil.Process]:
    """Return the living processes that carry this place's marker, the current one aside."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_ours(process, place)]


def _is_ours(process: psutil.Process, place: Place) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return bool(process.environ().get(MARKER) == str(place.folder))
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def _wait_gone(processes: list[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_alive(process) for process in processes):
        time.sleep(0.02)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _clear(place: Place) -> None:
    """Remove the state of an earlier run: every start is an empty AWS."""
    for entry in place.folder.iterdir():
        if entry in (place.log_file, place.lock_file):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(place: Place) -> Iterator[None]:
    """Keep two commands from starting or stopping the same sandbox at once."""
    with place.lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
