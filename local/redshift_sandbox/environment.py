"""The environment of the server and of its clients: endpoint, port, account and region."""

import os
import shlex
import urllib.request

from redshift_sandbox.state_folder import StateFolder

ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
DEFAULT_PORT = 4566
HOST = "127.0.0.1"
_LAST_PORT = 65535
_NO_PROXY = "127.0.0.1,localhost"

MARKER = "SANDBOX_SERVER_OF"
"""Every process of a sandbox inherits this variable, set to the state folder, so that ``down`` can find them all."""

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens URLs on this machine, ignoring any proxy that the user's shell configures."""

# Variables of a user's shell that would send a client elsewhere.
UNSET_FOR_CLIENTS = (
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def endpoint(port: int) -> str:
    """Return the one URL that serves every AWS API."""
    return f"http://{HOST}:{port}"


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


def client_environment(state: StateFolder, port: int) -> dict[str, str]:
    """Return the variables that point any AWS client, and the CDK CLI, at the sandbox and at nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(state.home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(state.home / "aws-credentials"),
        "CDK_HOME": str(state.path / "cdk"),
        # The user's proxy cannot reach the loopback interface of this machine.
        "NO_PROXY": _NO_PROXY,
        "no_proxy": _NO_PROXY,
    }


def shell_exports(state: StateFolder, port: int) -> str:
    """Return the text of the env file, to be sourced by a POSIX shell."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in client_environment(state, port).items()]
    # The endpoint of a single service would take precedence over AWS_ENDPOINT_URL.
    service_endpoints = 'unset $(env | sed -n "s/^\\(AWS_ENDPOINT_URL_[A-Z0-9_]*\\)=.*/\\1/p") AWS_PROFILE'
    return "\n".join([*exports, f"unset {' '.join(UNSET_FOR_CLIENTS)}", service_endpoints, ""])


def server_environment(state: StateFolder, port: int) -> dict[str, str]:
    """Return the whole environment of the server process.

    Nothing else is inherited from the user's shell: functions inherit the server's environment, and must not see the
    user's credentials or settings.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE") if name in os.environ}
    folder = str(state.path)
    return {
        **kept,
        MARKER: folder,
        "TZ": "UTC",
        "HOME": str(state.home),
        "TMPDIR": str(state.temporary),
        "AWS_CONFIG_FILE": str(state.home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(state.home / "aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        # MiniStack: one port, on loopback; no Docker, no other listener, nothing kept between runs.
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "STATE_DIR": str(state.path / "ministack"),
        "S3_DATA_DIR": str(state.path / "s3"),
        "S3_PERSIST": "0",
        "PERSIST_STATE": "0",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
        "LAMBDA_EXECUTOR": "local",
    }
