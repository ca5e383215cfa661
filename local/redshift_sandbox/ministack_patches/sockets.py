"""Client connections."""
# ruff: noqa: SLF001  # the reader of Hypercorn, MiniStack's HTTP server, is private

from hypercorn.asyncio.tcp_server import TCPServer


def close_connections_with_their_client() -> None:
    """Close a connection when its client has closed it; Hypercorn keeps it open until its keep-alive time is over.

    MiniStack's is 75 seconds: after a thousand short connections within that time, further ones are refused.
    """
    original = TCPServer._read_data

    async def read_data(self: TCPServer) -> None:
        await original(self)
        await self.idle_task.stop()

    TCPServer._read_data = read_data  # type: ignore[method-assign]
