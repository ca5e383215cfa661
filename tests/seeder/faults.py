"""Runs the function in a separate process, with a fault at one of its external calls."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from botocore.exceptions import EndpointConnectionError

from supplychain.seeder import handler, response
from supplychain.warehouse import loader
from tests.seeder.harness import Context, SeededPlace

Fault = Literal["fail", "kill"]
_REACHED_EXIT_CODE = 3


@dataclass(frozen=True)
class Run:
    """The result of a call of the function: whether it reached the fault, and its answer, if any."""

    reached: bool
    answer: dict[str, Any] | None


def run(place: SeededPlace, event: dict[str, Any], fault: Fault, call: int) -> Run:
    """Send an event to a function that fails or is killed at an external call, counted from 1.

    External calls are AWS API calls, which fail before they are sent, and the PUT of the answer.
    """
    before = len(place.cloudformation.answers)
    process = multiprocessing.get_context("fork").Process(target=_function, args=(event, fault, call))
    process.start()
    process.join(120)
    assert process.exitcode in {0, _REACHED_EXIT_CODE, -signal.SIGKILL}, process.exitcode
    answers = place.cloudformation.answers[before:]
    return Run(reached=process.exitcode != 0, answer=answers[0] if answers else None)


def _function(event: dict[str, Any], fault: Fault, call: int) -> None:
    loader.Session = partial(
        loader.Session, keep_alive_seconds=2
    )  # the session of a killed function blocks its database
    calls = _Counter(fault, call)
    make_clients, send = handler._clients, response.send

    def watched_clients() -> Any:
        clients = make_clients()
        for client in (clients.cloudformation, clients.s3, clients.serverless, clients.data):
            client.meta.events.register("before-call", calls.count)
        return clients

    handler._clients = watched_clients
    response.send = lambda *arguments: calls.then(lambda: send(*arguments))
    try:
        handler.handle(event, Context())
    except response.UndeliveredError:
        pass
    finally:
        os._exit(_REACHED_EXIT_CODE if calls.reached else 0)


class _Counter:
    def __init__(self, fault: Fault, call: int) -> None:
        self._fault = fault
        self._call = call
        self._calls = 0
        self.reached = False

    def count(self, **_: object) -> None:
        self._calls += 1
        if self._calls != self._call:
            return
        self.reached = True
        if self._fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise EndpointConnectionError(endpoint_url="https://injected.example")

    def then(self, work: Callable[[], None]) -> None:
        try:
            self.count()
        except EndpointConnectionError:
            raise response.UndeliveredError("injected") from None
        work()
