"""The six tables."""

import pytest

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.warehouse.ddl import create_table


def test_each_table_has_its_number_of_columns():
    """Nine, eight, ten, nine, nine and nine columns; tables follow those that they reference."""
    assert {table.name: len(table.columns) for table in schema.TABLES} == {
        "product": 9,
        "warehouse_product": 8,
        "sales_order_header": 10,
        "sales_order_line": 9,
        "purchase_order_header": 9,
        "purchase_order_line": 9,
    }


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_references_point_back_to_a_primary_key(table):
    """A reference has the primary key of an earlier table, so that tables can be created in order."""
    earlier = {other.name: other for other in schema.TABLES[: schema.TABLES.index(table)]}
    for reference in table.references:
        assert earlier[reference.to].key == reference.columns


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_keys_are_columns(table):
    """The columns of every key exist."""
    named = {*table.key, *table.sort_key, *([table.distribution_key] if table.distribution_key else [])}
    assert named <= set(table.column_names)


def test_types_are_derived_from_one_definition():
    """Redshift, Glue and Arrow have equivalent types for a column."""
    column = {column.name: column for column in schema.PRODUCT.columns}
    assert column["unit_cost"].type.redshift == column["unit_cost"].type.glue == "decimal(10,2)"
    assert str(arrow_schema(schema.PRODUCT).field("unit_cost").type) == "decimal128(10, 2)"
    assert (column["product_code"].type.redshift, column["product_code"].type.glue) == ("varchar(50)", "string")
    assert str(arrow_schema(schema.PRODUCT).field("created_date").type) == "date32[day]"


def test_ddl_has_keys_distribution_and_required_columns():
    """CREATE TABLE has the primary key, the reference, NOT NULL, and the distribution and sort keys."""
    product, stock = create_table(schema.PRODUCT), create_table(schema.WAREHOUSE_PRODUCT)
    assert "product_name varchar(200) not null" in product
    assert "primary key (product_code)" in product
    assert "diststyle all" in product
    assert "foreign key (product_code) references public.product (product_code)" in stock
    assert stock.endswith("diststyle key distkey (product_code) sortkey (warehouse_code, product_code)")


def test_the_fingerprint_changes_with_a_type(monkeypatch):
    """Data with another schema is another generation."""
    before = schema.fingerprint()
    shorter = schema.Column("product_code", schema.varchar(49), "")
    changed = schema.Table(name="product", comment="", grain="", columns=(shorter,), key=("product_code",))
    monkeypatch.setattr(schema, "TABLES", (changed, *schema.TABLES[1:]))
    assert schema.fingerprint() != before
