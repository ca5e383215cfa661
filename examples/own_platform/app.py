"""The CDK app of another team, which adds sample data to its own VPC, bucket and workgroup."""
# ruff: noqa: I001  # infra comes before aws_cdk, as it sets which Node that starts

import datetime as dt

from infra.bundling import function_code
from infra.catalog import SupplyChainCatalog
from infra.existing import ExistingLake, ExistingNamespace, ExistingWarehouse
from infra.seeder import SeededGeneration
from infra.warehouse import SupplyChainWarehouse
from supplychain.settings import LoadSettings, SeedSettings
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_redshiftserverless as redshift
from aws_cdk import aws_s3 as s3
from constructs import Construct

AS_OF = dt.date(2026, 1, 31)


class Platform(Stack):
    """What the team already has. Nothing in it depends on the sample data."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24)
            ],
            restrict_default_security_group=False,
        )
        self.bucket = s3.Bucket(self, "Bucket", enforce_ssl=True, removal_policy=RemovalPolicy.DESTROY)
        self.copy_role = iam.Role(
            self, "CopyRole", assumed_by=iam.ServicePrincipal("redshift-serverless.amazonaws.com")
        )
        self.bucket.grant_read(self.copy_role)
        self.namespace = redshift.CfnNamespace(
            self,
            "Namespace",
            namespace_name="analytics",
            db_name="analytics",
            admin_username="analyst",
            manage_admin_password=True,
            iam_roles=[self.copy_role.role_arn],
        )
        self.workgroup = redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name="analytics",
            namespace_name=self.namespace.ref,
            base_capacity=8,
            subnet_ids=[subnet.subnet_id for subnet in self.vpc.isolated_subnets],
        )


class OwnNetwork(Stack):
    """A new warehouse in the platform's VPC, with its files in the platform's bucket."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        lake = ExistingLake(bucket=platform.bucket, prefix="samples/")
        warehouse = SupplyChainWarehouse(self, "Warehouse", lake=lake, vpc=platform.vpc, workgroup="sample-data")
        generation = SeededGeneration(
            self,
            "Data",
            lake=lake,
            warehouse=warehouse,
            seed=SeedSettings(num_products=40, days=30, as_of=AS_OF),
            load=LoadSettings(load_method="copy"),
            code=function_code(self.node.try_get_context("bundle_for") or "aws"),
        )
        SupplyChainCatalog(self, "Catalog", generation=generation, database="sample_data")


class OwnWorkgroup(Stack):
    """A new database in the platform's workgroup."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        namespace = ExistingNamespace(
            name=platform.namespace.ref,
            arn=platform.namespace.attr_namespace_namespace_arn,
            admin_username="analyst",
            copy_role=platform.copy_role,
        )
        warehouse = ExistingWarehouse(
            workgroup_name="analytics",
            workgroup_arn=platform.workgroup.attr_workgroup_workgroup_arn,
            namespace=namespace,
        )
        SeededGeneration(
            self,
            "Data",
            lake=ExistingLake(bucket=platform.bucket, prefix="samples/"),
            warehouse=warehouse,
            database="supply_chain",
            seed=SeedSettings(num_products=30, days=10, as_of=AS_OF),
            code=function_code(self.node.try_get_context("bundle_for") or "aws"),
        )


if __name__ == "__main__":
    app = App()
    platform = Platform(app, "Platform")
    OwnNetwork(app, "OwnNetwork", platform=platform)
    OwnWorkgroup(app, "OwnWorkgroup", platform=platform)
    app.synth()
