"""Says where `cdk bootstrap` is still to be run: writes the account and region, or nothing where it was.

`cdk bootstrap` itself would bring an environment that was bootstrapped with options back to the defaults.
"""

import os
import sys
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

VERSION_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
OLDEST_VERSION: Final = 6
"""What the template that the CDK synthesises asks for."""


def main() -> None:
    """Write ``aws://<account>/<region>`` if that is to be bootstrapped."""
    # The CDK reads AWS_REGION first, boto3 only AWS_DEFAULT_REGION.
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
