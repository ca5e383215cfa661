"""The connection of the command line to AWS or to the sandbox."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from supplychain.cli import sandbox

if TYPE_CHECKING:
    import boto3

Result = TypeVar("Result")


class CallError(Exception):
    """A call of AWS or of the sandbox failed; the message is one line that says what to do."""


@dataclass(frozen=True)
class Connection:
    """The AWS to connect to, and its credentials."""

    local: bool = False
    region: str | None = None
    profile: str | None = None

    def session(self) -> "boto3.Session":
        """Return a session. Raises CallError if there is no sandbox or no such profile."""
        import boto3  # noqa: PLC0415  # slow to import, and `generate` does not need AWS
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        if self.local:
            self._enter_sandbox()
        try:
            # boto3 reads only AWS_DEFAULT_REGION, other AWS tools AWS_REGION.
            region = self.region or os.environ.get("AWS_REGION")
            return boto3.Session(region_name=region or None, profile_name=self.profile)
        except BotoCoreError as error:
            raise CallError(str(error)) from None

    def _enter_sandbox(self) -> None:
        if self.profile:
            raise CallError("--local has its own credentials: remove --profile")
        exports = sandbox.find_exports()
        if exports is None:
            raise CallError(f"no sandbox is running here: {sandbox.HOW_TO_START}")
        sandbox.apply_exports(exports)


def call_aws(connection: Connection, call: "Callable[[boto3.Session], Result]") -> Result:
    """Return the result of `call` with a session of the connection.

    Raises
    ------
    CallError
        If AWS cannot be reached or refuses the call.
    """
    try:
        return _call(connection, call)
    except CallError as error:
        if connection.local or os.environ.get("AWS_ENDPOINT_URL") or sandbox.find_exports() is None:
            raise
        raise CallError(f"{error}; for the sandbox that is running here, add --local") from None


def _call(connection: Connection, call: "Callable[[boto3.Session], Result]") -> Result:
    from botocore import exceptions  # noqa: PLC0415  # as above

    try:
        return call(connection.session())
    except exceptions.EndpointConnectionError:
        if connection.local:
            raise CallError(f"the sandbox does not respond: {sandbox.HOW_TO_START}") from None
        raise CallError("cannot connect to AWS: check the network, the region and AWS_ENDPOINT_URL") from None
    except exceptions.NoCredentialsError:
        raise CallError("no AWS credentials: configure some or give --profile") from None
    except exceptions.NoRegionError:
        raise CallError("no AWS region: give --region or set AWS_REGION") from None
    except exceptions.ClientError as error:
        raise CallError(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}") from None
    except exceptions.BotoCoreError as error:
        raise CallError(str(error)) from None
