"""The catalog: a Glue database with six tables over the files of the current generation."""

import hashlib

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra.seeder import SeededGeneration
from supplychain import schema
from supplychain.settings import PlaceSettings, read


class SupplyChainCatalog(Construct):
    """A Glue database and six tables, with the types and comments of `supplychain.schema`.

    Parameters
    ----------
    database
        Name of the Glue database.
    generation
        The generation whose files the tables describe. The tables are updated only after the warehouse has loaded it,
        and are rolled back with it.

    Raises
    ------
    SettingError
        Where the database's name is not accepted.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        generation: SeededGeneration,
        database: str = PlaceSettings.catalog_database,
    ) -> None:
        read(PlaceSettings, {"catalog_database": database})
        super().__init__(scope, construct_id)
        self._account = Stack.of(self).account
        self._suffix = _id_suffix(database)
        self.database = glue.CfnDatabase(
            self,
            f"Database{self._suffix}",
            catalog_id=self._account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=database, description=schema.CATALOG_COMMENT),
        )
        self.tables = [self._table(table, generation.location) for table in schema.TABLES]
        for table in self.tables:
            table.node.add_dependency(generation.generation)

    def _table(self, table: schema.Table, location: str) -> CfnResource:
        # Not CfnTable: its properties have names of their own, and the schema describes a table in Glue's.
        return CfnResource(
            self,
            f"{_construct_id(table.name)}{self._suffix}",
            type="AWS::Glue::Table",
            properties={
                "CatalogId": self._account,
                "DatabaseName": self.database.ref,
                "TableInput": schema.glue_table(table, location),
            },
        )


def _id_suffix(database: str) -> str:
    """What sets the ids of the resources of one database apart from those of another; empty for the default name.

    AWS Glue cannot rename a database. With other ids CloudFormation creates the new database and its tables, and then
    deletes the old ones.
    """
    return "" if database == PlaceSettings.catalog_database else hashlib.sha256(database.encode()).hexdigest()[:8]


def _construct_id(table_name: str) -> str:
    return "".join(word.capitalize() for word in table_name.split("_"))
