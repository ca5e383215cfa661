"""Writes the generated parts of docs/security.md: what the roles may do, and what the checkers are let off.

`make docs` writes them anew. They are made from the templates and from the CDK's own report of the
checks, so they say what is deployed, and a test holds the page against them.
"""

import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import CACHE, ROOT
from infra.checks import check
from infra.permissions import PURPOSES
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack

from aws_cdk import App  # isort: skip  # after infra, as in app.py

JSON = dict[str, Any]

PAGE: Final = ROOT / "docs" / "security.md"

VARIANTS: Final[Mapping[str, Mapping[str, str]]] = {
    "default": {},
    "monitored": {"monitoring": "on"},
    "everything": {
        "monitoring": "on",
        "alarm_topic": "arn:aws:sns:us-east-1:000000000000:alarms",
        "customer_managed_key": "on",
        "termination_protection": "on",
    },
}
"""Settings that between them make every resource that the app can make, each with and without its options."""


@dataclass(frozen=True)
class Checked:
    """The templates of `VARIANTS` by name, and the CDK's report of the checks on all of them."""

    templates: Mapping[str, JSON]
    report: JSON


@dataclass(frozen=True, order=True)
class LetOff:
    """A rule that a resource, by its path in the stack, is let off, and in which variants."""

    reason: str
    resource: str
    checker: str
    rule: str
    variants: tuple[str, ...]


def synthesise_checked(folder: Path) -> Checked:
    """Synthesise every variant in one app, into `folder`, and check them all at once.

    Raises
    ------
    RuntimeError
        Where something is found that is not acknowledged.
    """
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(context=context, outdir=str(folder))
    stacks = {}
    for name, variant in VARIANTS.items():
        settings = Settings.read({**context, **variant, "stack_name": name})
        stacks[name] = SupplyChainWarehouseStack(app, name, settings=settings)
    check(app, *stacks.values())
    app.synth()
    return Checked(
        templates={name: json.loads((folder / f"{name}.template.json").read_text()) for name in stacks},
        report=json.loads((folder / "validation-report.json").read_text()),
    )


def let_off(report: JSON) -> list[LetOff]:
    """What the report says was found and acknowledged."""
    variants: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for checker in report["pluginReports"]:
        for found in checker.get("suppressedViolations", []):
            for construct in found["violatingConstructs"]:
                variant, _, resource = construct["constructPath"].partition("/")
                rule = (found.get("reason", ""), resource, checker["pluginName"], found["ruleName"])
                variants[rule].add(variant)
    return sorted(LetOff(*rule, tuple(name for name in VARIANTS if name in found)) for rule, found in variants.items())


def page(checked: Checked, text: str) -> str:
    """The page with its generated parts made anew; what stands between them stays."""
    parts = {"roles": _roles(checked.templates["everything"]), "acknowledgements": _acknowledgements(checked.report)}
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
        f"Only {' and '.join(f'`{service}`' for service in trusted)} can take this role.",
        "",
        "| statement | may | on | if | what for |",
        "|---|---|---|---|---|",
    ]
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            may = "" if statement["Effect"] == "Allow" else "**never** "
            cells = (
                f"`{statement['Sid']}`",
                may + _codes(statement["Action"]),
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
            if_any = ", where it has one," if operator.endswith("IfExists") else ""
            yield f"`{key}`{if_any} is {shown}"


def _text(value: Any, resources: JSON) -> str:
    """A resource's ARN as a person reads it."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(_text(part, resources) for part in value["Fn::Join"][1])
    if "Fn::GetAtt" in value:
        return f"<{resources[value['Fn::GetAtt'][0]]['Type'].rpartition('::')[2]}>"
    return f"<{str(value['Ref']).removeprefix('AWS::')}>"


def _acknowledgements(report: JSON) -> str:
    by_reason: dict[str, list[LetOff]] = defaultdict(list)
    for one in let_off(report):
        by_reason[one.reason].append(one)
    lines = ["| resource | rules | when | reason |", "|---|---|---|---|"]
    for reason, found in sorted(by_reason.items(), key=lambda item: (item[1][0].resource, item[0])):
        cells = (
            "<br>".join(f"`{name}`" for name in dict.fromkeys(_short(one.resource) for one in found)),
            "<br>".join(f"`{rule}`" for rule in dict.fromkeys(one.rule for one in found)),
            _when(found),
            reason,
        )
        lines.append(f"| {' | '.join(cells)} |")
    counts = {
        checker["pluginName"]: sum(one.checker == checker["pluginName"] for one in let_off(report))
        for checker in report["pluginReports"]
    }
    summary = ", ".join(f"{checker} {count}" for checker, count in counts.items())
    return f"Findings acknowledged, by checker: {summary}; not acknowledged: none.\n\n" + "\n".join(lines) + "\n"


def _when(found: list[LetOff]) -> str:
    variants = set().union(*(one.variants for one in found))
    if variants == set(VARIANTS):
        return "always"
    return "without `customer_managed_key`" if "default" in variants else "`monitoring=on` without `alarm_topic`"


def _short(path: str) -> str:
    """A construct's path without the name that the CDK gives to the one resource in it."""
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
