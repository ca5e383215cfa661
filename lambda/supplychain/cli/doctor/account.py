"""Checks of the account and the region."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, UnknownRegionError

from supplychain.cli.doctor.check import Answer, Finding, check
from supplychain.cli.doctor.stack import Stack
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3

MIN_ZONES: Final = 2
"""Availability zones that Redshift Serverless requires without enhanced VPC routing."""

_CLIENT_CONFIG: Final = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})
"""An endpoint that does not respond must not delay the other checks by minutes."""

_SMALLEST_CAPACITY: Final = 8
"""The smallest base capacity in RPU that is available in every region."""

_LARGEST_CAPACITY: Final = 512
"""The largest base capacity in RPU that is available in every region."""

_WITH_SMALLER: Final = frozenset(
    {
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-north-1", "eu-west-1"),
        *("ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    }
)
"""Regions for which AWS documents 4 RPU (Redshift Management Guide, Compute capacity, 2025)."""

_WITH_LARGER: Final = frozenset({"us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1", "eu-west-2"})
"""Regions for which AWS documents 1,024 RPU. Its pages name either Frankfurt or London."""

_NOT_ENABLED: Final = frozenset({"OptInRequired", "SubscriptionRequiredException", "UnrecognizedClientException"})
"""Error codes in a region that is not enabled in the account."""


@dataclass(frozen=True)
class Wanted:
    """The settings of the deployment that the account must have room for. Names may be empty."""

    base_capacity: int
    availability_zones: int
    workgroup: str = ""
    catalog_database: str = ""

    def over(self, stack: Stack | None) -> "Wanted":
        """Return a copy with empty names replaced by those of the stack, or by the defaults."""
        outputs, defaults = stack.outputs if stack else {}, PlaceSettings()
        return replace(
            self,
            workgroup=self.workgroup or outputs.get("WorkgroupName", defaults.workgroup),
            catalog_database=self.catalog_database or outputs.get("CatalogDatabaseName", defaults.catalog_database),
        )


@dataclass(frozen=True)
class Account:
    """An account in a region, and the deployment that it is checked for."""

    session: "boto3.Session"
    wanted: Wanted
    stack: Stack | None
    """None if it could not be read."""

    def client(self, service: str) -> Any:
        """Return a client with short timeouts."""
        return make_client(self.session, service)


def make_client(session: "boto3.Session", service: str) -> Any:
    """Return a client with short timeouts."""
    return session.client(service, config=_CLIENT_CONFIG)  # type: ignore[call-overload]  # any service, by its name


def credentials(session: "boto3.Session") -> Finding:
    """Check the credentials, which all other checks need."""
    name = "credentials"
    try:
        caller = make_client(session, "sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        fix = "set AWS_PROFILE or give --profile, renew what has expired, and enable the region if it is an opt-in one"
        return Finding(name, "problem", " ".join(str(error).split()), fix)
    return Finding(name, "ok", f"{caller['Arn']} in {session.region_name}", "")


@check("Redshift Serverless", "redshift-serverless:ListWorkgroups")
def region(account: Account) -> Answer:
    """Whether the service is available in the region, and the region is enabled."""
    name = account.session.region_name
    listed = _is_listed(account.session)
    elsewhere = "choose another region with --region"
    try:
        account.client("redshift-serverless").list_workgroups(maxResults=1)
    except EndpointConnectionError:
        if listed:
            raise
        return Answer("problem", f"{name} has no endpoint of Redshift Serverless", elsewhere)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_ENABLED:
            return Answer(
                "problem", f"{name} is not enabled in this account", f"enable it in the console, or {elsewhere}"
            )
        raise
    return Answer("ok", f"available in {name}")


def _is_listed(session: "boto3.Session") -> bool:
    try:
        partition = session.get_partition_for_region(session.region_name)
    except UnknownRegionError:
        return False
    return session.region_name in session.get_available_regions("redshift-serverless", partition)


@check("base capacity")
def capacity(account: Account) -> Answer:
    """Whether AWS documents the base capacity for the region. There is no API for it."""
    wanted, name = account.wanted.base_capacity, account.session.region_name
    if wanted < _SMALLEST_CAPACITY and name not in _WITH_SMALLER:
        return Answer("warning", f"AWS documents no {wanted} RPU for {name}", f"set base_capacity={_SMALLEST_CAPACITY}")
    if wanted > _LARGEST_CAPACITY and name not in _WITH_LARGER:
        return Answer("warning", f"AWS documents no {wanted} RPU for {name}", f"set base_capacity={_LARGEST_CAPACITY}")
    return Answer("ok", f"{wanted} RPU")


@check("availability zones", "ec2:DescribeAvailabilityZones")
def zones(account: Account) -> Answer:
    """Whether there are enough availability zones for the subnets of the workgroup."""
    available = account.client("ec2").describe_availability_zones(
        Filters=[{"Name": "state", "Values": ["available"]}, {"Name": "zone-type", "Values": ["availability-zone"]}]
    )["AvailabilityZones"]
    names = sorted(zone["ZoneName"] for zone in available)
    found = f"{len(names)} available: {', '.join(names) or 'none'}"
    wanted = account.wanted.availability_zones
    if len(names) >= wanted:
        return Answer("ok", found)
    if len(names) >= MIN_ZONES:
        return Answer("problem", found, f"deploy with availability_zones={len(names)}")
    return Answer("problem", found, "choose another region with --region")


CHECKS: Final = (region, capacity, zones)
