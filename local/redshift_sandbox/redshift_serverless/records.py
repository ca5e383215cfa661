"""Namespaces and workgroups, as immutable records."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redshift_sandbox.postgres import Cluster

DEFAULT_DATABASE = "dev"
DEFAULT_ADMIN = "admin"
DEFAULT_BASE_CAPACITY = 128
DEFAULT_PORT = 5439
# AWS's defaults, as seen in its answers.
DEFAULT_CONFIG_PARAMETERS = {
    "auto_mv": "true",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "false",
    "enable_user_activity_logging": "true",
    "max_query_execution_time": "14400",
    "query_group": "",
    "require_ssl": "true",
    "search_path": "$user, public",
    "use_fips_ssl": "false",
}


@dataclass(frozen=True)
class Namespace:
    """A namespace: databases and users, in one PostgreSQL cluster."""

    name: str
    id: str
    arn: str
    created: datetime
    database: str
    admin_username: str
    admin_password: str = field(repr=False)
    cluster: Cluster = field(repr=False)
    secret_arn: str | None = None
    secret_kms_key_id: str | None = None
    kms_key_id: str = "AWS_OWNED_KMS_KEY"
    default_iam_role_arn: str | None = None
    iam_roles: tuple[str, ...] = ()
    log_exports: tuple[str, ...] = ()
    status: str = "AVAILABLE"

    def describe(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "adminPasswordSecretArn": self.secret_arn,
            "adminPasswordSecretKmsKeyId": self.secret_kms_key_id,
            "adminUsername": self.admin_username,
            "creationDate": self.created,
            "dbName": self.database,
            "defaultIamRoleArn": self.default_iam_role_arn,
            "iamRoles": list(self.iam_roles),
            "kmsKeyId": self.kms_key_id,
            "logExports": list(self.log_exports),
            "namespaceArn": self.arn,
            "namespaceId": self.id,
            "namespaceName": self.name,
            "status": self.status,
        }


@dataclass(frozen=True)
class Workgroup:
    """A workgroup: the compute through which one namespace is queried."""

    name: str
    id: str
    arn: str
    namespace_name: str
    created: datetime
    address: str
    base_capacity: int = DEFAULT_BASE_CAPACITY
    max_capacity: int | None = None
    enhanced_vpc_routing: bool = False
    publicly_accessible: bool = False
    extra_compute: bool = False
    ip_address_type: str = "ipv4"
    port: int = DEFAULT_PORT
    track_name: str = "current"
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    config_parameters: tuple[tuple[str, str], ...] = tuple(DEFAULT_CONFIG_PARAMETERS.items())
    price_performance: tuple[tuple[str, Any], ...] = (("status", "DISABLED"),)
    status: str = "AVAILABLE"

    def describe(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "baseCapacity": self.base_capacity,
            "configParameters": [
                {"parameterKey": key, "parameterValue": value} for key, value in self.config_parameters
            ],
            "creationDate": self.created,
            "crossAccountVpcs": [],
            "endpoint": {"address": self.address, "port": self.port, "vpcEndpoints": []},
            "enhancedVpcRouting": self.enhanced_vpc_routing,
            "extraComputeForAutomaticOptimization": self.extra_compute,
            "ipAddressType": self.ip_address_type,
            "maxCapacity": self.max_capacity,
            "namespaceName": self.namespace_name,
            "port": self.port,
            "pricePerformanceTarget": dict(self.price_performance),
            "publiclyAccessible": self.publicly_accessible,
            "securityGroupIds": list(self.security_group_ids),
            "status": self.status,
            "subnetIds": list(self.subnet_ids),
            "trackName": self.track_name,
            "workgroupArn": self.arn,
            "workgroupId": self.id,
            "workgroupName": self.name,
            "workgroupVersion": "1.0",
        }
