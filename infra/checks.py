"""cdk-nag's rule packs, which a deployment with `checks=on` and every test run must pass."""

from typing import Final

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks

from infra.acknowledgements import CFN_LINT, CHECKOV, acknowledgements, checker_of
from infra.stack import SupplyChainWarehouseStack

_PACKS: Final = (AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, HIPAASecurityChecks)


def check(app: App, *stacks: SupplyChainWarehouseStack) -> None:
    """Make the synthesis fail on any finding in the app that is not acknowledged for these stacks."""
    Validations.of(app).add_plugins(*(pack(app) for pack in _PACKS))
    for stack in stacks:
        for accepted in acknowledgements(stack):
            checkers = {rule: checker_of(rule) for rule in accepted.rules}
            if ids := [f"{name}::{rule}" for rule, name in checkers.items() if name not in {CFN_LINT, CHECKOV}]:
                Validations.of(accepted.construct).acknowledge(
                    *(Acknowledgment(id=rule_id, reason=accepted.reason) for rule_id in ids)
                )
