"""What a deployment with `checks=on`, and every test run, is held to: cdk-nag's packs, cfn-lint and checkov."""

import re
from typing import Final

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks

from infra.acknowledgements import acknowledgements
from infra.checkers import CfnLint, Checkov, Programs
from infra.stack import SupplyChainWarehouseStack

_PACKS: Final = (AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, HIPAASecurityChecks)

_CHECKERS: Final = (
    (re.compile(r"(AwsSolutions|NIST\.800\.53\.R5|PCI\.DSS\.321|HIPAA\.Security)-.*"), r"\1"),
    (re.compile(r"CKV2?_AWS_\d+"), "checkov"),
    (re.compile(r"[EWI]\d{4}"), "cfn-lint"),
)
"""Which checker a rule is of, by the rule's name."""


def check(app: App, *stacks: SupplyChainWarehouseStack) -> None:
    """Let anything that is found in the app, and not acknowledged for these stacks, stop the synthesis.

    Raises
    ------
    CheckerError
        Where checkov is to be installed, and cannot be.
    """
    programs = Programs()
    Validations.of(app).add_plugins(*(pack(app) for pack in _PACKS), CfnLint(programs), Checkov(programs))
    for stack in stacks:
        for let_off in acknowledgements(stack):
            Validations.of(let_off.construct).acknowledge(
                *(Acknowledgment(id=f"{checker_of(rule)}::{rule}", reason=let_off.reason) for rule in let_off.rules)
            )


def checker_of(rule: str) -> str:
    """The checker that a rule is of, as the CDK's report names it."""
    for pattern, name in _CHECKERS:
        if found := pattern.fullmatch(rule):
            return found.expand(name)
    raise ValueError(f"{rule}: no checker has rules of such a name")
