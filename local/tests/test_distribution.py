"""The distribution ``redshift-sandbox``: built as a wheel, installed alone, and used outside the repository."""

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.tests.checkout import ROOT
from redshift_sandbox.testing import free_port

SOURCES = ROOT / "local"
CONSTRAINTS = ROOT / "requirements-dev.txt"

STATEMENT = """
import time, boto3
serverless, data = boto3.client("redshift-serverless"), boto3.client("redshift-data")
serverless.create_namespace(namespaceName="shop", dbName="analytics")
serverless.create_workgroup(workgroupName="shop", namespaceName="shop")
while serverless.get_workgroup(workgroupName="shop")["workgroup"]["status"] != "AVAILABLE":
    time.sleep(0.05)
run = data.execute_statement(
    WorkgroupName="shop", Database="analytics", Sql="SELECT DATEADD(day, 1, DATE '2024-02-28')", WaitTimeSeconds=30
)
print(data.get_statement_result(Id=run["Id"])["Records"][0][0]["stringValue"])
"""


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel, and an empty folder to work in."""

    venv: Path
    home: Path

    @property
    def current_folder(self) -> Path:
        return self.home / "work"

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command in the folder, with nothing of the repository in its environment."""
        environment = {
            "PATH": f"{self.venv / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "SANDBOX_PORT": str(free_port()),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.current_folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources, because a build leaves files beside them."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "tests")
    shutil.copytree(SOURCES, folder / "sources", ignore=ignored)
    uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, folder / "sources")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel alone in a virtual environment."""
    folder = tmp_path_factory.mktemp("installation")
    made = Installation(folder / "venv", folder / "home")
    for path in (made.current_folder, made.home / "tmp"):
        path.mkdir(parents=True)
    uv("venv", "--python", sys.executable, made.venv)
    uv("pip", "install", "--python", made.venv / "bin" / "python", "--constraints", CONSTRAINTS, wheel)
    return made


def uv(*arguments: str | Path) -> None:
    """Run uv with the cache of the repository."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    environment["UV_CACHE_DIR"] = str(ROOT / ".cache" / "uv")
    command = [sys.executable, "-m", "uv", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_the_wheel_holds_one_package(wheel: Path):
    """Its only top-level package is redshift_sandbox, with its types, its SQL and the license."""
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.partition("/")[0] for name in names}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"redshift_sandbox"}
    assert {"redshift_sandbox/py.typed", "redshift_sandbox/sql/functions.txt"} <= set(names)
    assert any(name.startswith("redshift_sandbox/sql/library/") for name in names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_nothing_of_the_repository_is_installed(installation: Installation):
    """Neither supplychain nor infra can be imported, and redshift_sandbox comes from the environment."""
    for package in ("supplychain", "infra"):
        failed = installation.run(f"python -c 'import {package}'")
        assert f"No module named '{package}'" in failed.stderr
    printed = installation.run("python -c 'import redshift_sandbox as r; print(r.__file__)'").stdout
    assert printed.startswith(str(installation.venv))


def test_up_statement_down(installation: Installation):
    """The command starts a sandbox that runs SQL for boto3, stops it, and writes to .sandbox/ and nowhere else."""
    (installation.current_folder / "statement.py").write_text(STATEMENT)
    before, installed = files(installation.home), files(installation.venv)
    up = installation.run("redshift-sandbox up")
    try:
        assert up.returncode == 0, up.stderr
        statement = installation.run(". .sandbox/env && python statement.py")
        assert statement.stdout == "2024-02-29 00:00:00\n", statement.stderr
    finally:
        down = installation.run("redshift-sandbox down")
    assert (down.returncode, down.stdout) == (0, "sandbox stopped\n"), down.stderr
    state = Path("work") / ".sandbox"
    assert files(installation.home) - before == {state, state / "lock", state / "server.log"}
    assert files(installation.venv) == installed
