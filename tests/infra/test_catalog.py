"""The catalog: six typed tables over the files of the current generation."""

import json

from supplychain import schema
from supplychain.settings import SeedSettings
from tests.infra.synthesis import synthesise


def _location(table):
    return json.dumps(table["TableInput"]["StorageDescriptor"]["Location"])


def test_the_tables_are_those_of_the_schema(stack):
    """Each table has the schema's columns in order, with Hive types and comments."""
    described = {
        table["TableInput"]["Name"]: [
            (column["Name"], column["Type"], column["Comment"])
            for column in table["TableInput"]["StorageDescriptor"]["Columns"]
        ]
        for table in stack.all("AWS::Glue::Table")
    }
    assert described == {
        table.name: [(column.name, column.type.glue, column.comment) for column in table.columns]
        for table in schema.TABLES
    }


def test_athena_and_spectrum_can_read_them(stack):
    """They are external Parquet tables, with the SerDe that both engines use."""
    for table in stack.all("AWS::Glue::Table"):
        described = table["TableInput"]
        storage = described["StorageDescriptor"]
        assert described["TableType"] == "EXTERNAL_TABLE"
        assert described["Parameters"]["classification"] == "parquet"
        assert storage["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
        assert storage["InputFormat"].endswith("MapredParquetInputFormat")
        assert storage["OutputFormat"].endswith("MapredParquetOutputFormat")


def test_keys_are_table_parameters(stack):
    """Glue has no field for keys, so they are recorded as parameters."""
    lines = next(
        table["TableInput"]["Parameters"]
        for table in stack.all("AWS::Glue::Table")
        if table["TableInput"]["Name"] == "sales_order_line"
    )
    assert lines["primary_key"] == "sales_order_prefix,sales_order_number,sales_order_line"
    assert lines["foreign_keys"] == ("sales_order_prefix,sales_order_number->sales_order_header;product_code->product")


def test_locations_are_those_of_the_generation(stack):
    """A table's location consists of workgroup, database, generation and table."""
    generation = SeedSettings().generation
    for table in stack.all("AWS::Glue::Table"):
        name = table["TableInput"]["Name"]
        assert f"/supply-chain-mvp/supply_chain_db/{generation}/{name}/" in _location(table)
        assert {"Ref": stack.only_id("AWS::S3::Bucket")} in table["TableInput"]["StorageDescriptor"]["Location"][
            "Fn::Join"
        ][1]


def test_a_new_generation_moves_the_tables():
    """Other data means other locations in the template, so the catalog follows an update and its rollback."""
    other = synthesise(num_products="7", workgroup="other-place", database="other_db")
    generation = SeedSettings(num_products=7).generation
    assert generation != SeedSettings().generation
    assert all(f"/other-place/other_db/{generation}/" in _location(table) for table in other.all("AWS::Glue::Table"))


def test_the_catalog_is_updated_last(stack):
    """No table changes before the warehouse has loaded the generation."""
    generation = stack.only_id("Custom::SupplyChainGeneration")
    assert all(generation in stack.depends_on(table) for table in stack.ids("AWS::Glue::Table"))


def test_the_catalog_database_is_named_by_its_setting():
    """Two stacks in one account need different catalog databases."""
    other = synthesise(num_products="7", workgroup="other-place", database="other_db")
    assert other.only("AWS::Glue::Database")["DatabaseInput"]["Name"] == "supply_chain_catalog"
    renamed = synthesise(catalog_database="mine")
    assert renamed.only("AWS::Glue::Database")["DatabaseInput"]["Name"] == "mine"
