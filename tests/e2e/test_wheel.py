"""The wheel of `supplychain`: what it holds, and that the command works when it is all that is installed."""

import re
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from supplychain.schema import TABLE_NAMES
from tests.e2e.conftest import ROOT, copy_project
from tests.pythons import uv

COMMAND_LINE = {"boto3", "click", "numpy", "pyarrow", "rich"}
"""The distributions that the command line imports."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the project, because a build leaves files beside the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    copy_project(folder / "project")
    options = ["--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder)]
    done = uv("build", *options, str(folder / "project"))
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_one_package(wheel):
    """Its only top-level package is supplychain: nothing of infra, the sandbox or the tests."""
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.partition("/")[0] for name in names}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"supplychain"}
    assert "supplychain/py.typed" in names
    assert any(re.fullmatch(r"supplychain/invariants/\w+\.sql", name) for name in names)
    assert not any("test" in name for name in names)


def test_the_wheel_requires_what_the_command_line_imports(wheel):
    """As ranges: an exact version would be in the way of those who use the constructs."""
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    required = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist")
    always = [requirement for requirement in required if "extra ==" not in requirement]
    assert {re.match(r"[\w-]+", requirement)[0] for requirement in always} == COMMAND_LINE
    assert not [requirement for requirement in always if "==" in requirement]


def test_the_command_runs_from_the_wheel_alone(wheel, tmp_path, monkeypatch):
    """`uvx --from WHEEL supplychain generate` writes a data set, outside the project and without its environment."""
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UV_TOOL_DIR", str(tmp_path / "tools"))
    options = ["--python", sys.executable, "--constraints", str(ROOT / "requirements-dev.txt"), "--from", str(wheel)]
    generate = ["supplychain", "generate", "--num-products", "10", "--days", "7", "--as-of", "2026-01-31"]
    done = uv("tool", "run", *options, *generate, "--output-dir", "out")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in Path("out").iterdir()} == {"manifest.json", *(f"{name}.csv" for name in TABLE_NAMES)}
