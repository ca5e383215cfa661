"""The checks of a deployment for the commands that compare it with what was deployed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from supplychain.cli import terminal
from supplychain.cli.connection import CallError
from supplychain.cli.doctor import contents, deployment
from supplychain.cli.doctor.check import Finding, is_denied
from supplychain.cli.doctor.deployment import Deployment, missing_outputs
from supplychain.cli.doctor.stack import read_stack

if TYPE_CHECKING:
    import boto3

DEFAULT_STACK: Final = "SupplyChainWarehouse"

CHECKS: Final = (*deployment.CHECKS, contents.recorded, contents.rows, contents.grants)
"""All checks of what was deployed. They do not include the guarantees, which hold for any data of this app."""


def find_deployment(session: "boto3.Session", stack_name: str) -> Deployment:
    """Return the deployment of a stack. Raises CallError if the stack does not exist or is not of this app."""
    stack = read_stack(session.client("cloudformation"), stack_name)
    if not stack.exists:
        raise CallError(f"stack {stack_name} does not exist: give the name of the deployed one with --stack-name")
    outputs = missing_outputs(stack)
    if outputs.status != "ok":
        raise CallError(f"{outputs.found}: {outputs.fix}")
    return Deployment(session, stack)


def deployment_of(
    session: "boto3.Session", stack_name: str | None, given: Mapping[str, str | None]
) -> Deployment | None:
    """Return the deployment of a stack, or None if no stack is named and the default one has not deployed the place.

    `given` has the names of the workgroup and the database, each None for that of the stack. The caller need not have
    the right to read the default stack.

    Raises
    ------
    CallError
        If the named stack does not exist, is not of this app, or has deployed another place.
    """
    try:
        found = find_deployment(session, stack_name or DEFAULT_STACK)
    except CallError:
        if stack_name:
            raise
        return None
    except ClientError as error:
        if stack_name or not is_denied(error):
            raise
        return None
    place = {"workgroup": found.outputs["WorkgroupName"], "database": found.outputs["DatabaseName"]}
    other = [f"{name} {value}" for name, value in given.items() if value and value != place[name]]
    if other and stack_name:
        raise CallError(f"{stack_name} has not deployed {' and '.join(other)}: remove the option, or --stack-name")
    return None if other else found


def problems(deployed: Deployment) -> list[Finding]:
    """Return the checks that do not hold."""
    return [finding for check in CHECKS if (finding := check.run(deployed)).status == "problem"]


def report(deployed: Deployment) -> int:
    """Print all checks, and return the number of those that do not hold or could not be made."""
    findings = [check.run(deployed) for check in CHECKS]
    _print(findings)
    return sum(finding.status != "ok" for finding in findings)


def _print(findings: Sequence[Finding]) -> None:
    terminal.print_rows(
        ["deployment", "", "found"],
        [(finding.check, finding.status, finding.found) for finding in findings],
        numeric=[False] * 3,
    )
