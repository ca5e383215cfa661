"""How the command line reaches AWS, or the sandbox, and what it says where it cannot."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import boto3

SANDBOX_ENV = Path(__file__).resolve().parents[3] / ".sandbox" / "env"
"""The exports that the sandbox of this checkout writes when it starts."""

Answer = TypeVar("Answer")


class CallError(Exception):
    """AWS, or the sandbox, could not be reached or refused; the message is one line that says what to do."""


@dataclass(frozen=True)
class Connection:
    """Which AWS to talk to, and as whom."""

    local: bool = False
    region: str | None = None
    profile: str | None = None

    def session(self) -> "boto3.Session":
        """A session for it; CallError where there is no sandbox, or no such profile."""
        import boto3  # noqa: PLC0415  # takes a while, and `generate` needs no AWS
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        if self.local:
            if self.profile:
                raise CallError("--local has its own credentials: leave --profile out")
            _enter_sandbox()
        try:
            # boto3 reads AWS_DEFAULT_REGION alone, other AWS tools AWS_REGION.
            region = self.region or os.environ.get("AWS_REGION")
            return boto3.Session(region_name=region or None, profile_name=self.profile)
        except BotoCoreError as error:
            raise CallError(str(error)) from None


def reached(connection: Connection, call: "Callable[[boto3.Session], Answer]") -> Answer:
    """What `call` gives with the connection's session.

    Raises
    ------
    CallError
        Where AWS cannot be reached or refuses.
    """
    from botocore import exceptions  # noqa: PLC0415  # as above

    try:
        return call(connection.session())
    except exceptions.EndpointConnectionError:
        if connection.local:
            raise CallError("no sandbox answers here: start it with `make local`") from None
        raise CallError("AWS cannot be reached: check the network, the region and AWS_ENDPOINT_URL") from None
    except exceptions.NoCredentialsError:
        raise CallError("no AWS credentials: configure some, give --profile, or use --local for the sandbox") from None
    except exceptions.NoRegionError:
        raise CallError("no AWS region: give --region or set AWS_REGION") from None
    except exceptions.ClientError as error:
        raise CallError(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}") from None
    except exceptions.BotoCoreError as error:
        raise CallError(str(error)) from None


def _enter_sandbox() -> None:
    """Take over the environment that the sandbox wrote, so that no profile of the user's leaks in."""
    if not SANDBOX_ENV.is_file():
        raise CallError("no sandbox is running here: start it with `make local`")
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")]:
        del os.environ[name]
    for line in SANDBOX_ENV.read_text().splitlines():
        match shlex.split(line, comments=True):
            case ["export", *assignments]:
                os.environ.update(assignment.partition("=")[::2] for assignment in assignments)
            case ["unset", *names]:
                for name in names:
                    os.environ.pop(name, None)
