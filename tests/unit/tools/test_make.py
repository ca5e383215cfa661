"""The Makefile's targets, as far as they can be tested without running their commands."""

import os
import re
import subprocess

import pytest

from infra import ROOT

TARGETS = {
    "audit",
    "bench",
    "deploy",
    "destroy",
    "docs",
    "help",
    "lint",
    "local",
    "local-destroy",
    "local-repair",
    "local-stop",
    "lock",
    "repair",
    "sbom",
    "setup",
    "test",
    "test-slow",
}


def _make(*arguments):
    """What make prints when run from a shell: the tests may run under make, whose flags must not be passed on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def _recipe(target, *given):
    """What make would run."""
    return _make("--dry-run", target, *given)


def test_help_lists_every_target():
    """`make` alone prints every target with a one-line description."""
    listed = _make()
    assert {line.split()[1] for line in listed.splitlines()} == TARGETS
    assert all(re.fullmatch(r"make \S+ +\S.*", line) for line in listed.splitlines())


@pytest.mark.parametrize("target", sorted(TARGETS - {"help", "setup"}))
def test_every_target_sets_up_first(target):
    """In a fresh clone any target can be the first to run."""
    assert _recipe(target).startswith("tools/setup.sh\n")


@pytest.mark.parametrize("target", ["repair", "local-repair"])
def test_a_repair_ends_with_the_stack_of_the_settings(target):
    """`supplychain repair` gets the stack's name from ARGS, and its default without."""
    assert _recipe(target, "ARGS=-c days=30 -c stack_name=Other").splitlines()[-1].endswith("--stack-name Other")
    assert "--stack-name" not in _recipe(target)


@pytest.mark.parametrize(
    ("target", "command"), [("local", "deploy"), ("local-destroy", "destroy"), ("local-repair", "deploy")]
)
def test_local_targets_use_the_sandbox(target, command):
    """The CDK runs with the sandbox's environment and ARGS, and the function's code is built for this machine."""
    (line,) = [line for line in _recipe(target, "ARGS=-c days=30").splitlines() if f"bin/cdk {command}" in line]
    assert re.search(rf"\. \.sandbox/env && \S+ node_modules/aws-cdk/bin/cdk {command} ", line)
    assert "-c bundle_for=host" in line
    assert "-c days=30" in line


@pytest.mark.parametrize("target", ["deploy", "destroy"])
def test_aws_targets_never_use_the_sandbox(target):
    """Not even in a shell that has sourced the sandbox's environment; the function's code is built for Lambda."""
    (line,) = [line for line in _recipe(target, "ARGS=-c days=30").splitlines() if f"bin/cdk {target}" in line]
    assert line.startswith("env -u AWS_ENDPOINT_URL ")
    assert "bundle_for" not in line
    assert line.endswith("-c days=30")


def test_lint_checks_the_templates():
    """After a change of the stack, cfn-lint and checkov run too."""
    assert ".venv/bin/python -m tools.lint_templates\n" in _make("--dry-run", "--always-make", "lint")


def test_ci_runs_what_make_test_runs():
    """Both run the same checks and tests."""
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().splitlines()[-1] == "make test"
