"""The commands of a developer: `cdk synth`, the first and the second `make local`, and optionally `make test`.

They run in a fresh clone of the last commit with a separate sandbox, and reuse downloads. `LOOPS_TEST=on make bench
ARGS=loops` also runs the tests.
"""

import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SYNTH = ".venv/bin/node node_modules/aws-cdk/bin/cdk synth --quiet"


def run() -> None:
    """Print the wall and CPU seconds of each command."""
    print(f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        (clone / ".cache").symlink_to(ROOT / ".cache")
        try:
            print(f"{'':<42} {'wall s':>7} {'CPU s':>7}  goal")
            _time(clone, "make setup", "make setup, nothing installed")
            _time(clone, SYNTH, "first cdk synth, which compiles the CDK")
            _time(clone, SYNTH, "cdk synth", limit=8)
            _time(clone, "make local", "first make local")
            _time(clone, "make local", "second make local, without changes", limit=30)
            if os.environ.get("LOOPS_TEST") == "on":
                _time(clone, "make test", "make test", limit=480)
        finally:
            _time(clone, "make local-stop", "make local-stop")


def _time(clone: Path, command: str, name: str, *, limit: int | None = None) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MAKE", "ARGS"))}
    started, before = time.monotonic(), os.times()
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=clone,
        env=environment | {"SANDBOX_PORT": _port(clone)},
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.monotonic() - started, os.times()
    if done.returncode:
        sys.exit(f"{command} failed\n{done.stdout}\n{done.stderr}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    print(f"{name:<42} {wall:>7.1f} {cpu:>7.1f}  {f'under {limit}' if limit else ''}".rstrip(), flush=True)


_ports: dict[Path, str] = {}


def _port(clone: Path) -> str:
    """Return a free port, the same for all commands of a clone."""
    if clone not in _ports:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            _ports[clone] = str(probe.getsockname()[1])
    return _ports[clone]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
