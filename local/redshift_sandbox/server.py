"""The background process: MiniStack with Redshift Serverless added, and the PostgreSQL servers it needs.

Started by ``redshift_sandbox.process`` with the environment that ``redshift_sandbox.place`` makes; its one argument is
the state folder.
"""

import sys
import threading
from importlib import resources
from pathlib import Path

from redshift_sandbox.place import Place

_RECURSION_LIMIT = 6_000
_STACK_BYTES = 32 << 20


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM, then stop everything that was started."""
    place = Place(Path(arguments[0]))
    # A statement may be nested deeper than Python's own limits let its parser go; the memory is taken as it is used.
    sys.setrecursionlimit(_RECURSION_LIMIT)
    threading.stack_size(_STACK_BYTES)
    # MiniStack reads the command line too, and this one is not its own.
    sys.argv = ["ministack"]
    # After the environment is known to be right, because MiniStack reads it when it is imported.
    from ministack import app  # noqa: PLC0415
    from ministack.core import lambda_runtime  # noqa: PLC0415

    from redshift_sandbox.ministack_patches import install  # noqa: PLC0415
    from redshift_sandbox.postgres import PostgresServers  # noqa: PLC0415

    servers = PostgresServers(place.postgres, _setup_sql())
    servers.prepare()
    install(servers)
    try:
        app.main()
    finally:
        lambda_runtime.reset()
        servers.stop_all()


def _setup_sql() -> str:
    """Return what every database is made with: Redshift's functions and system views."""
    folder = resources.files("redshift_sandbox.sql") / "library"
    return "\n".join(
        part.read_text() for part in sorted(folder.iterdir(), key=lambda part: part.name) if part.name.endswith(".sql")
    )


if __name__ == "__main__":
    main(sys.argv[1:])
