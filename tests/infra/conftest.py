"""Fixtures of the infrastructure tests."""

from pathlib import Path

import pytest

from tests.infra.synthesis import Synthesised, synthesise
from tools.reference.security import Checked, synthesise_checked


@pytest.fixture(scope="session")
def stack() -> Synthesised:
    """The stack with default settings."""
    return synthesise()


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Every variant of the stack, synthesised and checked in one go, because the checkers are slow to start."""
    return synthesise_checked(Path(tmp_path_factory.mktemp("checked")))
