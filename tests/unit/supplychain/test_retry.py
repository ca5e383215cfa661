"""Transient errors are retried; others are not."""

import pytest
from botocore.exceptions import ClientError

from supplychain.seeder.retry import PROPAGATION_SECONDS, retry_transient_errors
from supplychain.warehouse import deadline
from supplychain.warehouse.data_api import SessionDeniedError, SessionLostError
from supplychain.warehouse.deadline import Deadline, OutOfTimeError

NOT_AUTHORIZED = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: secretsmanager:GetSecretValue"
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "GetWorkgroup")
INVALID = ClientError({"Error": {"Code": "ValidationException", "Message": "wrong"}}, "ExecuteStatement")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that only `sleep` advances."""
    now = [0.0]
    monkeypatch.setattr(deadline.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(deadline.time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    return now


def failing(*errors: Exception):
    """Return work that raises these errors in turn, then returns the number of the attempt."""
    left = list(errors)

    def work(attempt: int) -> int:
        if left:
            raise left.pop(0)
        return attempt

    return work


def test_case_29_access_errors_of_a_new_role_are_retried(clock):
    """Attempts are numbered, and the pauses increase."""
    assert retry_transient_errors(failing(DENIED, DENIED, DENIED), Deadline()) == 3
    assert clock == [1 + 2 + 4]


def test_access_errors_are_raised_in_the_end(clock):
    """After two minutes they are not a matter of propagation."""
    with pytest.raises(ClientError, match="not authorized"):
        retry_transient_errors(failing(*[DENIED] * 100), Deadline())
    assert PROPAGATION_SECONDS <= clock[0] < PROPAGATION_SECONDS + 30


def test_retries_end_at_the_deadline():
    """So that there is time left to answer."""
    with pytest.raises(OutOfTimeError, match="not authorized"):
        retry_transient_errors(failing(*[DENIED] * 100), Deadline(5))


def test_case_25_a_lost_session_is_retried_twice():
    """The third lost session is an error."""
    lost = SessionLostError("session not found")
    assert retry_transient_errors(failing(lost, lost), Deadline()) == 2
    with pytest.raises(SessionLostError):
        retry_transient_errors(failing(lost, lost, lost), Deadline())


def test_other_errors_are_raised_at_once(clock):
    """Without a pause."""
    with pytest.raises(ClientError, match="wrong"):
        retry_transient_errors(failing(INVALID), Deadline())
    assert clock == [0.0]


@pytest.mark.parametrize(
    "denied",
    [
        ClientError({"Error": {"Code": "ValidationException", "Message": NOT_AUTHORIZED}}, "BatchExecuteStatement"),
        SessionDeniedError(NOT_AUTHORIZED),
    ],
)
def test_denied_credentials_are_retried_like_other_access_errors(denied):
    """The Data API reports them as a ValidationException, which is otherwise not retried."""
    assert retry_transient_errors(failing(denied, denied), Deadline()) == 2
