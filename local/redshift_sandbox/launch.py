"""Run a program as an ordinary user when this process is root, and stop it when its parent ends.

PostgreSQL refuses to run as root, so it runs under an id that no user has. Its data folder may be below folders that
only root may enter: the program reaches it by an open file descriptor. The installation may be below such folders too,
``/root`` for example: only then the program keeps, of all capabilities, the one that lets it read there.

This file is a program of its own (``python launch.py UID GID PROGRAM ARGUMENT…``): changing the user between fork and
exec is not safe in a process that has threads, and the sandbox server has many.
"""

import ctypes
import os
import pwd
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

# From linux/prctl.h and linux/capability.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_READ_SEARCH = 2
# Above the ids of users and services, within what a container usually maps.
_PRIVATE_IDS = range(65_533, 65_519, -1)
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Make this account the owner of a file or folder, if this process is root."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def private_account() -> Account:
    """Return the account that servers run under: the current user, or for root one that nobody else uses.

    Raises
    ------
    PermissionError
        If this process is root and the system is not Linux.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if sys.platform != "linux":
        raise PermissionError("PostgreSQL does not run as root: use another user")
    free = next((number for number in _PRIVATE_IDS if _is_free(number)), None)
    return named_account() if free is None else Account(free, free)


def named_account() -> Account:
    """Return the account for initdb, which looks up the name of its user: the current one, or ``nobody`` for root.

    Raises
    ------
    PermissionError
        If this process is root and the system has no user ``nobody``.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise PermissionError(
            "PostgreSQL does not run as root, and this system has no user 'nobody' to prepare it: use another user"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _is_free(number: int) -> bool:
    """Return whether no user has this id, and a process may have it: a container may map only some."""
    try:
        pwd.getpwuid(number)
    except KeyError:
        ranges = (line.split() for line in Path("/proc/self/uid_map").read_text().splitlines())
        return any(int(first) <= number < int(first) + int(count) for first, _, count in ranges)
    return False


def command(account: Account, program: Path, *arguments: str) -> list[str]:
    """Return the command line that runs a program under an account.

    On Linux the program receives SIGQUIT (to PostgreSQL, an immediate shutdown) when the thread that started it ends.
    """
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*launcher, str(account.uid), str(account.gid), str(program), *arguments]


def main(arguments: list[str]) -> None:
    """Switch to the account and replace this process with the program."""
    account, program = Account(int(arguments[0]), int(arguments[1])), Path(arguments[2])
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is not None and os.geteuid() != account.uid:
        _become(libc, account)
        reads = 0 if _may_use(program) else 1 << _CAP_DAC_READ_SEARCH
        _set_capabilities(libc, effective=reads, permitted=reads)
        if reads:
            libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH, 0, 0)
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGQUIT), 0, 0, 0)
    os.execv(program, arguments[2:])  # noqa: S606  # a fixed program of the sandbox; no shell needed


def _become(libc: ctypes.CDLL, account: Account) -> None:
    """Change the user; the capability to read stays permitted, but has no effect yet."""
    libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    # Without this, access(2) ignores the capability, and initdb calls access(2) on its programs.
    libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    _set_capabilities(libc, effective=0, permitted=1 << _CAP_DAC_READ_SEARCH)


def _may_use(program: Path) -> bool:
    """Return whether the user may read the program's installation."""
    try:
        for folder in (program.parent, *(program.parents[1] / name for name in ("lib", "share"))):
            next(folder.iterdir(), None)
    except OSError:
        return False
    return os.access(program, os.X_OK)


def _set_capabilities(libc: ctypes.CDLL, *, effective: int, permitted: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Two records of effective, permitted, inheritable: capabilities 0-31, then 32-63.
    data = (ctypes.c_uint32 * 6)(effective, permitted, effective, 0, 0, 0)
    if libc.capset(header, data) != 0 and permitted:
        # Without it, as in a container that drops it: only the installation's own permissions count.
        _set_capabilities(libc, effective=0, permitted=0)


if __name__ == "__main__":
    main(sys.argv[1:])
