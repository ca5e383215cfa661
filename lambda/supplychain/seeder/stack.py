"""What CloudFormation is doing with the stack of an event, which the event itself does not say."""

import logging
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

logger = logging.getLogger(__name__)

_ROLLING_BACK: Final = frozenset({"UPDATE_ROLLBACK_IN_PROGRESS"})
_DELETING: Final = frozenset({"DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"})


def is_rolled_back(client: "CloudFormationClient", stack_id: str) -> bool:
    """Return whether an Update of this stack undoes an earlier one; False if CloudFormation does not tell."""
    return _status(client, stack_id) in _ROLLING_BACK


def is_deleted(client: "CloudFormationClient", stack_id: str) -> bool:
    """Return whether a Delete is part of deleting the whole stack; False if CloudFormation does not tell."""
    return _status(client, stack_id) in _DELETING


def _status(client: "CloudFormationClient", stack_id: str) -> str:
    try:
        (stack,) = client.describe_stacks(StackName=stack_id)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        logger.warning("the status of the stack is unknown", extra={"reason": str(error)})
        return ""
    return stack["StackStatus"]
