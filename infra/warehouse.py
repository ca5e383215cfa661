"""The warehouse: a Redshift Serverless namespace, its workgroup, and the role that COPY reads the lake with."""

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_redshiftserverless as redshift
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.network import Network
from infra.settings import DeploySettings
from supplychain.settings import PlaceSettings

FIRST_DATABASE: Final = PlaceSettings().database
"""The database that the namespace is made with, whatever the settings say.

AWS never changes it afterwards; the seeder creates a database of any other name.
"""

ADMIN: Final = "warehouse_admin"
"""The admin user, whose password AWS makes, keeps and rotates. It owns the tables."""


class Warehouse(Construct):
    """A namespace and a workgroup, both named `workgroup`.

    One name, so that a rename replaces both together: a namespace takes one workgroup only.

    Parameters
    ----------
    workgroup
        Name of the workgroup and of the namespace.
    settings
        Capacities.
    network
        Where the workgroup lives.
    lake
        The bucket that COPY may read.
    key
        What encrypts namespace, admin secret and lake; AWS's own keys where it is None.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        workgroup: str,
        settings: DeploySettings,
        network: Network,
        lake: s3.IBucket,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.copy_role = self._copy_role(lake, key)
        self.namespace = redshift.CfnNamespace(
            self,
            "Namespace",
            namespace_name=workgroup,
            db_name=FIRST_DATABASE,
            admin_username=ADMIN,
            manage_admin_password=True,
            iam_roles=[self.copy_role.role_arn],
            default_iam_role_arn=self.copy_role.role_arn,
            kms_key_id=key.key_arn if key else None,
            admin_password_secret_kms_key_id=key.key_arn if key else None,
        )
        self.workgroup = redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=workgroup,
            namespace_name=self.namespace.ref,
            base_capacity=settings.base_capacity,
            max_capacity=settings.max_capacity,
            subnet_ids=network.subnet_ids,
            security_group_ids=[network.security_group.security_group_id],
            publicly_accessible=False,
            # With it, Spectrum would need an interface endpoint for Glue, which costs money.
            enhanced_vpc_routing=False,
            config_parameters=[
                redshift.CfnWorkgroup.ConfigParameterProperty(parameter_key="require_ssl", parameter_value="true")
            ],
        )
        # The subnets' routes and endpoint stand as long as the workgroup does.
        self.workgroup.node.add_dependency(network.vpc)
        # No final snapshot: destroy leaves nothing behind.
        self.namespace.apply_removal_policy(RemovalPolicy.DESTROY)
        self.workgroup.apply_removal_policy(RemovalPolicy.DESTROY)

    def _copy_role(self, lake: s3.IBucket, key: kms.IKey | None) -> iam.Role:
        return iam.Role(
            self,
            "CopyRole",
            description="Reads the lake for COPY",
            # No condition on the source: AWS documents none that Redshift would send.
            assumed_by=iam.CompositePrincipal(
                iam.ServicePrincipal("redshift.amazonaws.com"),
                iam.ServicePrincipal("redshift-serverless.amazonaws.com"),
            ),
            inline_policies={"ReadLake": iam.PolicyDocument(statements=_reading(lake, key))},
        )


def _reading(lake: s3.IBucket, key: kms.IKey | None) -> list[iam.PolicyStatement]:
    statements = [
        iam.PolicyStatement(actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[lake.bucket_arn]),
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[lake.arn_for_objects("*")]),
    ]
    if key:
        statements.append(iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn]))
    return statements
