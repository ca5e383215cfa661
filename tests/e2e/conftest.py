"""A copy of the project in which commands run with a separate sandbox."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
MINUTES = 60


@dataclass(frozen=True)
class Project:
    """A folder with the files of the project and nothing installed, and a free port for its sandbox."""

    folder: Path
    port: int
    commands: list[str] = field(default_factory=list)
    """The commands that were run."""

    def run(self, command: str, *, minutes: float = 6, ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a shell command in the folder. With `ok`, it must exit with 0."""
        self.commands.append(command)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=minutes * MINUTES,
            check=False,
        )
        if ok:
            assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        return done

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a new shell of a user without an AWS account."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "ARGS"))}
        return kept | {"SANDBOX_PORT": str(self.port)}

    def client(self, service: str):
        """Return a boto3 client with only the endpoint and dummy keys, as in the README."""
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tracked(*patterns: str) -> list[str]:
    """Return the files of the project, including new ones, as a commit would contain them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def copy_project(folder: Path) -> None:
    """Copy the project's files to a folder."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A fresh copy, whose sandbox is stopped at the end."""
    folder = tmp_path_factory.mktemp("project")
    copy_project(folder)
    (folder / ".cache").symlink_to(ROOT / ".cache")  # reuse downloads
    copy = Project(folder=folder, port=free_port())
    copy.run("git init -q && git add -A")
    yield copy
    copy.run("make local-stop", ok=False)
