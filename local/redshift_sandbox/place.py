"""Where a sandbox keeps its files, and how a shell is pointed at it."""

import os
import shlex
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
DEFAULT_PORT = 4566
HOST = "127.0.0.1"
_LAST_PORT = 65535

# Every process of a sandbox inherits this variable with the state folder as value: it tells our processes from others.
MARKER = "SANDBOX_SERVER_OF"


@dataclass(frozen=True)
class Place:
    """The state folder of one sandbox; nothing is written outside it."""

    folder: Path

    @property
    def env_file(self) -> Path:
        """Shell exports that point AWS clients at the sandbox."""
        return self.folder / "env"

    @property
    def server_file(self) -> Path:
        """The running server's process id and port, as JSON."""
        return self.folder / "server.json"

    @property
    def lock_file(self) -> Path:
        """Held while the sandbox is being started or stopped."""
        return self.folder / "lock"

    @property
    def log_file(self) -> Path:
        """What the server prints."""
        return self.folder / "server.log"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the server and of everything it starts."""
        return self.folder / "tmp"

    @property
    def postgres(self) -> Path:
        """The PostgreSQL clusters: a template and one for each namespace."""
        return self.folder / "postgres"

    @property
    def home(self) -> Path:
        """HOME of the server, and of the empty AWS configuration that clients get."""
        return self.folder / "home"


def default_place() -> Place:
    """Return the place in the folder that the command runs in: ``.sandbox/``."""
    return Place(Path.cwd() / ".sandbox")


def port_from_environment() -> int:
    """Return the port to listen on: SANDBOX_PORT, or 4566.

    Raises
    ------
    ValueError
        If SANDBOX_PORT is not a port number.
    """
    text = os.environ.get("SANDBOX_PORT", "").strip() or str(DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT:
        raise ValueError(f"SANDBOX_PORT is {text!r}; a port number from 1 to 65535 is accepted")
    return int(text)


_NO_PROXY = "127.0.0.1,localhost"

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens addresses of this machine, whatever proxy the user's shell names."""


def endpoint(port: int) -> str:
    """Return the one URL that serves every AWS API."""
    return f"http://{HOST}:{port}"


def client_environment(place: Place, port: int) -> dict[str, str]:
    """Return the variables that point any AWS client, and the CDK CLI, at the sandbox and at nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(place.home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place.home / "aws-credentials"),
        "CDK_HOME": str(place.folder / "cdk"),
        # A proxy of the user's has no way to this machine's loopback.
        "NO_PROXY": _NO_PROXY,
        "no_proxy": _NO_PROXY,
    }


# What a user's shell may hold that would lead a client elsewhere.
UNSET_FOR_CLIENTS = (
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def shell_exports(place: Place, port: int) -> str:
    """Return the text of the env file, to be sourced by a POSIX shell."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in client_environment(place, port).items()]
    # An endpoint of one service would go before that of all.
    own_endpoints = 'unset $(env | sed -n "s/^\\(AWS_ENDPOINT_URL_[A-Z0-9_]*\\)=.*/\\1/p") AWS_PROFILE'
    return "\n".join([*exports, f"unset {' '.join(UNSET_FOR_CLIENTS)}", own_endpoints, ""])


def server_environment(place: Place, port: int) -> dict[str, str]:
    """Return the whole environment of the server process.

    It is built from nothing rather than inherited, because functions inherit it: a user's credentials and settings
    are no business of theirs.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE") if name in os.environ}
    folder = str(place.folder)
    return {
        **kept,
        MARKER: folder,
        "TZ": "UTC",
        "HOME": str(place.home),
        "TMPDIR": str(place.temporary),
        "AWS_CONFIG_FILE": str(place.home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place.home / "aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        # MiniStack: one port, on loopback; no Docker, no other listener, nothing kept between runs.
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "STATE_DIR": str(place.folder / "ministack"),
        "S3_DATA_DIR": str(place.folder / "s3"),
        "S3_PERSIST": "0",
        "PERSIST_STATE": "0",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
        "LAMBDA_EXECUTOR": "local",
    }
