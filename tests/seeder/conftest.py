"""Fixtures for a seeder that runs against a sandbox."""

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from redshift_sandbox import testing as sandboxes

# The function reads its environment when it is imported.
os.environ["POWERTOOLS_SERVICE_NAME"] = "supply-chain-seeder"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "SupplyChainWarehouse"

from tests.seeder.harness import WORKGROUP, CloudFormation, SeededPlace, make_workgroup

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
