"""Start a sandbox for tests, on a free port with a state folder of its own.

Examples
--------
A pytest fixture::

    from redshift_sandbox.testing import sandbox

    @pytest.fixture(scope="session")
    def aws(tmp_path_factory):
        with sandbox(tmp_path_factory.mktemp("sandbox")) as running:
            yield running
"""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from redshift_sandbox.environment import HOST, client_environment, endpoint
from redshift_sandbox.process import SandboxError, find
from redshift_sandbox.state_folder import StateFolder


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox.

    Parameters
    ----------
    state_folder
        Where it keeps its files.
    port
        The port it listens on.
    env
        The environment for a process that uses it: the current one, with all AWS settings replaced.
    """

    state_folder: Path
    port: int
    env: dict[str, str]

    @property
    def url(self) -> str:
        """The endpoint URL of every AWS API."""
        return endpoint(self.port)

    def client(
        self, service: str, access_key: str = "test", secret: str | None = None, token: str | None = None
    ) -> Any:
        """Return a boto3 client that never retries, so that a test sees every error."""
        return boto3.client(  # type: ignore[call-overload]  # any service, by its name
            service,
            endpoint_url=self.url,
            region_name=self.env["AWS_REGION"],
            aws_access_key_id=access_key,
            aws_secret_access_key=secret or "test",
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    def stop(self) -> None:
        """Stop it and everything it started, and remove its files except the log."""
        run_command(self.state_folder, self.port, "down")


@contextlib.contextmanager
def sandbox(state_folder: Path) -> Iterator[Sandbox]:
    """Start a sandbox, and stop it at the end of the block.

    Raises
    ------
    SandboxError
        If it does not start.
    """
    running = start_sandbox(state_folder)
    try:
        yield running
    finally:
        running.stop()


def start_sandbox(state_folder: Path, port: int | None = None) -> Sandbox:
    """Start a sandbox, or return the one that already runs in this state folder.

    A sandbox that this call starts stops when the current process ends, even if that is killed.

    Parameters
    ----------
    state_folder
        Where it keeps its files.
    port
        The port to listen on; a free one if None.

    Raises
    ------
    SandboxError
        If it does not start.
    """
    result = run_command(state_folder, port or free_port(), "up", "--until", str(os.getpid()))
    state = StateFolder(state_folder.resolve())
    server = find(state)
    if result.returncode != 0 or server is None:
        raise SandboxError(result.stderr.strip().removeprefix("error: "))
    environment = {**_without_aws_settings(), **client_environment(state, server.port)}
    return Sandbox(state_folder, server.port, environment)


def run_command(state_folder: Path, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``redshift-sandbox`` with these arguments and return its exit code and output."""
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "redshift_sandbox", "--state-dir", str(state_folder), *arguments],
        env={**_without_aws_settings(), "SANDBOX_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _without_aws_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
