"""Which user of this machine has opened a TCP connection to this process."""

import functools
import os
import socket
import struct
import sys
import threading
from pathlib import Path
from typing import Any

# From linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_COOKIE = struct.Struct("=III")
_PORTS = struct.Struct("!HH")
# In a reply: the state and other bytes, the socket's addresses, three counters, then the user and the inode.
_REPLY = struct.Struct("=4s48s12sII")


_lock = threading.Lock()


class _NoAnswerError(Exception):
    """The kernel does not answer questions about sockets."""


def refuse_other_users() -> bool:
    """Close every TCP connection that another user than this process's, or root, makes to any port of this process.

    Returns
    -------
    bool
        Whether this system tells which user a connection belongs to; if not, all connections are accepted.
    """
    if not _works():
        return False
    original = socket.socket.accept

    def accept(self: socket.socket) -> tuple[socket.socket, Any]:
        connection, address = original(self)
        if connection.family in (socket.AF_INET, socket.AF_INET6) and not is_own(connection):
            connection.close()
            raise ConnectionAbortedError("the connection of another user was refused")
        return connection, address

    socket.socket.accept = accept  # type: ignore[method-assign]
    return True


def is_own(connection: socket.socket) -> bool:
    """Return whether the other end of an accepted connection belongs to this process's user or to root."""
    try:
        return user_of(connection) in {os.geteuid(), 0}
    except OSError:
        return False


def user_of(connection: socket.socket) -> int | None:
    """Return the id of the user at the other end of an accepted connection, None if it is on no socket of this machine.

    Raises
    ------
    OSError
        If the other end has closed the connection already.
    """
    peer, here = connection.getpeername()[:2], connection.getsockname()[:2]
    try:
        return _ask_kernel(connection.family, peer, here)
    except _NoAnswerError:
        return _read_table(connection.family, peer, here)


def _works() -> bool:
    if sys.platform != "linux":
        return False
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]):
        connection, _ = server.accept()
        with connection:
            return is_own(connection)


def _ask_kernel(family: int, peer: tuple[str, int], here: tuple[str, int]) -> int | None:
    """Ask for the one socket whose own address is `peer`, in constant time however many connections there are."""
    addresses = [socket.inet_pton(family, address).ljust(16, b"\0") for address, _ in (peer, here)]
    identity = _PORTS.pack(peer[1], here[1]) + b"".join(addresses) + _COOKIE.pack(0, 0xFFFFFFFF, 0xFFFFFFFF)
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + identity
    header = _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0)
    with _lock:
        try:
            kernel = _kernel()
            kernel.send(header + body)
            answer = kernel.recv(8192)
        except OSError as error:
            raise _NoAnswerError from error
    if _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None
    *_, user, inode = _REPLY.unpack_from(answer, _HEADER.size)
    # A socket that its process has closed has no inode, and no user.
    return int(user) if inode else None


@functools.cache
def _kernel() -> socket.socket:
    # Kept open: opening and closing one takes several times as long as the answer.
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)


def _read_table(family: int, peer: tuple[str, int], here: tuple[str, int]) -> int | None:
    """Find the socket in the table of all, where the kernel does not answer the question for one."""
    table = Path("/proc/net/tcp" if family == socket.AF_INET else "/proc/net/tcp6")
    wanted = [_written(family, peer), _written(family, here)]
    for line in table.read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == wanted and fields[9] != "0":
            return int(fields[7])
    return None


def _written(family: int, address: tuple[str, int]) -> str:
    """Return an address as the table has it: words of 32 bits in this machine's byte order."""
    packed = socket.inet_pton(family, address[0])
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return f"{''.join(f'{word:08X}' for word in words)}:{address[1]:04X}"
