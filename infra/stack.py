"""The stack, which composes the constructs, and its outputs."""

from aws_cdk import CfnOutput, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundling import function_code
from infra.catalog import SupplyChainCatalog
from infra.key import customer_managed_key
from infra.lake import Lake
from infra.monitoring import Monitoring
from infra.network import Network
from infra.seeder import SeededGeneration
from infra.settings import Settings
from infra.warehouse import OWNER_TAG, SupplyChainWarehouse


class SupplyChainWarehouseStack(Stack):
    """A supply-chain warehouse with its lake, catalog and data.

    Parameters
    ----------
    settings
        The settings of the deployment.
    code
        The function's code; built for `settings.deploy.bundle_for` if None.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, code: lambda_.Code | None = None
    ) -> None:
        deploy, place = settings.deploy, settings.place
        super().__init__(
            scope,
            construct_id,
            description="Supply-chain sample data in a Glue catalog and in Redshift Serverless",
            termination_protection=deploy.termination_protection,
        )
        Tags.of(self).add(OWNER_TAG, deploy.stack_name)
        self.network = Network(
            self,
            "Network",
            availability_zones=deploy.availability_zones,
            enhanced_vpc_routing=deploy.enhanced_vpc_routing,
        )
        key = customer_managed_key(self) if deploy.customer_managed_key else None
        self.lake = Lake(self, "Lake", key=key)
        self.warehouse = SupplyChainWarehouse(
            self,
            "Warehouse",
            workgroup=place.workgroup,
            lake=self.lake,
            base_capacity=deploy.base_capacity,
            max_capacity=deploy.max_capacity,
            vpc=self.network.vpc,
            security_groups=[self.network.security_group],
            enhanced_vpc_routing=deploy.enhanced_vpc_routing,
            key=key,
        )
        self.seeder = SeededGeneration(
            self,
            "Seeder",
            lake=self.lake,
            warehouse=self.warehouse,
            database=place.database,
            seed=settings.seed,
            load=settings.load,
            key=key,
            code=code or function_code(deploy.bundle_for),
        )
        self.catalog = SupplyChainCatalog(self, "Catalog", generation=self.seeder, database=place.catalog_database)
        self.monitoring = (
            Monitoring(
                self,
                "Monitoring",
                function=self.seeder.function,
                log_group=self.seeder.log_group,
                workgroup=self.warehouse.workgroup.ref,
                topic=deploy.alarm_topic,
            )
            if deploy.monitoring
            else None
        )
        self._add_outputs(
            WorkgroupName=self.warehouse.workgroup.ref,
            DatabaseName=place.database,
            CatalogDatabaseName=self.catalog.database.ref,
            LakeBucketName=self.lake.bucket.bucket_name,
            **{key: self.seeder.generation.get_att_string(key) for key in ("Generation", "AsOf", "Seed", "TotalRows")},
        )

    def _add_outputs(self, **outputs: str) -> None:
        for key, value in outputs.items():
            CfnOutput(self, key, value=value)
