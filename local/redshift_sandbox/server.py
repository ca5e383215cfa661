"""The background process: MiniStack with Redshift Serverless added, and the PostgreSQL servers it needs.

Started by ``redshift_sandbox.process`` with the environment that ``redshift_sandbox.environment`` builds; its one
argument is the state folder.
"""

import sys
import threading
from importlib import resources
from pathlib import Path

from redshift_sandbox.state_folder import StateFolder

_RECURSION_LIMIT = 6_000
_STACK_BYTES = 32 << 20


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM, then stop everything that was started."""
    state = StateFolder(Path(arguments[0]))
    # Statements may be nested deeper than Python's default limits let the parser recurse. Memory of a stack is only
    # allocated when it is used.
    sys.setrecursionlimit(_RECURSION_LIMIT)
    threading.stack_size(_STACK_BYTES)
    # MiniStack reads the command line too; hide our argument from it.
    sys.argv = ["ministack"]
    # Imported here because MiniStack reads the environment and the command line at import.
    from ministack import app  # noqa: PLC0415
    from ministack.core import lambda_runtime  # noqa: PLC0415

    from redshift_sandbox.ministack_patches import install  # noqa: PLC0415
    from redshift_sandbox.postgres import PostgresServers  # noqa: PLC0415

    servers = PostgresServers(state.postgres, _setup_sql())
    servers.prepare()
    install(servers)
    try:
        app.main()
    finally:
        lambda_runtime.reset()
        servers.stop_all()
        # What remains after a crash: see process.has_crashed().
        state.server_file.unlink(missing_ok=True)


def _setup_sql() -> str:
    """Return the SQL that every database starts with: Redshift's functions and system views."""
    folder = resources.files("redshift_sandbox.sql") / "library"
    return "\n".join(
        part.read_text() for part in sorted(folder.iterdir(), key=lambda part: part.name) if part.name.endswith(".sql")
    )


if __name__ == "__main__":
    main(sys.argv[1:])
