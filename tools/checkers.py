"""Runs cfn-lint and checkov on CloudFormation templates.

Both run as separate programs and offline. checkov has an environment of its own, because its requirements conflict with
the project's: it is created in the project's cache on first use, from `requirements-checkov.txt`.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import CACHE, ROOT
from infra.acknowledgements import CFN_LINT, CHECKOV

REQUIREMENTS: Final = ROOT / "requirements-checkov.txt"
"""checkov and all its dependencies, pinned."""

REGIONS: Final = ("us-east-1", "eu-central-1", "us-west-1", "us-gov-west-1", "cn-north-1")
"""Regions whose resource schemas cfn-lint validates the templates against: one of two zones, and every partition."""

_ENVIRONMENT: Final = {
    "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",  # checkov stays offline
    "PYTHONDONTWRITEBYTECODE": "",  # most of their time is imports
}


class CheckerError(Exception):
    """A checker could not be installed, or failed to run."""


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that a resource violates; `resource` is its logical id, or empty for the template as a whole."""

    template: str
    resource: str
    checker: str
    rule: str
    description: str


def find(templates: Sequence[Path]) -> list[Finding]:
    """What cfn-lint and checkov find in the templates. They run concurrently: most of their time is their start.

    Raises
    ------
    CheckerError
        Where checkov cannot be installed, or a checker fails to run.
    """
    paths = [str(path) for path in templates]
    cfn_lint = [str(Path(sys.executable).parent / "cfn-lint"), "--format", "json", "--regions", *REGIONS]
    checkov = [str(installed_checkov()), "--framework", "cloudformation", "--compact", "--quiet", "--skip-download"]
    commands = ([*cfn_lint, "--template", *paths], [*checkov, "--output", "json", "--file", *paths])
    with ThreadPoolExecutor() as pool:
        matches, report = pool.map(_run_checker, commands)
    return sorted({*map(_cfn_lint_finding, matches), *map(_checkov_finding, _failed_checks(report))})


def installed_checkov() -> Path:
    """The path of checkov, which is installed on first use.

    Raises
    ------
    CheckerError
        Where it cannot be downloaded.
    """
    folder = CACHE / "checkov" / hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    stamp = folder / ".installed"
    if not stamp.exists():
        (pin,) = (line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("checkov=="))
        sys.stderr.write(f"Installing {pin.split()[0]} …\n")
        uv = [sys.executable, "-m", "uv"]
        _install([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        python = str(folder / "bin" / "python")
        _install([*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(REQUIREMENTS)])
        stamp.touch()
    return folder / "bin" / "checkov"


def _install(command: list[str]) -> None:
    environment = {"UV_CACHE_DIR": str(CACHE / "uv"), **os.environ}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # fixed
    if done.returncode:
        raise CheckerError(f"checkov could not be installed:\n{done.stderr.strip()}")


def _run_checker(command: list[str]) -> Any:
    """The JSON that a checker prints. Its exit code is ignored: findings are no failure to run."""
    if not Path(command[0]).exists():
        raise CheckerError(f"{command[0]} is missing: `make setup` installs it")
    done = subprocess.run(  # noqa: S603  # nothing in the command comes from outside
        command, env={**os.environ, **_ENVIRONMENT}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise CheckerError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}".strip()) from None


def _failed_checks(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # checkov prints only a summary when it has checked nothing.
    if report.get("parsing_errors", 0) or "results" not in report:
        raise CheckerError(f"checkov could not read the templates: {report}")
    failed: list[Mapping[str, Any]] = report["results"].get("failed_checks", [])
    return failed


def _cfn_lint_finding(match: Mapping[str, Any]) -> Finding:
    path = match["Location"]["Path"] or []
    resource = str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""
    return Finding(_name(match["Filename"]), resource, CFN_LINT, match["Rule"]["Id"], match["Message"])


def _checkov_finding(failed: Mapping[str, Any]) -> Finding:
    resource = str(failed["resource"]).rpartition(".")[2]
    return Finding(_name(failed["file_abs_path"]), resource, CHECKOV, failed["check_id"], failed["check_name"])


def _name(template: str) -> str:
    return Path(template).name.removesuffix(".template.json")
