"""Try an event again where the trouble is known to pass: every step of the seeder can be run again."""

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import ClientError

from supplychain.warehouse.data_api import SessionLostError
from supplychain.warehouse.deadline import Deadline

logger = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")

SETTLING_SECONDS: Final = 120.0
"""How long a refusal may still be a new role or a new secret that AWS has not spread yet."""

_ATTEMPTS_AT_A_SESSION: Final = 3
_LONGEST_PAUSE: Final = 15.0
_NOT_YET: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "InvalidAccessKeyId", "UnrecognizedClientException"}
)


def until_settled(work: Callable[[int], Outcome], deadline: Deadline) -> Outcome:
    """What `work` gives, called with the number of the attempt from 0, until it does not fail in a way that passes.

    Raises what the last attempt raised, or OutOfTimeError where the deadline comes first.
    """
    started = time.monotonic()
    attempt = 0
    while True:
        try:
            return work(attempt)
        except ClientError as error:
            settling = time.monotonic() - started < SETTLING_SECONDS
            if not (settling and error.response["Error"]["Code"] in _NOT_YET):
                raise
            reason = str(error)
        except SessionLostError as error:
            if attempt + 1 == _ATTEMPTS_AT_A_SESSION:
                raise
            reason = str(error)
        deadline.sleep(min(2.0**attempt, _LONGEST_PAUSE), reason)
        attempt += 1
        logger.info("trying again", extra={"attempt": attempt, "reason": reason})
