"""The stack: composes the constructs and says what it made."""

from typing import Final

from aws_cdk import CfnOutput, Stack, Tags
from constructs import Construct

from infra.bundling import function_code
from infra.catalog import Catalog
from infra.lake import Lake
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
        network = Network(self, "Network", availability_zones=deploy.availability_zones)
        lake = Lake(self, "Lake")
        warehouse = Warehouse(
            self, "Warehouse", workgroup=place.workgroup, settings=deploy, network=network, lake=lake.bucket
        )
        seeder = Seeder(
            self,
            "Seeder",
            code=function_code(deploy.bundle_for),
            settings=settings,
            lake=lake,
            warehouse=warehouse,
            stack_tag=(STACK_TAG, deploy.stack_name),
        )
        catalog = Catalog(
            self,
            "Catalog",
            database=place.catalog_database,
            location=lake.bucket.s3_url_for_object(f"{place.workgroup}/{place.database}/{settings.seed.generation}/"),
        )
        for table in catalog.tables:
            # The catalog turns to a generation only after the warehouse has it.
            table.node.add_dependency(seeder.generation)
        self._say(
            WorkgroupName=warehouse.workgroup.ref,
            DatabaseName=place.database,
            CatalogDatabaseName=catalog.database.ref,
            LakeBucketName=lake.bucket.bucket_name,
            **{key: seeder.generation.get_att_string(key) for key in ("Generation", "AsOf", "Seed", "TotalRows")},
        )

    def _say(self, **outputs: str) -> None:
        for key, value in outputs.items():
            CfnOutput(self, key, value=value)
