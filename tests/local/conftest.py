"""One sandbox for all tests of this folder, and warehouses in it."""

import itertools
from collections.abc import Iterator

import pytest

from tests.local.warehouse import Warehouse
from tests.sandbox import Sandbox, sandbox

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that runs as long as the tests."""
    with sandbox(tmp_path_factory.mktemp("sandbox") / "state") as running:
        yield running


@pytest.fixture(scope="module")
def warehouse(aws: Sandbox) -> Iterator[Warehouse]:
    """A namespace and workgroup for one module, asked as the admin."""
    made = Warehouse.create(aws, f"tests-{next(_numbers)}")
    yield made
    made.delete()
