"""The commands of the Makefile, as far as they can be told without running them."""

import os
import re
import subprocess

import pytest

from infra import ROOT

TARGETS = {
    "bench",
    "deploy",
    "destroy",
    "docs",
    "help",
    "lint",
    "local",
    "local-destroy",
    "local-stop",
    "setup",
    "test",
}


def _make(*arguments):
    """What make prints, as in a shell: the tests themselves may run under make, whose flags are not meant here."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def _recipe(target, *given):
    """What make would run."""
    return _make("--dry-run", target, *given)


def test_help_lists_every_target():
    """`make` alone says what there is, with a line on each."""
    listed = _make()
    assert {line.split()[1] for line in listed.splitlines()} == TARGETS
    assert all(re.fullmatch(r"make \S+ +\S.*", line) for line in listed.splitlines())


@pytest.mark.parametrize("target", sorted(TARGETS - {"help", "setup"}))
def test_every_target_sets_up_first(target):
    """In a fresh clone any command works as the first one."""
    assert _recipe(target).startswith("tools/setup.sh\n")


@pytest.mark.parametrize(("target", "command"), [("local", "deploy"), ("local-destroy", "destroy")])
def test_the_sandbox_is_what_local_targets_talk_to(target, command):
    """The CDK runs with the sandbox's environment, on code for this machine, and gets ARGS."""
    (line,) = [line for line in _recipe(target, "ARGS=-c days=30").splitlines() if f"bin/cdk {command}" in line]
    assert re.search(rf"\. \.sandbox/env && \S+ node_modules/aws-cdk/bin/cdk {command} ", line)
    assert "-c bundle_for=host" in line
    assert "-c days=30" in line


@pytest.mark.parametrize("target", ["deploy", "destroy"])
def test_aws_is_never_the_sandbox(target):
    """A shell that has sourced the sandbox's environment does not send a deployment there; the code is Lambda's."""
    (line,) = [line for line in _recipe(target, "ARGS=-c days=30").splitlines() if f"bin/cdk {target}" in line]
    assert line.startswith("env -u AWS_ENDPOINT_URL ")
    assert "bundle_for" not in line
    assert line.endswith("-c days=30")


def test_ci_runs_what_make_test_runs():
    """A submission is held to the same checks as a developer's machine."""
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().splitlines()[-1] == "make test"
