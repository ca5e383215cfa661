"""The same data on every Python that is at hand."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIGEST = """
import datetime as dt, tempfile
from pathlib import Path
from supplychain import lake
from supplychain.settings import SeedSettings
from supplychain.stores import FolderStore
asked = SeedSettings(as_of=dt.date(2026, 1, 31))
with tempfile.TemporaryDirectory() as folder:
    print(lake.write_generation(FolderStore(Path(folder)), asked, dt.date(2026, 2, 1)).digest)
"""


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run uv, which downloads no Python, and sees those of pyenv too."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [os.environ["PATH"], *(str(folder) for folder in pyenv.glob("versions/*/bin"))]
    caches = {"UV_CACHE_DIR": str(ROOT / ".cache" / "uv"), "UV_PYTHON_DOWNLOADS": "never"}
    environment = os.environ | caches | {"PATH": os.pathsep.join(folders)}
    command = [sys.executable, "-m", "uv", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


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
        found = uv("python", "find", "--no-project", "--system", version)
        if found.returncode:
            continue
        folder = tmp_path / version
        assert uv("venv", "--python", found.stdout.strip(), str(folder)).returncode == 0
        python = str(folder / "bin" / "python")
        installed = uv("pip", "install", "--python", python, "-r", str(ROOT / "lambda" / "requirements.txt"))
        assert installed.returncode == 0, installed.stderr
        digests[version] = digest(python)
    print(", ".join(digests))  # noqa: T201  # which they were
    assert len(set(digests.values())) == 1, digests
