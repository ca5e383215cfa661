"""Processes that outlive the one that started them, found by their current folder.

PostgreSQL's backends overwrite their environment and leave their process group, but their current folder is the data
folder. One that computes does not notice that its server was killed, and no server can start in a folder in use.
"""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

_KILL_SECONDS = 5.0


def backends_below(folder: Path) -> list[psutil.Process]:
    """Return the PostgreSQL processes whose data folder is this folder, or below it."""
    return [process for process in psutil.process_iter() if is_backend(process, folder)]


def is_backend(process: psutil.Process, folder: Path) -> bool:
    """Return whether a process belongs to a PostgreSQL server whose data folder is this folder, or below it."""
    try:
        return process.name() == "postgres" and runs_below(process, folder)
    except psutil.Error:
        return False


def runs_below(process: psutil.Process, folder: Path) -> bool:
    """Return whether the current folder of a process is this folder, or below it."""
    try:
        return Path(process.cwd()).is_relative_to(folder)
    except (psutil.Error, OSError):
        return False


def end(processes: Iterable[psutil.Process]) -> None:
    """Kill processes, and wait until they have ended.

    Nothing else has to be done: a process that is killed gives up its memory and its files.
    """
    left = list(processes)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until_ended(left, _KILL_SECONDS)


def wait_until_ended(processes: list[psutil.Process], seconds: float) -> None:
    """Wait until processes have ended, whether or not their parents have noticed, or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_is_alive(process) for process in processes):
        time.sleep(0.02)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
