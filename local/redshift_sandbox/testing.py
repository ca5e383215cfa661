"""A sandbox for tests: started on a free port with a state folder of its own."""

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


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox; ``env`` is what a process needs to reach it, and nothing else of the user's AWS settings."""

    place: Path
    port: int
    env: dict[str, str]

    @property
    def url(self) -> str:
        return self.env["AWS_ENDPOINT_URL"]

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
        control(self.place, self.port, "down")


def start_sandbox(place: Path, port: int | None = None) -> Sandbox:
    """Start a sandbox, or take the one that runs there. It ends with this process, even if that is killed."""
    port = port or free_port()
    result = control(place, port, "up", "--until", str(os.getpid()))
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    return Sandbox(place, port, {**_clean_environment(), **exports(place)})


@contextlib.contextmanager
def sandbox(place: Path) -> Iterator[Sandbox]:
    """Start a sandbox and stop it in the end."""
    running = start_sandbox(place)
    try:
        yield running
    finally:
        running.stop()


def control(place: Path, port: int, *command: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the sandbox's command line."""
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "redshift_sandbox", "--state-dir", str(place), *command],
        env={**_clean_environment(), "SANDBOX_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def exports(place: Path) -> dict[str, str]:
    """Return what the env file of a running sandbox exports."""
    lines = (place / "env").read_text().splitlines()
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    return {name: value.strip("'") for name, value in pairs}
