"""The warehouse: a Redshift Serverless workgroup, its namespace, and the role with which COPY reads the lake."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import RemovalPolicy, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_redshiftserverless as redshift
from constructs import Construct, IDependable

from infra.existing import ExistingLake, ExistingNamespace, managed_secret
from infra.lake import Lake
from infra.network import Network, closed_security_group
from infra.permissions import Resources, WarehouseAccess, copy_role
from infra.settings import ENHANCED_ROUTING_ZONES, DeploySettings
from supplychain.settings import PlaceSettings, SettingError, read

FIRST_DATABASE: Final = PlaceSettings().database
"""The database that the namespace is created with, whatever the settings are.

AWS cannot change it later; the seeder creates any database with another name.
"""

ADMIN: Final = "warehouse_admin"
"""The admin user, who owns the tables. AWS creates, stores and rotates the password."""

OWNER_TAG: Final = "supply-chain-warehouse"
"""Key of the tag that identifies this stack's workgroups and namespaces; its value is the stack's name."""

MIN_ZONES: Final = 2
"""Minimum number of availability zones that AWS requires of a workgroup's subnets, without enhanced VPC routing."""


class SupplyChainWarehouse(Construct):
    """A private workgroup, and a namespace of the same name whose admin password AWS manages.

    They share a name so that renaming replaces both: a namespace accepts a single workgroup.

    Parameters
    ----------
    workgroup
        Name of the workgroup, and of the namespace unless one is given.
    lake
        The lake that COPY may read.
    base_capacity, max_capacity
        Capacity while queries run, and the cost ceiling, in RPU.
    vpc
        VPC of the workgroup; if None, a new network from which only S3 can be reached.
    subnets
        Subnets of `vpc`, in at least two availability zones; its private subnets if None.
    security_groups
        Security groups of `vpc`; if None, a new one without inbound traffic.
    enhanced_vpc_routing
        Whether COPY and UNLOAD pass through the VPC: subnets in at least three availability zones, and endpoints for S3
        and AWS Glue, which a new network has and `vpc` must have.
    namespace
        An existing namespace that has no workgroup yet; a new one if None.
    key
        The KMS key of a new namespace, of its admin secret, and of the lake; None for AWS's own keys.

    Raises
    ------
    SettingError
        Where the name or a capacity is not valid, `max_capacity` is below `base_capacity`, subnets or security groups
        are given without a VPC, or the subnets are in fewer than two availability zones.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        lake: Lake | ExistingLake,
        workgroup: str = PlaceSettings.workgroup,
        base_capacity: int = DeploySettings.base_capacity,
        max_capacity: int = DeploySettings.max_capacity,
        vpc: ec2.IVpc | None = None,
        subnets: Sequence[ec2.ISubnet] | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        enhanced_vpc_routing: bool = DeploySettings.enhanced_vpc_routing,
        namespace: ExistingNamespace | None = None,
        key: kms.IKey | None = None,
    ) -> None:
        read(PlaceSettings, {"workgroup": workgroup})
        read(DeploySettings, {"base_capacity": base_capacity, "max_capacity": max_capacity})
        if vpc is None and (subnets or security_groups):
            raise SettingError("vpc: missing; subnets and security_groups need the VPC that they belong to")
        super().__init__(scope, construct_id)
        self.workgroup_name = workgroup
        self._owner = (OWNER_TAG, Stack.of(self).stack_name)
        Tags.of(self).add(*self._owner)
        self._existing = namespace
        self.copy_role: iam.IRole | None = namespace.copy_role if namespace else copy_role(self, lake=lake, key=key)
        self.namespace = None if namespace else self._namespace(workgroup, key)
        if vpc is None:
            zones = ENHANCED_ROUTING_ZONES if enhanced_vpc_routing else DeploySettings.availability_zones
            network = Network(self, "Network", availability_zones=zones, enhanced_vpc_routing=enhanced_vpc_routing)
            vpc, security_groups = network.vpc, [network.security_group]
        if not security_groups:
            security_groups = [closed_security_group(self, vpc, enhanced_vpc_routing=enhanced_vpc_routing)]
        self.workgroup = redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=workgroup,
            namespace_name=self.namespace_ref,
            base_capacity=base_capacity,
            max_capacity=max_capacity,
            subnet_ids=_subnet_ids(
                subnets or vpc.select_subnets().subnets, ENHANCED_ROUTING_ZONES if enhanced_vpc_routing else MIN_ZONES
            ),
            security_group_ids=[group.security_group_id for group in security_groups],
            publicly_accessible=False,
            enhanced_vpc_routing=enhanced_vpc_routing,
            config_parameters=[
                redshift.CfnWorkgroup.ConfigParameterProperty(parameter_key="require_ssl", parameter_value="true")
            ],
        )
        # The subnets' routes and endpoint must outlive the workgroup.
        self.workgroup.node.add_dependency(vpc)
        self.workgroup.apply_removal_policy(RemovalPolicy.DESTROY)

    @property
    def workgroup_ref(self) -> str:
        """The workgroup's name, as a reference that makes its users depend on the workgroup."""
        return self.workgroup.ref

    @property
    def namespace_ref(self) -> str:
        """The namespace's name, also as a reference unless the namespace is an existing one."""
        if self.namespace:
            return self.namespace.ref
        assert self._existing  # noqa: S101  # one of the two is set
        return self._existing.name

    @property
    def dependencies(self) -> list[IDependable]:
        """What must exist for as long as the workgroup is used."""
        return [self]

    @property
    def access(self) -> WarehouseAccess:
        """What the seeder needs to access: all workgroups and namespaces with this stack's tag.

        A single ARN is not enough: when a workgroup is renamed, the seeder still cleans up the one that is replaced.
        """
        workgroups, namespaces = (
            Stack.of(self).format_arn(service="redshift-serverless", resource=kind, resource_name="*")
            for kind in ("workgroup", "namespace")
        )
        existing = self._existing
        return WarehouseAccess(
            workgroups=Resources(arns=[workgroups], tag=self._owner),
            namespaces=Resources(arns=[existing.arn]) if existing else Resources(arns=[namespaces], tag=self._owner),
            managed_secrets=existing.managed_secrets if existing else managed_secret(self.workgroup_name, ADMIN),
            admin_secret=existing.admin_secret if existing else None,
        )

    def _namespace(self, name: str, key: kms.IKey | None) -> redshift.CfnNamespace:
        assert self.copy_role  # noqa: S101  # set just before
        namespace = redshift.CfnNamespace(
            self,
            "Namespace",
            namespace_name=name,
            db_name=FIRST_DATABASE,
            admin_username=ADMIN,
            manage_admin_password=True,
            iam_roles=[self.copy_role.role_arn],
            default_iam_role_arn=self.copy_role.role_arn,
            kms_key_id=key.key_arn if key else None,
            admin_password_secret_kms_key_id=key.key_arn if key else None,
        )
        # No final snapshot: `cdk destroy` leaves nothing behind.
        namespace.apply_removal_policy(RemovalPolicy.DESTROY)
        return namespace


def _subnet_ids(subnets: Sequence[ec2.ISubnet], min_zones: int) -> list[str]:
    zones = {subnet.availability_zone for subnet in subnets}
    if len(zones) < min_zones:
        routing = " with enhanced_vpc_routing" if min_zones > MIN_ZONES else ""
        raise SettingError(
            f"subnets: {len(subnets)} in {len(zones)} availability zones are not accepted; Redshift Serverless needs "
            f"at least {min_zones} zones{routing}"
        )
    return [subnet.subnet_id for subnet in subnets]
