"""Fixtures of the tests of what is deployed."""

from pathlib import Path

import pytest

from tests.infra.synthesis import Synthesised, synthesise
from tools.reference.security import Checked, synthesise_checked


@pytest.fixture(scope="session")
def stack() -> Synthesised:
    """The stack as every default makes it."""
    return synthesise()


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Every variant of the stack, synthesised and checked at once: the checkers take long to start."""
    return synthesise_checked(Path(tmp_path_factory.mktemp("checked")))
