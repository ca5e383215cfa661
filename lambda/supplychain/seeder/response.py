"""CloudFormation's answer: a PUT to the event's presigned URL, of at most 4,096 bytes."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Literal

import urllib3

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 4096
"""Most bytes that CloudFormation reads of an answer (custom resource response objects)."""

_RETRIES: Final = urllib3.Retry(
    total=6, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), allowed_methods={"PUT"}
)
_CUT: Final = " … (cut; the whole text is in the function's log)"


class UndeliveredError(Exception):
    """The answer could not be delivered. The message does not hold the URL, which is a secret."""


@dataclass(frozen=True)
class Answer:
    """What is said of an event: its outcome, the physical id, the reason for a failure, attributes."""

    status: Literal["SUCCESS", "FAILED"]
    physical_id: str
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


def body(event: Mapping[str, Any], answer: Answer) -> bytes:
    """The answer as JSON within `MAX_BYTES`: the reason is cut where it would not fit."""
    fields: dict[str, Any] = {
        "Status": answer.status,
        "PhysicalResourceId": answer.physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Reason": answer.reason,
        "Data": dict(answer.data),
    }
    text = json.dumps(fields).encode()
    reason = answer.reason
    while len(text) > MAX_BYTES and reason:
        reason = reason[: max(0, len(reason) - max(1, (len(text) - MAX_BYTES) // 6))]
        text = json.dumps(fields | {"Reason": reason + _CUT}).encode()
    return text


def send(event: Mapping[str, Any], answer: Answer) -> None:
    """Put the answer to the event's ResponseURL, trying again where the service stumbles.

    Raises
    ------
    UndeliveredError
        Where it could not be delivered.
    """
    pool = urllib3.PoolManager(retries=_RETRIES, timeout=urllib3.Timeout(10.0))
    try:
        sent = pool.request("PUT", event["ResponseURL"], body=body(event, answer), headers={"Content-Type": ""})
    except urllib3.exceptions.HTTPError as error:
        raise UndeliveredError(f"CloudFormation did not take the answer: {type(error).__name__}") from None
    if sent.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise UndeliveredError(f"CloudFormation did not take the answer: HTTP status {sent.status}")
    logger.info("answered", extra={"status": answer.status})
