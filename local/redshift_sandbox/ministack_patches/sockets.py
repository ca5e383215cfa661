"""Connections of clients."""
# ruff: noqa: SLF001 - Hypercorn, which MiniStack serves with, offers its reader under a private name only

from hypercorn.asyncio.tcp_server import TCPServer


def close_connections_with_their_client() -> None:
    """A server closes a connection that its client has closed; Hypercorn holds it until its keep-alive time is over.

    That is 75 seconds in MiniStack: a thousand short connections in that time, and the next are refused.
    """
    original = TCPServer._read_data

    async def read_data(self: TCPServer) -> None:
        await original(self)
        await self.idle_task.stop()

    TCPServer._read_data = read_data  # type: ignore[method-assign]
