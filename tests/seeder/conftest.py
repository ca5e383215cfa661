"""Fixtures for a seeder that runs against a sandbox."""

import datetime as dt
import itertools
import os
from collections.abc import Callable, Iterator

import pytest
from botocore.stub import Stubber

from redshift_sandbox import testing as sandboxes

# The function reads its environment when it is imported.
os.environ["POWERTOOLS_SERVICE_NAME"] = "supply-chain-seeder"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "SupplyChainWarehouse"

from supplychain.seeder import handler
from supplychain.seeder.lifecycle import AwsClients
from tests.seeder.harness import STACK_ID, WORKGROUP, CloudFormation, SeededPlace, make_workgroup

_numbers = itertools.count()


@pytest.fixture(scope="session")
def cloudformation() -> Iterator[CloudFormation]:
    """A receiver of answers for all tests."""
    receiver = CloudFormation()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandboxes.Sandbox]:
    """A sandbox that runs as long as the tests."""
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox") / "state") as running:
        yield running


@pytest.fixture(scope="session")
def workgroup(sandbox) -> Iterator[str]:
    """A workgroup and a bucket in the sandbox, to which the environment of this process points."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.env.items():
            patch.setenv(name, value)
        make_workgroup()
        yield WORKGROUP


@pytest.fixture(scope="session")
def make_place(workgroup, cloudformation) -> Callable[[], SeededPlace]:
    """Return a function that makes a place with a database of its own."""
    return lambda: SeededPlace(cloudformation, database=f"case_{next(_numbers)}", workgroup=workgroup)


@pytest.fixture
def place(make_place) -> SeededPlace:
    """A place for one test."""
    return make_place()


@pytest.fixture
def stack_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes CloudFormation report a status for the stack of every event."""
    make_clients = handler._clients

    def report(status: str) -> None:
        described = {"StackName": "s", "StackStatus": status, "CreationTime": dt.datetime.now(dt.UTC)}

        def stubbed() -> AwsClients:
            clients = make_clients()
            stubber = Stubber(clients.cloudformation)
            stubber.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": STACK_ID})
            stubber.activate()
            return clients

        monkeypatch.setattr(handler, "_clients", stubbed)

    return report


@pytest.fixture
def lone(make_place) -> SeededPlace:
    """A place in a workgroup of its own, which may be broken."""
    place = make_place()
    name = f"lone-{place.database.replace('_', '-')}"
    make_workgroup(name, bucket=f"{name}-lake")
    return place.with_changes(workgroup=name, bucket=f"{name}-lake")
