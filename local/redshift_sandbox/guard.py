"""The process that sees to it that a sandbox ends as a whole.

When the server has ended, however it did, this stops what the server had started: PostgreSQL and functions in the
middle of their work. When another process was named whose end is the sandbox's, it stops the server too.

``python -m redshift_sandbox.guard FOLDER SERVER_PID [OWNER_PID]``
"""

import sys
import time
from pathlib import Path

import psutil

from redshift_sandbox.place import Place
from redshift_sandbox.process import reap

_PERIOD_SECONDS = 0.25


def main(arguments: list[str]) -> None:
    """Watch until one of the processes has ended, then stop everything of the place."""
    place = Place(Path(arguments[0]))
    try:
        watched = [psutil.Process(int(pid)) for pid in arguments[1:]]
        while all(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in watched):
            time.sleep(_PERIOD_SECONDS)
    except psutil.NoSuchProcess:
        pass  # It ended before it could be looked at.
    reap(place)


if __name__ == "__main__":
    main(sys.argv[1:])
