"""The state folder: where one sandbox keeps its files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StateFolder:
    """The state folder of one sandbox; nothing is written outside it."""

    path: Path

    @property
    def env_file(self) -> Path:
        """Shell exports that point AWS clients at the sandbox."""
        return self.path / "env"

    @property
    def server_file(self) -> Path:
        """The running server's process id and port, as JSON."""
        return self.path / "server.json"

    @property
    def lock_file(self) -> Path:
        """Held while the sandbox is being started or stopped."""
        return self.path / "lock"

    @property
    def log_file(self) -> Path:
        """The server's output."""
        return self.path / "server.log"

    @property
    def crash_log_file(self) -> Path:
        """The output of the last server that was killed."""
        return self.path / "crash.log"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the server and of everything it starts."""
        return self.path / "tmp"

    @property
    def postgres(self) -> Path:
        """The PostgreSQL clusters: a template and one for each namespace."""
        return self.path / "postgres"

    @property
    def home(self) -> Path:
        """HOME of the server, and the folder of the empty AWS configuration that clients get."""
        return self.path / "home"


def default_state_folder() -> StateFolder:
    """Return ``.sandbox/`` in the current folder."""
    return StateFolder(Path.cwd() / ".sandbox")
