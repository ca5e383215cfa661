"""Trouble that passes is waited out; other trouble is not."""

import pytest
from botocore.exceptions import ClientError

from supplychain.seeder.retry import SETTLING_SECONDS, until_settled
from supplychain.warehouse import deadline
from supplychain.warehouse.data_api import SessionLostError
from supplychain.warehouse.deadline import Deadline, OutOfTimeError

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "GetWorkgroup")
INVALID = ClientError({"Error": {"Code": "ValidationException", "Message": "wrong"}}, "ExecuteStatement")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that only sleeping moves."""
    now = [0.0]
    monkeypatch.setattr(deadline.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(deadline.time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    return now


def failing(*errors: Exception):
    """Work that raises these in turn, then gives the number of the attempt."""
    left = list(errors)

    def work(attempt: int) -> int:
        if left:
            raise left.pop(0)
        return attempt

    return work


def test_case_29_rights_that_are_not_there_yet_are_waited_for(clock):
    """A new role is refused at first; attempts are numbered, pauses grow."""
    assert until_settled(failing(DENIED, DENIED, DENIED), Deadline()) == 3
    assert clock == [1 + 2 + 4]


def test_rights_that_never_come_are_an_error_in_the_end(clock):
    """After two minutes a refusal is meant."""
    with pytest.raises(ClientError, match="not authorized"):
        until_settled(failing(*[DENIED] * 100), Deadline())
    assert SETTLING_SECONDS <= clock[0] < SETTLING_SECONDS + 30


def test_waiting_ends_at_the_deadline():
    """There is time left to answer."""
    with pytest.raises(OutOfTimeError, match="not authorized"):
        until_settled(failing(*[DENIED] * 100), Deadline(5))


def test_case_25_a_lost_session_is_begun_again_but_not_for_ever():
    """Two lost sessions are bad luck, three are not."""
    lost = SessionLostError("session not found")
    assert until_settled(failing(lost, lost), Deadline()) == 2
    with pytest.raises(SessionLostError):
        until_settled(failing(lost, lost, lost), Deadline())


def test_other_trouble_is_raised_at_once(clock):
    """What will not pass is not waited for."""
    with pytest.raises(ClientError, match="wrong"):
        until_settled(failing(INVALID), Deadline())
    assert clock == [0.0]
