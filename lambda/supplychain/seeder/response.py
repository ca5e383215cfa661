"""The answer to CloudFormation: a PUT of at most 4,096 bytes to the presigned URL of the event."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Literal

import urllib3

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 4096
"""The largest answer that CloudFormation accepts (custom resource response objects)."""

_RETRIES: Final = urllib3.Retry(
    total=6, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), allowed_methods={"PUT"}
)
_TRUNCATED: Final = " … (truncated; the log has the full text)"


class UndeliveredError(Exception):
    """The answer could not be delivered. The message does not contain the URL, which is a secret."""


@dataclass(frozen=True)
class Answer:
    """The result of an event: status, physical id, reason for a failure, attributes."""

    status: Literal["SUCCESS", "FAILED"]
    physical_id: str
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


def body(event: Mapping[str, Any], answer: Answer) -> bytes:
    """Return the answer as JSON of at most `MAX_BYTES`, with the reason truncated if necessary."""
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
        text = json.dumps(fields | {"Reason": reason + _TRUNCATED}).encode()
    return text


def send(event: Mapping[str, Any], answer: Answer) -> None:
    """Send the answer to the ResponseURL of the event, with retries on server errors.

    Raises
    ------
    UndeliveredError
        If all attempts fail.
    """
    pool = urllib3.PoolManager(retries=_RETRIES, timeout=urllib3.Timeout(10.0))
    try:
        sent = pool.request("PUT", event["ResponseURL"], body=body(event, answer), headers={"Content-Type": ""})
    except urllib3.exceptions.HTTPError as error:
        raise UndeliveredError(f"CloudFormation did not accept the answer: {type(error).__name__}") from None
    if sent.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise UndeliveredError(f"CloudFormation did not accept the answer: HTTP status {sent.status}")
    logger.info("answered", extra={"status": answer.status})
