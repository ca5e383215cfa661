"""The warehouse: a Redshift Serverless workgroup, its namespace, and the role that COPY reads the lake with."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import RemovalPolicy, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_redshiftserverless as redshift
from constructs import Construct, IDependable

from infra.existing import ExistingLake, ExistingNamespace
from infra.lake import Lake
from infra.network import Network, closed_security_group
from infra.permissions import Reach, WarehouseReach, copy_role
from infra.settings import DeploySettings
from supplychain.settings import PlaceSettings, SettingError, read

FIRST_DATABASE: Final = PlaceSettings().database
"""The database that the namespace is made with, whatever the settings say.

AWS never changes it afterwards; the seeder creates a database of any other name.
"""

ADMIN: Final = "warehouse_admin"
"""The admin user, whose password AWS makes, keeps and rotates. It owns the tables."""

OWNER_TAG: Final = "supply-chain-warehouse"
"""Key of the tag, with the stack's name as value, that tells this stack's workgroups and namespaces from others."""

MIN_ZONES: Final = 2
"""Availability zones that AWS asks of a workgroup's subnets."""


class SupplyChainWarehouse(Construct):
    """A private workgroup, and a namespace of the same name with an admin whose password AWS keeps.

    One name, so that a rename replaces both together: a namespace takes one workgroup only.

    Parameters
    ----------
    workgroup
        Name of the workgroup, and of the namespace unless one is given.
    lake
        What COPY may read.
    base_capacity, max_capacity
        Capacity when it works, and the cost ceiling, in RPU.
    vpc
        Where the workgroup lives; a network of its own, with a way to S3 alone, where it is None.
    subnets
        Subnets of `vpc`, in two availability zones at least; its private ones where it is None.
    security_groups
        Security groups in `vpc`; one that lets nothing in, and HTTPS out, where it is None.
    namespace
        A namespace without a workgroup, to which this one is added; a new one where it is None.
    key
        What encrypts a new namespace and its admin secret, and the lake; AWS's own keys where it is None.

    Raises
    ------
    SettingError
        Where the name or a capacity is not accepted, `max_capacity` is below `base_capacity`, subnets or security
        groups come without a VPC, or the subnets lie in fewer than two availability zones.
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
        namespace: ExistingNamespace | None = None,
        key: kms.IKey | None = None,
    ) -> None:
        read(PlaceSettings, {"workgroup": workgroup})
        read(DeploySettings, {"base_capacity": base_capacity, "max_capacity": max_capacity})
        if vpc is None and (subnets or security_groups):
            raise SettingError("vpc: missing; subnets and security_groups are those of a VPC that is given")
        super().__init__(scope, construct_id)
        self.workgroup_name = workgroup
        self._owner = (OWNER_TAG, Stack.of(self).stack_name)
        Tags.of(self).add(*self._owner)
        self._existing = namespace
        self.copy_role: iam.IRole | None = namespace.copy_role if namespace else copy_role(self, lake=lake, key=key)
        self.namespace = None if namespace else self._namespace(workgroup, key)
        if vpc is None:
            network = Network(self, "Network")
            vpc, security_groups = network.vpc, [network.security_group]
        self.workgroup = redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=workgroup,
            namespace_name=self.namespace_ref,
            base_capacity=base_capacity,
            max_capacity=max_capacity,
            subnet_ids=_subnet_ids(subnets or vpc.select_subnets().subnets),
            security_group_ids=[
                group.security_group_id for group in security_groups or [closed_security_group(self, vpc)]
            ],
            publicly_accessible=False,
            # With it, Spectrum would need an interface endpoint for Glue, which costs money.
            enhanced_vpc_routing=False,
            config_parameters=[
                redshift.CfnWorkgroup.ConfigParameterProperty(parameter_key="require_ssl", parameter_value="true")
            ],
        )
        # The subnets' routes and endpoint stand as long as the workgroup does.
        self.workgroup.node.add_dependency(vpc)
        self.workgroup.apply_removal_policy(RemovalPolicy.DESTROY)

    @property
    def workgroup_ref(self) -> str:
        """The workgroup's name; what refers to it waits for the workgroup."""
        return self.workgroup.ref

    @property
    def namespace_ref(self) -> str:
        """The namespace's name, likewise."""
        if self.namespace:
            return self.namespace.ref
        assert self._existing  # noqa: S101  # one of the two
        return self._existing.name

    @property
    def ready(self) -> list[IDependable]:
        """What must stand before the workgroup is used, and as long as it is."""
        return [self]

    @property
    def reach(self) -> WarehouseReach:
        """Every workgroup and namespace of this stack, found by its tag.

        Not one workgroup's ARN: while a renamed one replaces another, the seeder still cleans up the other.
        """
        workgroups, namespaces = (
            Stack.of(self).format_arn(service="redshift-serverless", resource=kind, resource_name="*")
            for kind in ("workgroup", "namespace")
        )
        existing = self._existing
        return WarehouseReach(
            workgroups=Reach(arns=[workgroups], tag=self._owner),
            namespaces=Reach(arns=[existing.arn]) if existing else Reach(arns=[namespaces], tag=self._owner),
            managed_secrets=existing.managed_secrets if existing else f"redshift!*-{ADMIN}-*",
            admin_secret=existing.admin_secret if existing else None,
        )

    def _namespace(self, name: str, key: kms.IKey | None) -> redshift.CfnNamespace:
        assert self.copy_role  # noqa: S101  # made just before
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
        # No final snapshot: destroy leaves nothing behind.
        namespace.apply_removal_policy(RemovalPolicy.DESTROY)
        return namespace


def _subnet_ids(subnets: Sequence[ec2.ISubnet]) -> list[str]:
    zones = {subnet.availability_zone for subnet in subnets}
    if len(zones) < MIN_ZONES:
        raise SettingError(
            f"subnets: {len(subnets)} in {len(zones)} availability zones are not accepted; Redshift Serverless asks "
            f"for {MIN_ZONES} zones"
        )
    return [subnet.subnet_id for subnet in subnets]
