"""Checks of what an account has once for all deployments: CDK bootstrap, service-linked role, Lake Formation."""

from typing import Final

from botocore.exceptions import ClientError

from supplychain.cli.doctor.account import Account
from supplychain.cli.doctor.check import Answer, check

BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
"""The SSM parameter in which `cdk bootstrap` keeps its version."""

OLDEST_BOOTSTRAP: Final = 6
"""The version that the template asks for."""

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
            "nothing if the caller may create roles and a bucket: make deploy bootstraps; else ask an administrator",
        )
    version = int(found["Parameter"]["Value"])
    if version < OLDEST_BOOTSTRAP:
        return Answer(
            "warning",
            f"version {version}, {OLDEST_BOOTSTRAP} is needed",
            "make deploy brings it up to date, to the CDK's defaults; cdk bootstrap with your own options does too",
        )
    return Answer("ok", f"version {version}")


@check("service-linked role", "iam:GetRole")
def service_linked_role(account: Account) -> Answer:
    """Whether the role exists that Redshift makes network interfaces with."""
    try:
        account.client("iam").get_role(RoleName=SERVICE_LINKED_ROLE)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return Answer(
            "warning",
            f"{SERVICE_LINKED_ROLE} does not exist yet: the account's first workgroup creates it",
            "let the CDK's deployment role call iam:CreateServiceLinkedRole once, as its default policy does",
        )
    return Answer("ok", f"{SERVICE_LINKED_ROLE} exists")


@check("Lake Formation", "lakeformation:GetDataLakeSettings")
def lake_formation(account: Account) -> Answer:
    """Whether IAM alone decides who may query a new Glue table."""
    settings = account.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    principals = {
        entry["Principal"]["DataLakePrincipalIdentifier"]
        for entry in settings.get("CreateTableDefaultPermissions", [])
        if entry.get("Permissions")
    }
    if "IAM_ALLOWED_PRINCIPALS" in principals:
        return Answer("ok", "IAM decides who may query the Glue tables")
    return Answer(
        "warning",
        "Lake Formation decides who may query new Glue tables",
        "after the deployment grant Athena's users SELECT on the Glue database's tables in Lake Formation",
    )


CHECKS: Final = (bootstrap, service_linked_role, lake_formation)
