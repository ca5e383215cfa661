"""Fixtures of the tests of what is deployed."""

import pytest

from tests.infra.synthesis import Synthesised, synthesise


@pytest.fixture(scope="session")
def stack() -> Synthesised:
    """The stack as every default makes it."""
    return synthesise()
