"""Runs the function in a process of its own, which fails or is killed at its n-th external call."""

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
from tests.seeder.harness import Context, World

Fault = Literal["fail", "kill"]
_REACHED = 3


@dataclass(frozen=True)
class Run:
    """How a call of the function ended: was its fault reached, and what was CloudFormation told, if anything."""

    reached: bool
    answer: dict[str, Any] | None


def run(world: World, event: dict[str, Any], fault: Fault, call: int) -> Run:
    """Send an event to a function that fails, or is killed, at the given external call, counted from 1.

    Calls are AWS API calls, each before it is sent, and the PUT of the answer.
    """
    before = len(world.cloudformation.answers)
    process = multiprocessing.get_context("fork").Process(target=_function, args=(event, fault, call))
    process.start()
    process.join(120)
    assert process.exitcode in {0, _REACHED, -signal.SIGKILL}, process.exitcode
    answers = world.cloudformation.answers[before:]
    return Run(reached=process.exitcode != 0, answer=answers[0] if answers else None)


def _function(event: dict[str, Any], fault: Fault, call: int) -> None:
    loader.Session = partial(loader.Session, keep_alive_seconds=2)  # a killed function's session holds its database
    calls = _Counter(fault, call)
    clients, send = handler._aws, response.send

    def watched_clients() -> Any:
        aws = clients()
        for client in (aws.s3, aws.serverless, aws.data):
            client.meta.events.register("before-call", calls.count)
        return aws

    handler._aws = watched_clients
    response.send = lambda *arguments: calls.then(lambda: send(*arguments))
    try:
        handler.handle(event, Context())
    except response.UndeliveredError:
        pass
    finally:
        os._exit(_REACHED if calls.reached else 0)


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
