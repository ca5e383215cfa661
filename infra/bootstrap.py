"""Prints the account and region if they still have to be bootstrapped, and nothing otherwise.

Running `cdk bootstrap` every time would reset an environment that was bootstrapped with custom options.
"""

import os
import sys
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

VERSION_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
OLDEST_VERSION: Final = 6
"""Bootstrap version that the synthesised template requires."""


def main() -> None:
    """Print ``aws://<account>/<region>`` if it has to be bootstrapped."""
    # The CDK prefers AWS_REGION; boto3 reads AWS_DEFAULT_REGION only.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    try:
        if not _is_bootstrapped(session):
            account = session.client("sts").get_caller_identity()["Account"]
            sys.stdout.write(f"aws://{account}/{session.region_name}\n")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be reached with the current credentials: {error}")


def _is_bootstrapped(session: boto3.Session) -> bool:
    ssm = session.client("ssm")
    try:
        return int(ssm.get_parameter(Name=VERSION_PARAMETER)["Parameter"]["Value"]) >= OLDEST_VERSION
    except ssm.exceptions.ParameterNotFound:
        return False


if __name__ == "__main__":
    main()
