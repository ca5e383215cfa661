"""Says where `cdk bootstrap` is still to be run: writes the account and region, or nothing where it was.

`cdk bootstrap` itself would bring an environment that was bootstrapped with options back to the defaults.
"""

import sys
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

VERSION_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
OLDEST_VERSION: Final = 6
"""What the template that the CDK synthesises asks for."""


def main() -> None:
    """Write ``aws://<account>/<region>`` if that is to be bootstrapped."""
    try:
        if not _is_bootstrapped():
            account = boto3.client("sts").get_caller_identity()["Account"]
            sys.stdout.write(f"aws://{account}/{boto3.Session().region_name}\n")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be reached with the current credentials: {error}")


def _is_bootstrapped() -> bool:
    ssm = boto3.client("ssm")
    try:
        return int(ssm.get_parameter(Name=VERSION_PARAMETER)["Parameter"]["Value"]) >= OLDEST_VERSION
    except ssm.exceptions.ParameterNotFound:
        return False


if __name__ == "__main__":
    main()
