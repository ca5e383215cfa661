"""The settings of a deployment, read from the CDK context.

The settings of the data, of loading and of the target database are those of `supplychain.settings`; this module adds
those that only a deployment has. The settings classes are the only place for defaults and accepted values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from supplychain.settings import (
    MAX_DEPLOYED_ROWS,
    Choice,
    LoadSettings,
    OnOff,
    PlaceSettings,
    SeedSettings,
    SettingError,
    Text,
    Whole,
    names,
    read,
    refuse_unknown,
    setting,
)

CDK_OWN_KEYS: Final = frozenset({"cli-telemetry"})
"""The CDK's own context keys that look like settings. All its other keys contain a colon, a slash or an at sign."""

CAPACITIES: Final = frozenset({4, *range(8, 513, 8), *range(544, 1025, 32)})
"""Capacities that Redshift Serverless offers, in RPU."""


ENHANCED_ROUTING_ZONES: Final = 3
"""Availability zones that Redshift Serverless requires for enhanced VPC routing; without it two are enough."""


@dataclass(frozen=True)
class Capacity:
    """Accepts a capacity in RPU that Redshift Serverless offers."""

    accepted: str = "4, 8 to 512 in steps of 8, or 544 to 1024 in steps of 32"

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) not in CAPACITIES:
            raise ValueError(text)
        return int(text)


@dataclass(frozen=True, kw_only=True)
class DeploySettings:
    """The settings that determine how the warehouse is deployed."""

    stack_name: str = setting(
        "SupplyChainWarehouse",
        Text(r"[A-Za-z][A-Za-z0-9-]{0,127}", "up to 128 of A-Z, a-z, 0-9 and -, starting with a letter"),
        "name of the CloudFormation stack",
    )
    base_capacity: int = setting(8, Capacity(), "base capacity of the workgroup while queries run, in RPU")
    max_capacity: int = setting(
        16, Capacity(), "capacity that the workgroup scales up to at most, in RPU: the cost ceiling"
    )
    availability_zones: int = setting(
        2, Whole(2, 3), "number of availability zones in which the workgroup has a subnet"
    )
    enhanced_vpc_routing: bool = setting(
        False,
        OnOff(),
        "route COPY and UNLOAD through the VPC: needs three availability zones, and an interface endpoint for AWS Glue "
        "that costs about $22 a month",
    )
    checks: bool = setting(False, OnOff(), "run cdk-nag, and stop the synthesis if it finds anything")
    monitoring: bool = setting(False, OnOff(), "add a dashboard, and alarms on failed seeding")
    alarm_topic: str = setting(
        "",
        Text(r"(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256})?", "the ARN of an SNS topic, or empty"),
        "SNS topic that the alarms notify",
    )
    customer_managed_key: bool = setting(False, OnOff(), "encrypt lake, warehouse and log with a KMS key of your own")
    termination_protection: bool = setting(False, OnOff(), "make CloudFormation refuse to delete the stack")
    bundle_for: str = setting(
        "aws", Choice(("aws", "host")), "where the function's code will run: Lambda, or this machine"
    )

    def __post_init__(self) -> None:
        if self.alarm_topic and not self.monitoring:
            raise SettingError(f"alarm_topic: '{self.alarm_topic}' is not accepted without alarms; set monitoring=on")
        if self.enhanced_vpc_routing and self.availability_zones < ENHANCED_ROUTING_ZONES:
            raise SettingError(
                f"enhanced_vpc_routing: 'on' is not accepted with {self.availability_zones} availability zones; set "
                f"availability_zones={ENHANCED_ROUTING_ZONES}"
            )
        if self.max_capacity < self.base_capacity:
            raise SettingError(
                f"max_capacity: '{self.max_capacity}' is not accepted; at least base_capacity, {self.base_capacity}"
            )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a deployment."""

    seed: SeedSettings
    load: LoadSettings
    place: PlaceSettings
    deploy: DeploySettings

    @classmethod
    def read(cls, context: Mapping[str, object]) -> Self:
        """Read the settings from the CDK context, with defaults for the rest.

        Raises
        ------
        SettingError
            Where a value is not accepted, a setting is unknown, or there are more rows than one function can generate
            and load.
        """
        given = {key: value for key, value in context.items() if not _is_cdk_own(key)}
        refuse_unknown(given, names(SeedSettings, LoadSettings, PlaceSettings, DeploySettings))
        if given.get("seed") == "random":
            raise SettingError(
                "seed: 'random' is not accepted on deploy, where the same template must mean the same data; "
                "give a number, or a new value for reseed"
            )
        seed = read(SeedSettings, given)
        refuse_too_many_rows(seed)
        return cls(
            seed=seed,
            load=read(LoadSettings, given),
            place=read(PlaceSettings, given),
            deploy=read(DeploySettings, given),
        )


def _is_cdk_own(key: str) -> bool:
    return key in CDK_OWN_KEYS or any(mark in key for mark in ":/@")


def refuse_too_many_rows(seed: SeedSettings) -> None:
    """Raise SettingError if there are more rows than one function can generate and load."""
    if seed.expected_rows > MAX_DEPLOYED_ROWS:
        raise SettingError(
            f"num_products, days, orders_per_day: about {seed.expected_rows:,} rows are not accepted on deploy; "
            f"at most {MAX_DEPLOYED_ROWS:,} (supplychain generate has no limit)"
        )
