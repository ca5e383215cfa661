"""The same data on every Python that is at hand."""

import os
import subprocess
import sys

from infra import ROOT
from tests.pythons import python_at_hand, uv

DIGEST = """
import datetime as dt, tempfile
from pathlib import Path
from supplychain.generator import generate_dataset
from supplychain.settings import SeedSettings
from supplychain.dataset.storage import FolderStorage
asked = SeedSettings(as_of=dt.date(2026, 1, 31))
with tempfile.TemporaryDirectory() as folder:
    print(generate_dataset(FolderStorage(Path(folder)), asked, dt.date(2026, 2, 1)).digest)
"""


def digest(python: str) -> str:
    """The digest of the default data set, made by another interpreter."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "lambda")}
    done = subprocess.run([python, "-c", DIGEST], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_default_data_set_is_the_same_on_every_python_at_hand(tmp_path):
    """The one that runs this, and those of 3.11, 3.12 and 3.13 that are installed, with the function's requirements."""
    digests = {sys.version: digest(sys.executable)}
    for version in ("3.11", "3.12", "3.13"):
        found = python_at_hand(version)
        if found is None:
            continue
        folder = tmp_path / version
        assert uv("venv", "--python", found, str(folder)).returncode == 0
        python = str(folder / "bin" / "python")
        installed = uv("pip", "install", "--python", python, "-r", str(ROOT / "lambda" / "requirements.txt"))
        assert installed.returncode == 0, installed.stderr
        digests[version] = digest(python)
    print(", ".join(digests))  # noqa: T201  # which they were
    assert len(set(digests.values())) == 1, digests
