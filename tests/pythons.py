"""The Pythons that are at hand on this machine, and uv."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run uv, which downloads no Python, and sees those of pyenv too."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [os.environ["PATH"], *(str(folder) for folder in pyenv.glob("versions/*/bin"))]
    caches = {"UV_CACHE_DIR": str(ROOT / ".cache" / "uv"), "UV_PYTHON_DOWNLOADS": "never"}
    environment = os.environ | caches | {"PATH": os.pathsep.join(folders)}
    command = [sys.executable, "-m", "uv", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def python_at_hand(version: str) -> str | None:
    """The path of a Python of this version, such as 3.13; None where there is none."""
    found = uv("python", "find", "--no-project", "--system", version)
    return None if found.returncode else found.stdout.strip()
