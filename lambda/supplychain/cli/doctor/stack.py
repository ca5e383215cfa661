"""The state, the outputs and the resources of a stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from supplychain.cli.doctor.check import Answer

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ACTIONS: Final = ("cloudformation:DescribeStacks", "cloudformation:ListStackResources")
"""What `read_stack` needs."""

_ABSENT: Final = ""

_CHANGING: Final = Answer("warning", "{self.name} is {self.status}", "wait until it is complete, then run doctor again")

_COMPLETE: Final = Answer("ok", "{self.name} is {self.status}")

_NOT_CREATED: Final = Answer(
    "problem",
    "{self.name} is {self.status}: it could not be created",
    "read the reason in the stack's events (--collect), make destroy, then make deploy",
)

_STATES: Final[Mapping[str, Answer]] = {
    _ABSENT: Answer("ok", "{self.name} is not deployed yet", "make deploy"),
    "CREATE_COMPLETE": _COMPLETE,
    "UPDATE_COMPLETE": _COMPLETE,
    "UPDATE_ROLLBACK_COMPLETE": Answer(
        "warning",
        "{self.name} is {self.status}: its last update failed, and what was deployed before is in place",
        "read the reason in the stack's events (--collect), then deploy again",
    ),
    "UPDATE_ROLLBACK_FAILED": Answer(
        "problem",
        "{self.name} is {self.status}: CloudFormation takes no update until the rollback is completed",
        "remove the cause given in the stack's events (--collect), then "
        "aws cloudformation continue-update-rollback --stack-name {self.name}",
    ),
    "CREATE_FAILED": _NOT_CREATED,
    "ROLLBACK_COMPLETE": _NOT_CREATED,
    "ROLLBACK_FAILED": _NOT_CREATED,
    "DELETE_FAILED": Answer(
        "problem",
        "{self.name} is {self.status}: some of it could not be deleted",
        "remove the cause given in the stack's events (--collect), then make destroy again",
    ),
    "REVIEW_IN_PROGRESS": Answer("warning", "{self.name} has only a change set that was not executed", "make deploy"),
}
"""What each status means. All others are those of a change in progress."""


@dataclass(frozen=True)
class Stack:
    """A stack. The status is empty if it does not exist."""

    name: str
    status: str = _ABSENT
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: frozenset[tuple[str, str]] = frozenset()
    """The type and physical id of each resource that is not deleted."""

    @property
    def exists(self) -> bool:
        """Whether the stack exists."""
        return self.status != _ABSENT

    @property
    def is_usable(self) -> bool:
        """Whether it is complete, so that its contents can be checked."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}

    def state(self) -> Answer:
        """Return whether CloudFormation accepts a deployment, and what to do if it does not."""
        status, found, fix = _STATES.get(self.status, _CHANGING)
        return Answer(status, found.format(self=self), fix.format(self=self))


def read_stack(cloudformation: "CloudFormationClient", name: str) -> Stack:
    """Return the stack, with an empty status if it does not exist."""
    try:
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return Stack(name)
        raise
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return Stack(
        name,
        status=found["StackStatus"],
        outputs={output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
        resources=frozenset(
            (resource["ResourceType"], resource.get("PhysicalResourceId", ""))
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceStatus"] != "DELETE_COMPLETE"
        ),
    )
