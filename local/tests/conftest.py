"""One sandbox for all tests of this folder, and workgroups in it."""

import itertools
from collections.abc import Iterator

import pytest

from local.tests.warehouse import Warehouse
from redshift_sandbox import testing as sandboxes

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandboxes.Sandbox]:
    """A sandbox for the whole test session."""
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox") / "state") as running:
        yield running


@pytest.fixture(scope="module")
def warehouse(sandbox: sandboxes.Sandbox) -> Iterator[Warehouse]:
    """A namespace and workgroup for one module, queried as the admin."""
    made = Warehouse.create(sandbox, f"tests-{next(_numbers)}")
    yield made
    made.delete()
