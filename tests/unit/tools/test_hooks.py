"""Other places that run the checks: the pre-commit hooks and the GitHub workflow."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from infra import ROOT

BIN = Path(sys.executable).parent
WORKFLOWS = ROOT / ".github" / "workflows"


@pytest.mark.parametrize("target", ["test", "test-slow"])
def test_a_workflow_is_valid(target):
    """It conforms to GitHub's own schema."""
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOWS / f"{target}.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("target", "command"), [("test", "make test"), ("test-slow", "make audit test-slow")])
def test_a_workflow_runs_what_a_developer_runs(target, command):
    """Targets of make, with read-only permissions."""
    workflow = yaml.safe_load((WORKFLOWS / f"{target}.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert [step["run"] for step in workflow["jobs"][target]["steps"] if "run" in step] == [command]


def test_the_hooks_download_nothing_and_run_what_lint_runs():
    """Each runs a command that `make setup` installs, the linters with the options of `make lint`."""
    done = subprocess.run(
        [BIN / "pre-commit", "validate-config"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    lint = (ROOT / "Makefile").read_text().partition("\nlint:")[2]
    for hook in local["hooks"]:
        assert hook["language"] == "system"
        if hook["entry"].startswith(".venv/bin/ruff"):
            words = set(hook["entry"].split()) - {"--force-exclude"}
            assert any(words == set(line.lstrip("\t@").split()) for line in lint.splitlines()), hook["entry"]


def test_links_between_documents_work():
    """The file exists, and so does the heading."""
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "local" / "README.md"]:
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
            if not target.startswith("http"):
                path, _, anchor = target.partition("#")
                found = document.parent / path if path else document
                assert found.exists(), f"{document.name}: {target}"
                headings = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE) if anchor else []
                anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert not anchor or anchor in anchors, f"{document.name}: {target}"
