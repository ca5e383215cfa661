"""cfn-lint and checkov as validations of the CDK: what they find in the templates is reported as cdk-nag's findings.

Both run as programs of their own, and call nobody. checkov has an environment of its own, for its requirements do not
go with ours: it is made in the project's cache on first use, from `requirements-checkov.txt`.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from infra import CACHE, ROOT

REQUIREMENTS: Final = ROOT / "requirements-checkov.txt"
"""checkov, pinned, with all that it needs."""

REGIONS: Final = ("us-east-1", "eu-central-1")
"""Regions whose resource schemas cfn-lint holds the templates against."""

_ENVIRONMENT: Final = {
    "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",  # checkov calls nobody
    "PYTHONDONTWRITEBYTECODE": "",  # most of their time is imports
}


class CheckerError(Exception):
    """A checker could not be installed, or did not run to its end."""


@dataclass(frozen=True, order=True)
class Finding:
    """What a checker has against a resource of a template, or against all of it where `resource` is empty."""

    rule: str
    description: str
    template: str
    resource: str


class Programs:
    """Runs cfn-lint and checkov side by side, once, when either is asked for: most of their time is their start.

    Raises
    ------
    CheckerError
        Where checkov is to be installed, and cannot be.
    """

    def __init__(self) -> None:
        self._checkov = installed_checkov()
        self._printed: tuple[Any, ...] = ()

    def printed(self, templates: Sequence[str]) -> tuple[Any, ...]:
        """What cfn-lint and what checkov has printed, as JSON."""
        if not self._printed:
            lint = [str(Path(sys.executable).parent / "cfn-lint"), "--format", "json", "--regions", *REGIONS]
            scan = [str(self._checkov), "--framework", "cloudformation", "--compact", "--quiet", "--skip-download"]
            commands = ([*lint, "--template", *templates], [*scan, "--output", "json", "--file", *templates])
            with ThreadPoolExecutor() as pool:
                self._printed = tuple(pool.map(_json_of, commands))
        return self._printed


@jsii.implements(IPolicyValidationPlugin)
class CfnLint:
    """Whether CloudFormation accepts the templates, as far as its published schemas tell."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    @property
    def name(self) -> str:
        return "cfn-lint"

    @property
    def version(self) -> str:
        return version("cfn-lint")

    @property
    def rule_ids(self) -> list[str]:
        return []

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        found, _ = self._programs.printed(context.template_paths)
        return _report(context, map(self._finding, found))

    @staticmethod
    def _finding(match: Mapping[str, Any]) -> Finding:
        path = match["Location"]["Path"] or []
        resource = str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""
        return Finding(match["Rule"]["Id"], match["Message"], match["Filename"], resource)


@jsii.implements(IPolicyValidationPlugin)
class Checkov:
    """checkov's security rules for CloudFormation."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    @property
    def name(self) -> str:
        return "checkov"

    @property
    def version(self) -> str:
        return _pinned_version()

    @property
    def rule_ids(self) -> list[str]:
        return []

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        _, done = self._programs.printed(context.template_paths)
        # Where it has checked nothing it says so with a summary alone.
        if done.get("parsing_errors", 0) or "results" not in done:
            raise CheckerError(f"checkov could not read the templates: {done}")
        return _report(context, map(self._finding, done["results"].get("failed_checks", [])))

    @staticmethod
    def _finding(failed: Mapping[str, Any]) -> Finding:
        resource = str(failed["resource"]).rpartition(".")[2]
        return Finding(failed["check_id"], failed["check_name"], failed["file_abs_path"], resource)


def installed_checkov() -> Path:
    """The program checkov, installed on first use.

    Raises
    ------
    CheckerError
        Where it cannot be fetched.
    """
    folder = CACHE / "checkov" / hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    program = folder / "bin" / "checkov"
    stamp = folder / ".installed"
    if not stamp.exists():
        sys.stderr.write(f"Installing checkov {_pinned_version()} …\n")
        uv = [sys.executable, "-m", "uv"]
        _run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        _run([*uv, "pip", "sync", "--quiet", "--python", str(folder / "bin" / "python"), str(REQUIREMENTS)])
        stamp.touch()
    return program


def _pinned_version() -> str:
    (pin,) = (line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("checkov=="))
    return pin.partition("==")[2]


def _run(command: list[str]) -> None:
    environment = {"UV_CACHE_DIR": str(CACHE / "uv"), **os.environ}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # fixed
    if done.returncode:
        raise CheckerError(f"checkov could not be installed:\n{done.stderr.strip()}")


def _json_of(command: list[str]) -> Any:
    """What a checker prints; its exit code says only whether it found something."""
    if not Path(command[0]).exists():
        raise CheckerError(f"{command[0]} is missing: `make setup` installs it")
    done = subprocess.run(  # noqa: S603  # nothing in the command comes from outside
        command, env={**os.environ, **_ENVIRONMENT}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise CheckerError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}".strip()) from None


def _report(context: IPolicyValidationContext, findings: Iterable[Finding]) -> PolicyValidationPluginReport:
    stacks = {str(Path(stack.template_path)): stack.stack_construct_path for stack in context.stack_templates}
    by_rule: dict[tuple[str, str], list[PolicyViolatingResource]] = defaultdict(list)
    for finding in sorted(set(findings)):
        template = str((ROOT / finding.template).resolve())
        by_rule[finding.rule, finding.description].append(
            PolicyViolatingResource(template_path=template, resource_logical_id=finding.resource, locations=[])
            if finding.resource
            else PolicyViolatingResource(construct_path=stacks[template], locations=[])
        )
    violations = [
        PolicyViolation(rule_name=rule, description=description, severity="error", violating_resources=resources)
        for (rule, description), resources in by_rule.items()
    ]
    return PolicyValidationPluginReport(success=not violations, violations=violations)
