"""What is added to MiniStack, and where it is mended to do what AWS does."""

from __future__ import annotations

from local.ministack_patches.services import register_redshift
from local.postgres import PostgresServers


def install(servers: PostgresServers) -> None:
    """Add Redshift Serverless and its Data API to MiniStack, and mend it; call once, before it serves."""
    register_redshift(servers)
