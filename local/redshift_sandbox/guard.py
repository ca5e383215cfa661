"""The watchdog process of a sandbox.

When the server ends, even if it was killed, this stops everything the server had started: PostgreSQL and running
functions. With an owner (``up --until PID``) it also stops the server when that process ends.

``python -m redshift_sandbox.guard FOLDER SERVER_PID [OWNER_PID]``
"""

import sys
import time
from pathlib import Path

import psutil

from redshift_sandbox.process import has_crashed, reap
from redshift_sandbox.state_folder import StateFolder

_PERIOD_SECONDS = 0.25


def main(arguments: list[str]) -> None:
    """Wait until one of the watched processes ends, then stop every process of the sandbox."""
    state = StateFolder(Path(arguments[0]))
    try:
        watched = [psutil.Process(int(pid)) for pid in arguments[1:]]
        while all(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in watched):
            time.sleep(_PERIOD_SECONDS)
    except psutil.NoSuchProcess:
        pass  # it ended before this process could look
    if has_crashed(state):
        sys.stdout.write(f"the server (pid {arguments[1]}) was killed: stopping what it had started\n")
    reap(state)


if __name__ == "__main__":
    main(sys.argv[1:])
