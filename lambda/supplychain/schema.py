"""The definition of the six tables: columns, types, keys, comments.

Glue tables, Redshift DDL (``supplychain.warehouse.ddl``), Arrow schemas (``supplychain.dataset.arrow``) and CSV headers
are derived from it.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import TableInputTypeDef

Kind = Literal["varchar", "integer", "decimal", "date"]


@dataclass(frozen=True)
class ColumnType:
    """A Redshift column type: its length in bytes (varchar), or its precision and scale in digits (decimal)."""

    kind: Kind
    length: int = 0
    precision: int = 0
    scale: int = 0

    @property
    def redshift(self) -> str:
        """The type in Redshift DDL, such as ``varchar(50)``."""
        match self.kind:
            case "varchar":
                return f"varchar({self.length})"
            case "decimal":
                return f"decimal({self.precision},{self.scale})"
            case _:
                return self.kind

    @property
    def glue(self) -> str:
        """The Hive type that Glue, Athena and Spectrum read.

        A varchar becomes a ``string``, because Hive counts characters and Redshift counts bytes.
        """
        match self.kind:
            case "varchar":
                return "string"
            case "integer":
                return "int"
            case "decimal":
                return f"decimal({self.precision},{self.scale})"
            case _:
                return self.kind


INTEGER = ColumnType("integer")
DATE = ColumnType("date")
MONEY = ColumnType("decimal", precision=10, scale=2)


def varchar(length: int) -> ColumnType:
    """Return the type of a text of at most `length` bytes."""
    return ColumnType("varchar", length=length)


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: ColumnType
    comment: str
    required: bool = False
    """NOT NULL in Redshift. Primary key columns are always NOT NULL."""


@dataclass(frozen=True)
class Reference:
    """A foreign key: `columns` reference the primary key of the table `to`."""

    columns: tuple[str, ...]
    to: str


@dataclass(frozen=True)
class Table:
    """One of the six tables."""

    name: str
    comment: str
    grain: str
    """What one row is."""
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    distribution_key: str | None = None
    """Redshift stores rows with equal values of this column on one node; without it, every node stores all rows."""
    sort_key: tuple[str, ...] = ()
    column_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "column_names", tuple(column.name for column in self.columns))


PRODUCT = Table(
    name="product",
    comment="Products, each with the supplier it is bought from",
    grain="a product",
    key=("product_code",),
    sort_key=("product_code",),
    columns=(
        Column("product_code", varchar(50), "Product code, PROD0001 and on"),
        Column("product_name", varchar(200), "Product name", required=True),
        Column("product_group", varchar(50), "Product group, one of eight"),
        Column("unit_cost", MONEY, "Standard cost of one unit"),
        Column("unit_price", MONEY, "List price of one unit"),
        Column("supplier_code", varchar(50), "Code of the supplier the product is bought from"),
        Column("supplier_name", varchar(200), "Name of that supplier"),
        Column("created_date", DATE, "Day on which the product entered the range"),
        Column("updated_date", DATE, "Day of the last change to the product's record"),
    ),
)

WAREHOUSE_PRODUCT = Table(
    name="warehouse_product",
    comment="Products that a warehouse stocks, with their stock and the levels that steer it",
    grain="a product in a warehouse that stocks it",
    key=("warehouse_code", "product_code"),
    references=(Reference(("product_code",), "product"),),
    distribution_key="product_code",
    sort_key=("warehouse_code", "product_code"),
    columns=(
        Column("warehouse_code", varchar(50), "Warehouse code, WH001 and on"),
        Column("product_code", varchar(50), "Code of the product stocked"),
        Column("current_stock", INTEGER, "Units on hand at the end of the history"),
        Column("minimum_stock", INTEGER, "Safety stock in units"),
        Column("maximum_stock", INTEGER, "Most units to hold"),
        Column("reorder_point", INTEGER, "Stock in units at which a purchase order is raised"),
        Column("lead_time_days", INTEGER, "Planned days from purchase order to receipt"),
        Column("last_restock_date", DATE, "Day of the latest receipt"),
    ),
)

SALES_ORDER_HEADER = Table(
    name="sales_order_header",
    comment="Sales orders",
    grain="a sales order",
    key=("sales_order_prefix", "sales_order_number"),
    distribution_key="sales_order_number",
    sort_key=("order_date",),
    columns=(
        Column("sales_order_prefix", varchar(10), "SO"),
        Column("sales_order_number", varchar(50), "Number of the order, zero-padded"),
        Column("order_date", DATE, "Day on which the customer ordered"),
        Column("customer_code", varchar(50), "Customer code, CUST001 and on"),
        Column("customer_name", varchar(200), "Customer name"),
        Column("warehouse_code", varchar(50), "Warehouse that delivers"),
        Column("delivery_address", varchar(500), "Where the order is delivered"),
        Column("delivery_area", varchar(100), "Area of that address"),
        Column("delivery_date", DATE, "Day on which delivery is promised"),
        Column("status", varchar(50), "Pending, Processing, Shipped, Delivered or Cancelled"),
    ),
)

SALES_ORDER_LINE = Table(
    name="sales_order_line",
    comment="Lines of the sales orders, one product each",
    grain="a product in a sales order",
    key=("sales_order_prefix", "sales_order_number", "sales_order_line"),
    references=(
        Reference(("sales_order_prefix", "sales_order_number"), "sales_order_header"),
        Reference(("product_code",), "product"),
    ),
    distribution_key="sales_order_number",
    sort_key=("sales_order_number",),
    columns=(
        Column("sales_order_prefix", varchar(10), "SO"),
        Column("sales_order_number", varchar(50), "Number of the order the line belongs to"),
        Column("sales_order_line", INTEGER, "Number of the line in its order, from 1"),
        Column("product_code", varchar(50), "Code of the product ordered"),
        Column("order_quantity", INTEGER, "Units ordered"),
        Column("fulfilled_quantity", INTEGER, "Units shipped"),
        Column("unit_price", MONEY, "Price of one unit, volume discount taken off"),
        Column("line_total", MONEY, "order_quantity times unit_price"),
        Column("fulfillment_status", varchar(50), "Pending, Partial, Complete or Cancelled"),
    ),
)

PURCHASE_ORDER_HEADER = Table(
    name="purchase_order_header",
    comment="Purchase orders, one supplier and one warehouse each",
    grain="a purchase order",
    key=("purchase_order_prefix", "purchase_order_number"),
    distribution_key="purchase_order_number",
    sort_key=("order_date",),
    columns=(
        Column("purchase_order_prefix", varchar(10), "PO"),
        Column("purchase_order_number", varchar(50), "Number of the order, zero-padded"),
        Column("order_date", DATE, "Day on which the order was raised"),
        Column("supplier_code", varchar(50), "Supplier code, SUP001 and on"),
        Column("supplier_name", varchar(200), "Supplier name"),
        Column("warehouse_code", varchar(50), "Warehouse that receives"),
        Column("expected_delivery_date", DATE, "Day on which the goods are expected"),
        Column("actual_delivery_date", DATE, "Day on which they came; empty until then"),
        Column("status", varchar(50), "Draft, Submitted, Approved, Received or Closed"),
    ),
)

PURCHASE_ORDER_LINE = Table(
    name="purchase_order_line",
    comment="Lines of the purchase orders, one product each",
    grain="a product in a purchase order",
    key=("purchase_order_prefix", "purchase_order_number", "purchase_order_line"),
    references=(
        Reference(("purchase_order_prefix", "purchase_order_number"), "purchase_order_header"),
        Reference(("product_code",), "product"),
    ),
    distribution_key="purchase_order_number",
    sort_key=("purchase_order_number",),
    columns=(
        Column("purchase_order_prefix", varchar(10), "PO"),
        Column("purchase_order_number", varchar(50), "Number of the order the line belongs to"),
        Column("purchase_order_line", INTEGER, "Number of the line in its order, from 1"),
        Column("product_code", varchar(50), "Code of the product ordered"),
        Column("order_quantity", INTEGER, "Units ordered"),
        Column("received_quantity", INTEGER, "Units received"),
        Column("unit_cost", MONEY, "Cost of one unit in this order"),
        Column("line_total", MONEY, "order_quantity times unit_cost"),
        Column("receipt_status", varchar(50), "Pending, Partial or Complete"),
    ),
)

TABLES: tuple[Table, ...] = (
    PRODUCT,
    WAREHOUSE_PRODUCT,
    SALES_ORDER_HEADER,
    SALES_ORDER_LINE,
    PURCHASE_ORDER_HEADER,
    PURCHASE_ORDER_LINE,
)
"""The six tables; each follows the tables that it references."""

TABLE_NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def fingerprint() -> str:
    """Return a hash of names, types and keys: rows of another fingerprint cannot be loaded by this version."""
    shape = [
        [table.name, [[column.name, column.type.redshift] for column in table.columns], table.key] for table in TABLES
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:16]


CATALOG_COMMENT = "Supply-chain sample data: six tables over the Parquet files of the lake"


def glue_table(table: Table, location: str) -> "TableInputTypeDef":
    """The Glue table over the Parquet files in ``<location><table>/``, as Glue's API and CloudFormation take it.

    Parameters
    ----------
    location
        S3 URL of the generation, ending in a slash.
    """
    # Keys in alphabetical order, as the CDK writes them: the template stays the same byte for byte.
    return {
        "Description": table.comment,
        "Name": table.name,
        "Parameters": _glue_parameters(table),
        "StorageDescriptor": {
            "Columns": [
                {"Comment": column.comment, "Name": column.name, "Type": column.type.glue} for column in table.columns
            ],
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "Location": f"{location}{table.name}/",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {
                "Parameters": {"serialization.format": "1"},
                "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            },
        },
        "TableType": "EXTERNAL_TABLE",
    }


def _glue_parameters(table: Table) -> dict[str, str]:
    """What engines read (`classification`), and the keys, which Glue has no field for."""
    parameters = {"EXTERNAL": "TRUE", "classification": "parquet", "primary_key": ",".join(table.key)}
    if table.references:
        parameters["foreign_keys"] = ";".join(
            f"{','.join(reference.columns)}->{reference.to}" for reference in table.references
        )
    return parameters
