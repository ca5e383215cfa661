"""All checks in order: the account, the stack, and the deployment if there is one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from supplychain.cli.doctor import account, contents, deployment, names, prerequisites, quotas
from supplychain.cli.doctor.account import Account, Wanted, make_client
from supplychain.cli.doctor.check import Answer, Check, Finding
from supplychain.cli.doctor.deployment import Deployment, missing_outputs
from supplychain.cli.doctor.stack import ACTIONS, Stack, read_stack

if TYPE_CHECKING:
    import boto3

_ACCOUNT_CHECKS: Final = (*account.CHECKS, *quotas.CHECKS, *prerequisites.CHECKS, *names.CHECKS)
_DEPLOYMENT_CHECKS: Final = (*deployment.CHECKS, *contents.CHECKS)


def examine(session: "boto3.Session", stack_name: str, wanted: Wanted) -> Iterator[Finding]:
    """Yield the finding of each check, except those that need credentials or a deployment and have none."""
    caller = account.credentials(session)
    yield caller
    if caller.status == "problem":
        return
    stack, state = _stack(session, stack_name)
    ready = Account(session, wanted.over(stack), stack)
    yield from (check.run(ready) for check in _ACCOUNT_CHECKS)
    yield state
    if stack is None or not stack.is_usable:
        return
    outputs = Finding("outputs", *missing_outputs(stack))
    yield outputs
    if outputs.status == "ok":
        deployed = Deployment(session, stack)
        yield from (check.run(deployed) for check in _DEPLOYMENT_CHECKS)


def _stack(session: "boto3.Session", name: str) -> tuple[Stack | None, Finding]:
    """Return the stack, or None if it could not be read, and the finding about its state."""
    stack: Stack | None = None

    def state(session: "boto3.Session") -> Answer:
        nonlocal stack
        stack = read_stack(make_client(session, "cloudformation"), name)
        return stack.state()

    finding = Check("stack", ACTIONS, state).run(session)
    return stack, finding
