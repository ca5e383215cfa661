"""The stack: composes the constructs and says what it made."""

from typing import Final

from aws_cdk import CfnOutput, Stack, Tags
from constructs import Construct

from infra.bundling import function_code
from infra.catalog import Catalog
from infra.key import customer_managed_key
from infra.lake import Lake
from infra.monitoring import Monitoring
from infra.network import Network
from infra.seeder import Seeder
from infra.settings import Settings
from infra.warehouse import Warehouse

STACK_TAG: Final = "supply-chain-warehouse"
"""Key of the tag, with the stack's name as value, that tells this stack's resources from another's."""


class SupplyChainWarehouseStack(Stack):
    """A supply-chain warehouse with its lake, its catalog and its data.

    Parameters
    ----------
    settings
        All that the user may choose.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        deploy, place = settings.deploy, settings.place
        super().__init__(
            scope,
            construct_id,
            description="Supply-chain sample data in a Glue catalog and in Redshift Serverless",
            termination_protection=deploy.termination_protection,
        )
        Tags.of(self).add(STACK_TAG, deploy.stack_name)
        self.network = Network(self, "Network", availability_zones=deploy.availability_zones)
        key = customer_managed_key(self) if deploy.customer_managed_key else None
        self.lake = Lake(self, "Lake", key=key)
        self.warehouse = Warehouse(
            self,
            "Warehouse",
            workgroup=place.workgroup,
            settings=deploy,
            network=self.network,
            lake=self.lake.bucket,
            key=key,
        )
        self.seeder = Seeder(
            self,
            "Seeder",
            code=function_code(deploy.bundle_for),
            settings=settings,
            lake=self.lake,
            warehouse=self.warehouse,
            key=key,
            stack_tag=(STACK_TAG, deploy.stack_name),
        )
        self.catalog = Catalog(
            self,
            "Catalog",
            database=place.catalog_database,
            location=self.lake.bucket.s3_url_for_object(
                f"{place.workgroup}/{place.database}/{settings.seed.generation}/"
            ),
        )
        for table in self.catalog.tables:
            # The catalog turns to a generation only after the warehouse has it.
            table.node.add_dependency(self.seeder.generation)
        if deploy.monitoring:
            Monitoring(
                self,
                "Monitoring",
                function=self.seeder.function,
                log_group=self.seeder.log_group,
                workgroup=self.warehouse.workgroup.ref,
            )
        self._say(
            WorkgroupName=self.warehouse.workgroup.ref,
            DatabaseName=place.database,
            CatalogDatabaseName=self.catalog.database.ref,
            LakeBucketName=self.lake.bucket.bucket_name,
            **{key: self.seeder.generation.get_att_string(key) for key in ("Generation", "AsOf", "Seed", "TotalRows")},
        )

    def _say(self, **outputs: str) -> None:
        for key, value in outputs.items():
            CfnOutput(self, key, value=value)
