"""The generated parts of docs/security.md: the permissions of the roles, and the findings that are acknowledged.

`make docs` writes them, from the templates, cdk-nag's report and what `tools.lint_templates` suppresses; a test fails
when the page is out of date.
"""

import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import CACHE, ROOT
from infra.permissions import PURPOSES
from tools.lint_templates import Lint, lint
from tools.variants import VARIANTS, synthesise

JSON = dict[str, Any]

PAGE: Final = ROOT / "docs" / "security.md"


@dataclass(frozen=True)
class Checked:
    """The templates of `VARIANTS` by name, the CDK's report of cdk-nag's findings in them, and the other checkers'."""

    templates: Mapping[str, JSON]
    report: JSON
    lint: Lint


@dataclass(frozen=True, order=True)
class Suppression:
    """A rule suppressed on a resource, which is named by its path in the stack, in some of the variants."""

    reason: str
    resource: str
    checker: str
    rule: str
    variants: tuple[str, ...]


def synthesise_checked(folder: Path) -> Checked:
    """Synthesise every variant into `folder`, and run all checkers.

    Raises
    ------
    RuntimeError
        Where cdk-nag finds something that is not acknowledged.
    CheckerError
        Where cfn-lint or checkov cannot run.
    """
    synthesised = synthesise(folder, checks=True)
    return Checked(
        templates={name: json.loads(path.read_text()) for name, path in synthesised.templates.items()},
        report=json.loads((folder / "validation-report.json").read_text()),
        lint=lint(synthesised),
    )


def suppressions(checked: Checked) -> list[Suppression]:
    """What was found and is acknowledged."""
    variants: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for variant, *found in (*_suppressed_by_cdk(checked.report), *_suppressed_by_lint(checked.lint)):
        reason, resource, checker, rule = found
        variants[reason, resource, checker, rule].add(variant)
    return sorted(
        Suppression(*found, tuple(name for name in VARIANTS if name in names)) for found, names in variants.items()
    )


def _suppressed_by_cdk(report: JSON) -> Iterator[tuple[str, str, str, str, str]]:
    for checker in report["pluginReports"]:
        for found in checker.get("suppressedViolations", []):
            for construct in found["violatingConstructs"]:
                variant, _, path = construct["constructPath"].partition("/")
                yield variant, found.get("reason", ""), _short(path), checker["pluginName"], found["ruleName"]


def _suppressed_by_lint(outcome: Lint) -> Iterator[tuple[str, str, str, str, str]]:
    for finding, accepted in outcome.suppressed:
        yield finding.template, accepted.reason, _short(accepted.path), finding.checker, finding.rule


def page(checked: Checked, text: str) -> str:
    """The page with its generated parts replaced."""
    parts = {
        "roles": _roles(checked.templates["everything"]),
        "acknowledgements": _acknowledgements(suppressions(checked)),
    }
    for name, part in parts.items():
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = before + begin + part + end + after
    return text


def _roles(template: JSON) -> str:
    roles = {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::Role"}
    return "".join(_role(role, template["Resources"]) for _, role in sorted(roles.items()))


def _role(role: JSON, resources: JSON) -> str:
    trusted = sorted(
        service
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        for service in _listed(statement["Principal"]["Service"])
    )
    lines = [
        f"### {role['Description']}",
        "",
        f"Only {' and '.join(f'`{service}`' for service in trusted)} can assume this role.",
        "",
        "| statement | action | resource | condition | purpose |",
        "|---|---|---|---|---|",
    ]
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            deny = "" if statement["Effect"] == "Allow" else "**Deny** "
            cells = (
                f"`{statement['Sid']}`",
                deny + _codes(statement["Action"]),
                _codes([_text(resource, resources) for resource in _listed(statement["Resource"])]),
                "<br>".join(_conditions(statement.get("Condition", {}))),
                PURPOSES[statement["Sid"]],
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\n"


def _conditions(conditions: JSON) -> Iterator[str]:
    for operator, keys in conditions.items():
        for key, value in keys.items():
            shown = "the stack's name" if key.startswith("aws:ResourceTag/") else f"`{value}`"
            if_exists = ", if present," if operator.endswith("IfExists") else ""
            yield f"`{key}`{if_exists} is {shown}"


def _text(value: Any, resources: JSON) -> str:
    """A resource's ARN with readable placeholders."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(_text(part, resources) for part in value["Fn::Join"][1])
    if "Fn::GetAtt" in value:
        return f"<{resources[value['Fn::GetAtt'][0]]['Type'].rpartition('::')[2]}>"
    return f"<{str(value['Ref']).removeprefix('AWS::')}>"


def _acknowledgements(suppressed: list[Suppression]) -> str:
    by_reason: dict[str, list[Suppression]] = defaultdict(list)
    for one in suppressed:
        by_reason[one.reason].append(one)
    lines = ["| resource | rules | when | reason |", "|---|---|---|---|"]
    for reason, found in sorted(by_reason.items(), key=lambda item: (item[1][0].resource, item[0])):
        cells = (
            "<br>".join(f"`{name}`" for name in dict.fromkeys(one.resource for one in found)),
            "<br>".join(f"`{rule}`" for rule in dict.fromkeys(one.rule for one in found)),
            _when(found),
            reason,
        )
        lines.append(f"| {' | '.join(cells)} |")
    counts = Counter(one.checker for one in suppressed)
    summary = ", ".join(f"{checker} {count}" for checker, count in sorted(counts.items()))
    return f"Acknowledged findings by checker: {summary}. Other findings: none.\n\n" + "\n".join(lines) + "\n"


def _when(found: list[Suppression]) -> str:
    variants = set().union(*(one.variants for one in found))
    if variants == set(VARIANTS):
        return "always"
    return "without `customer_managed_key`" if "default" in variants else "`monitoring=on` without `alarm_topic`"


def _short(path: str) -> str:
    """A construct's path without the id that the CDK gives to its only resource."""
    return re.sub(r"/(Resource|Default)$", "", path)


def _codes(values: Any) -> str:
    return "<br>".join(f"`{value}`" for value in _listed(values))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def main() -> None:
    """Write the page's generated parts."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        PAGE.write_text(page(synthesise_checked(Path(folder)), PAGE.read_text()))
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
