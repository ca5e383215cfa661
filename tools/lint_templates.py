"""`python -m tools.lint_templates`: run cfn-lint and checkov on the templates of every variant of the stack.

A finding that `infra.acknowledgements` does not list is an error, and so is an acknowledgement without a finding.
"""

import dataclasses
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from infra import CACHE
from infra.acknowledgements import CFN_LINT, CHECKOV, Acknowledgement, acknowledgements, checker_of
from infra.stack import SupplyChainWarehouseStack
from tools import checkers
from tools.checkers import REGIONS, REQUIREMENTS, CheckerError, Finding, find
from tools.variants import Synthesised, synthesise

from aws_cdk import CfnElement  # isort: skip  # after infra, as in app.py

FINDINGS: Final = CACHE / "template-lint"
"""What the checkers found, by a hash of the templates: they run only when a template has changed."""


@dataclass(frozen=True, order=True)
class Accepted:
    """A rule acknowledged on a resource of a template."""

    template: str
    resource: str
    rule: str
    path: str = dataclasses.field(compare=False)
    """The construct's path in its stack."""

    reason: str = dataclasses.field(compare=False)


@dataclass(frozen=True)
class Lint:
    """The outcome: findings that are acknowledged, findings that are not, and acknowledgements without a finding."""

    suppressed: list[tuple[Finding, Accepted]]
    violations: list[Finding]
    stale: list[Accepted]

    def messages(self) -> Iterator[str]:
        """One line for each problem; none if the templates pass."""
        for finding in self.violations:
            where = f"{finding.template}/{finding.resource}" if finding.resource else finding.template
            yield f"{where}: {finding.checker} {finding.rule}: {finding.description}"
        for one in self.stale:
            yield f"{one.path}: {checker_of(one.rule)} {one.rule} is acknowledged but not found"


def main() -> None:
    """Lint the templates, and fail with one line for each problem."""
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        try:
            problems = list(lint(synthesise(Path(folder))).messages())
        except CheckerError as error:
            sys.exit(str(error))
    if problems:
        sys.exit("\n".join([*problems, "Fix each of them, or update infra/acknowledgements.py"]))


def lint(synthesised: Synthesised) -> Lint:
    """Run the checkers on the templates, and compare what they find with the acknowledgements.

    Raises
    ------
    CheckerError
        Where checkov cannot be installed, or a checker fails to run.
    """
    accepted = {
        (one.template, one.resource, one.rule): one
        for name, stack in synthesised.stacks.items()
        for one in _accepted(name, stack)
    }
    findings = _cached_findings(synthesised.templates)
    keys = {finding: (finding.template, finding.resource, finding.rule) for finding in findings}
    suppressed = [(finding, accepted[key]) for finding, key in keys.items() if key in accepted]
    # An option may remove a finding: an acknowledgement has to match in one variant only.
    matched = {(one.path, one.rule) for _, one in suppressed}
    stale = {(one.path, one.rule): one for one in accepted.values() if (one.path, one.rule) not in matched}
    return Lint(
        suppressed=suppressed,
        violations=[finding for finding, key in keys.items() if key not in accepted],
        stale=sorted(stale.values()),
    )


def _accepted(name: str, stack: SupplyChainWarehouseStack) -> Iterator[Accepted]:
    for one in acknowledgements(stack):
        for rule in one.rules:
            if checker_of(rule) in {CFN_LINT, CHECKOV}:
                resource = stack.get_logical_id(_element(one))
                yield Accepted(name, resource, rule, one.construct.node.path.partition("/")[2], one.reason)


def _element(acknowledged: Acknowledgement) -> CfnElement:
    """The resource of a construct: the construct itself, or its default child."""
    construct = acknowledged.construct
    element = construct if isinstance(construct, CfnElement) else construct.node.default_child
    if not isinstance(element, CfnElement):
        raise TypeError(f"{construct.node.path} is no single resource: acknowledge its resources instead")
    return element


def _cached_findings(templates: Mapping[str, Path]) -> list[Finding]:
    cached = FINDINGS / f"{_hash(templates)}.json"
    if not cached.exists():
        found = find(list(templates.values()))
        FINDINGS.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=FINDINGS, delete=False) as draft:
            json.dump([dataclasses.asdict(finding) for finding in found], draft)
        Path(draft.name).replace(cached)
    return [Finding(**finding) for finding in json.loads(cached.read_text())]


def _hash(templates: Mapping[str, Path]) -> str:
    """A hash of all that the findings depend on: the templates, and the checkers with their options."""
    digest = hashlib.sha256()
    for part in (version("cfn-lint"), *REGIONS, REQUIREMENTS.read_text(), Path(checkers.__file__).read_text()):
        digest.update(part.encode())
    for name, path in templates.items():
        digest.update(name.encode() + path.read_bytes())
    return digest.hexdigest()[:32]


if __name__ == "__main__":
    main()
