"""The Data API's operations on databases, schemas, tables and columns."""

from local.tests.warehouse import Warehouse, refused


def test_a_database_created_by_a_statement_can_be_used(warehouse: Warehouse):
    """Statements can name a database in Database= from CREATE DATABASE until DROP DATABASE."""
    warehouse.do("CREATE DATABASE other")
    other = warehouse.in_database("other")
    other.do("CREATE TABLE here (n INT)")
    assert other.rows("SELECT current_database()") == [("other",)]
    assert warehouse.run("SELECT * FROM here")["Status"] == "FAILED"
    assert "other" in warehouse.data.list_databases(**warehouse.target)["Databases"]
    warehouse.do("DROP DATABASE other")
    assert other.run("SELECT 1")["Error"] == 'FATAL: database "other" does not exist'


def test_the_catalog_operations(warehouse: Warehouse):
    """ListSchemas, ListTables and DescribeTable show the user's objects, and no internal ones."""
    warehouse.do("CREATE SCHEMA shop", "CREATE TABLE shop.things (id INT NOT NULL, name VARCHAR(30))")
    assert "shop" in warehouse.data.list_schemas(**warehouse.target)["Schemas"]
    assert "redshift_library" not in warehouse.data.list_schemas(**warehouse.target)["Schemas"]
    tables = warehouse.data.list_tables(SchemaPattern="shop", **warehouse.target)["Tables"]
    assert tables == [{"name": "things", "schema": "shop", "type": "TABLE"}]
    columns = warehouse.data.describe_table(Schema="shop", Table="things", **warehouse.target)["ColumnList"]
    assert [(c["name"], c["typeName"], c["length"], c["nullable"]) for c in columns] == [
        ("id", "int4", 10, 0),
        ("name", "varchar", 30, 1),
    ]


def test_describe_table_without_a_table_or_a_schema(warehouse: Warehouse):
    """All matching columns are described, in pages; a table that does not exist has none."""
    warehouse.do("CREATE SCHEMA wide", "CREATE TABLE wide.a (x INT, y INT)", "CREATE TABLE wide.b (z DATE)")
    describe = warehouse.data.describe_table
    first = describe(Schema="wide", MaxResults=2, **warehouse.target)
    rest = describe(Schema="wide", NextToken=first["NextToken"], **warehouse.target)
    columns = first["ColumnList"] + rest["ColumnList"]
    assert [(column["tableName"], column["name"]) for column in columns] == [("a", "x"), ("a", "y"), ("b", "z")]
    assert {column["schemaName"] for column in describe(Table="b", **warehouse.target)["ColumnList"]} >= {"wide"}
    assert describe(Table="nowhere", **warehouse.target)["ColumnList"] == []


def test_a_pattern_that_ends_with_its_escape_character(warehouse: Warehouse):
    """The request is not valid; the error says why."""
    for call, pattern in (("list_tables", "TablePattern"), ("list_schemas", "SchemaPattern")):
        code, message = refused(getattr(warehouse.data, call), **{pattern: "%\\"}, **warehouse.target)
        assert (code, message) == ("ValidationException", "ERROR: LIKE pattern must not end with escape character")


def test_another_database_than_the_connected_one(warehouse: Warehouse):
    """Database is the database to list, ConnectedDatabase the one to connect to."""
    warehouse.do("CREATE DATABASE looked_into")
    warehouse.in_database("looked_into").do("CREATE SCHEMA found_there")
    request = {**warehouse.target, "Database": "looked_into", "ConnectedDatabase": warehouse.database}
    assert "found_there" in warehouse.data.list_schemas(**request)["Schemas"]
    assert "found_there" not in warehouse.data.list_schemas(**warehouse.target)["Schemas"]
    warehouse.do("DROP DATABASE looked_into")
