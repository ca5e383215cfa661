"""The import rules in pyproject.toml hold, and detect violations."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import ROOT

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


@pytest.fixture
def copy(tmp_path):
    """A copy of the three packages, in which tests break a rule."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("infra", "local/redshift_sandbox", "lambda/supplychain"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def _lint(folder):
    environment = os.environ | {"PYTHONPATH": str(folder / "lambda") + os.pathsep + str(folder / "local")}
    command = [str(LINT_IMPORTS), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_rules_hold(copy):
    """The packages keep all of them."""
    done = _lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "imported", "rule"),
    [
        ("infra/lake.py", "supplychain.dataset.manifest", "infra reads the schema and the settings of supplychain"),
        ("infra/lake.py", "redshift_sandbox.launch", "infra reads the schema and the settings of supplychain"),
        ("lambda/supplychain/schema.py", "infra.key", "supplychain knows neither infra nor the sandbox"),
        ("lambda/supplychain/schema.py", "redshift_sandbox", "supplychain knows neither infra nor the sandbox"),
        ("local/redshift_sandbox/launch.py", "supplychain.schema", "the sandbox knows neither supplychain nor infra"),
        ("local/redshift_sandbox/launch.py", "infra", "the sandbox knows neither supplychain nor infra"),
    ],
)
def test_a_forbidden_import_is_detected(copy, module, imported, rule):
    """One forbidden line breaks one rule, which is named."""
    with (copy / module).open("a") as source:
        source.write(f"\nimport {imported}\n")
    done = _lint(copy)
    assert done.returncode != 0
    assert "1 broken" in done.stdout
    assert any(line.startswith(rule) for line in done.stdout.splitlines())
