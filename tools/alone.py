"""Run a command of the Makefile when no other one runs in this folder: ``python -m tools.alone COMMAND ARGUMENT…``.

Two deployments at once would use the same cdk.out/ and the same stack.
"""

import fcntl
import os
import signal
import sys


def main(command: list[str]) -> None:
    """Wait until this folder is free, and replace this process with the command."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback
    # The lock is on the folder itself. It is released when the command and everything that it runs have ended.
    folder = os.open(".", os.O_RDONLY)
    os.set_inheritable(folder, True)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stderr.write("Waiting for another make local, local-repair or local-destroy in this folder …\n")
        fcntl.flock(folder, fcntl.LOCK_EX)
    os.execvp(command[0], command)  # noqa: S606  # a command of the Makefile; no shell needed


if __name__ == "__main__":
    main(sys.argv[1:])
