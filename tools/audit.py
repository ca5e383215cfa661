"""Ask PyPI for known vulnerabilities of every package in the lock files, with pip-audit.

``python -m tools.audit`` exits with 1 if there is one. Where the data cannot be had, it says so, and exits with 0.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import ROOT

LOCK_FILES: Final = ("requirements-dev.txt", "requirements-checkov.txt")
"""The others have packages of the first only."""


@dataclass(frozen=True)
class Audit:
    """The number of packages that were checked, the names of those that were not, and a line for each vulnerability."""

    checked: int
    unchecked: Sequence[str]
    vulnerabilities: Sequence[str]


def main() -> None:
    """Audit each lock file."""
    audits = {name: audit(ROOT / name) for name in LOCK_FILES}
    for name, found in audits.items():
        sys.stdout.writelines(f"{line}\n" for line in report(name, found))
    sys.exit(any(found and found.vulnerabilities for found in audits.values()))


def audit(lock_file: Path, program: str = str(Path(sys.executable).parent / "pip-audit")) -> Audit | None:
    """Return what pip-audit finds, or None if it cannot reach the data."""
    command = [program, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(  # noqa: S603  # nothing in the command comes from outside
        [*command, "--requirement", str(lock_file)], capture_output=True, text=True, check=False
    )
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return None
    unchecked = sorted(package["name"] for package in packages if "skip_reason" in package)
    return Audit(len(packages) - len(unchecked), unchecked, list(_vulnerabilities(packages)))


def report(name: str, found: Audit | None) -> Iterator[str]:
    """Yield the lines to print for a lock file."""
    if found is None or not found.checked:
        yield f"{name}: skipped, the data on vulnerabilities cannot be reached from here"
        return
    yield from (f"{name}: {line}" for line in found.vulnerabilities)
    yield f"{name}: {found.checked} packages checked, {len(found.vulnerabilities)} known vulnerabilities"
    if found.unchecked:
        yield f"{name}: no data on {', '.join(found.unchecked)}"


def _vulnerabilities(packages: Sequence[dict[str, Any]]) -> Iterator[str]:
    for package in packages:
        for one in package.get("vulns", ()):
            fixed = ", ".join(one["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']} has {one['id']}, fixed in {fixed}"


if __name__ == "__main__":
    main()
