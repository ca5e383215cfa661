"""Retry an event after transient errors. That is safe, because every step of the seeder is idempotent."""

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import ClientError

from supplychain.warehouse.data_api import SessionDeniedError, SessionLostError, is_denied
from supplychain.warehouse.deadline import Deadline

logger = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")

PROPAGATION_SECONDS: Final = 120.0
"""How long AWS may take to propagate a new role or secret; until then, access errors are retried."""

_SESSION_ATTEMPTS: Final = 3
_MAX_PAUSE: Final = 15.0
_CREDENTIAL_ERRORS: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "InvalidAccessKeyId", "UnrecognizedClientException"}
)


def retry_transient_errors(work: Callable[[int], Outcome], deadline: Deadline) -> Outcome:
    """Return the result of `work`, which is called with the number of the attempt, from 0, until it succeeds.

    Raises the error of the last attempt if it is not transient, or OutOfTimeError if the deadline passes.
    """
    started = time.monotonic()
    attempt = 0
    while True:
        try:
            return work(attempt)
        except (ClientError, SessionDeniedError) as error:
            propagating = time.monotonic() - started < PROPAGATION_SECONDS
            if not (propagating and _may_be_propagating(error)):
                raise
            reason = str(error)
        except SessionLostError as error:
            if attempt + 1 == _SESSION_ATTEMPTS:
                raise
            reason = str(error)
        deadline.sleep(min(2.0**attempt, _MAX_PAUSE), reason)
        attempt += 1
        logger.info("retrying", extra={"attempt": attempt, "reason": reason})


def _may_be_propagating(error: ClientError | SessionDeniedError) -> bool:
    """Return whether a new role or secret that AWS has not propagated yet may be the cause of an error."""
    if isinstance(error, SessionDeniedError):
        return True
    return is_denied(error) or error.response["Error"]["Code"] in _CREDENTIAL_ERRORS
