"""Checks of what an account or a region is set up with once: CDK bootstrap, service-linked role, Lake Formation."""

from typing import Final

from botocore.exceptions import ClientError

from supplychain.cli.doctor.account import Account
from supplychain.cli.doctor.check import Answer, check

BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
"""The SSM parameter with the version of the bootstrap stack."""

OLDEST_BOOTSTRAP: Final = 6
"""The version that the template requires."""

SERVICE_LINKED_ROLE: Final = "AWSServiceRoleForRedshift"


@check("CDK bootstrap", "ssm:GetParameter")
def bootstrap(account: Account) -> Answer:
    """Whether the CDK can deploy to the region."""
    try:
        found = account.client("ssm").get_parameter(Name=BOOTSTRAP_PARAMETER)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        return Answer(
            "warning",
            f"{account.session.region_name} is not bootstrapped",
            "make deploy bootstraps it if the caller may create roles and a bucket; otherwise ask an administrator",
        )
    version = int(found["Parameter"]["Value"])
    if version < OLDEST_BOOTSTRAP:
        return Answer(
            "warning",
            f"version {version}; the template requires {OLDEST_BOOTSTRAP}",
            "make deploy updates it to the CDK's defaults; if it has custom options, run cdk bootstrap with them",
        )
    return Answer("ok", f"version {version}")


@check("service-linked role", "iam:GetRole")
def service_linked_role(account: Account) -> Answer:
    """Whether the role exists with which Redshift creates network interfaces."""
    try:
        account.client("iam").get_role(RoleName=SERVICE_LINKED_ROLE)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return Answer(
            "warning",
            f"{SERVICE_LINKED_ROLE} does not exist yet: the account's first workgroup creates it",
            "make sure that CloudFormation may call iam:CreateServiceLinkedRole; the CDK's default bootstrap allows it",
        )
    return Answer("ok", f"{SERVICE_LINKED_ROLE} exists")


@check("Lake Formation", "lakeformation:GetDataLakeSettings")
def lake_formation(account: Account) -> Answer:
    """Whether IAM alone controls access to new Glue tables."""
    settings = account.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    principals = {
        entry["Principal"]["DataLakePrincipalIdentifier"]
        for entry in settings.get("CreateTableDefaultPermissions", [])
        if entry.get("Permissions")
    }
    if "IAM_ALLOWED_PRINCIPALS" in principals:
        return Answer("ok", "IAM controls access to new Glue tables")
    return Answer(
        "warning",
        "Lake Formation controls access to new Glue tables",
        "after the deployment, grant Athena users SELECT on the six tables in Lake Formation",
    )


CHECKS: Final = (bootstrap, service_linked_role, lake_formation)
