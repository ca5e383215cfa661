"""What importing a module loads, and how many files lie at the root of the package."""

import subprocess
import sys
from pathlib import Path

import pytest

import supplychain

MOST_AT_THE_ROOT = 12


@pytest.mark.parametrize("module", ["supplychain.warehouse.loader", "supplychain.warehouse.verification"])
def test_loading_does_not_import_the_generator(module):
    """In a new interpreter, no module of the generator is loaded."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert module in done.stdout.split()
    assert not [name for name in done.stdout.split() if name.startswith("supplychain.generator")]


def test_few_files_lie_at_the_root_of_the_package():
    """So that a newcomer finds the module for a change."""
    (root,) = supplychain.__path__
    names = {path.name for path in Path(root).iterdir()} - {"__pycache__"}
    assert len(names) <= MOST_AT_THE_ROOT, sorted(names)
