"""The oracle finds errors: with one wrong cell or row, it names the check that fails."""

import datetime as dt
import decimal
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from datasets import AS_OF, facts, generated
from oracle.judge import violations

from supplychain.invariants import CHECKS
from supplychain.invariants.queries import read_queries
from supplychain.settings import SeedSettings

DEFAULTS = SeedSettings(as_of=AS_OF)

Change = Callable[[pa.Table], pa.Table]


def set_cell(column: str, value: object, *, row: int = 0, where: tuple[str, str] | None = None) -> Change:
    """Set a cell of a row, or of the first row in which another column has some value."""

    def change(table: pa.Table) -> pa.Table:
        index = row if where is None else pc.index(table[where[0]], where[1]).as_py()
        cells = table[column].to_pylist()
        cells[index] = value(cells[index]) if callable(value) else value
        return table.set_column(table.column_names.index(column), column, pa.array(cells, table[column].type))

    return change


def duplicate_first_row(table: pa.Table) -> pa.Table:
    """The table with its first row again at the end."""
    return pa.concat_tables([table, table.slice(0, 1)])


def drop_first_row(table: pa.Table) -> pa.Table:
    """All rows but the first."""
    return table.slice(1)


def plus_days(days: int) -> Callable[[dt.date], dt.date]:
    """A date moved by some days."""
    return lambda date: date + dt.timedelta(days=days)


def plus(units: int) -> Callable[[int], int]:
    """A number increased by some units."""
    return lambda number: number + units


def plus_cents(cents: int) -> Callable[[decimal.Decimal], decimal.Decimal]:
    """An amount increased by some cents."""
    return lambda amount: amount + decimal.Decimal(cents) / 100


DELIVERED = ("status", "Delivered")


@pytest.mark.parametrize(
    ("table", "change", "check"),
    [
        ("product", duplicate_first_row, "product: the key is unique"),
        ("product", duplicate_first_row, "products: their number is num_products"),
        ("warehouse_product", duplicate_first_row, "warehouse_product: the key is unique"),
        ("sales_order_header", duplicate_first_row, "sales_order_header: the key is unique"),
        ("sales_order_line", duplicate_first_row, "sales_order_line: the key is unique"),
        ("purchase_order_header", duplicate_first_row, "purchase_order_header: the key is unique"),
        ("purchase_order_line", duplicate_first_row, "purchase_order_line: the key is unique"),
        ("sales_order_header", drop_first_row, "sales orders: every line has a header"),
        ("purchase_order_header", drop_first_row, "purchase orders: every line has a header"),
        (
            "sales_order_line",
            set_cell("sales_order_number", "000002"),
            "sales orders: the lines of an order are numbered 1 to n",
        ),
        (
            "purchase_order_line",
            set_cell("purchase_order_line", 9),
            "purchase orders: the lines of an order are numbered 1 to n",
        ),
        ("sales_order_line", set_cell("product_code", "PROD9999"), "sales orders: the product of every line exists"),
        (
            "sales_order_line",
            set_cell("product_code", "PROD9999"),
            "sales orders: the product of every line is stocked",
        ),
        (
            "purchase_order_header",
            set_cell("warehouse_code", "WH009"),
            "purchase orders: the product of every line is stocked",
        ),
        ("warehouse_product", set_cell("warehouse_code", "WH004"), "warehouses: their number"),
        ("sales_order_header", lambda table: table.slice(20), "sales orders: the number on each day"),
        ("purchase_order_header", lambda table: table.slice(6), "purchase orders: the number in each full week"),
        ("warehouse_product", lambda table: table.slice(40), "warehouses: each stocks 70 to 90 %"),
        ("sales_order_line", set_cell("line_total", plus_cents(1)), "sales orders: the line total"),
        ("purchase_order_line", set_cell("unit_cost", plus_cents(1)), "purchase orders: the line total"),
        ("sales_order_line", set_cell("order_quantity", 51), "sales orders: the quantity is 1 to 50"),
        (
            "sales_order_line",
            set_cell("unit_price", plus_cents(100_000)),
            "sales orders: the unit price is the list price",
        ),
        ("product", set_cell("unit_cost", plus_cents(100_000)), "products: the price is 1.20 to 2.50 times the cost"),
        ("purchase_order_header", set_cell("supplier_code", "SUP010"), "purchased from the order's supplier"),
        (
            "purchase_order_line",
            set_cell("unit_cost", plus_cents(100_000)),
            "purchase orders: the unit cost is within 10 %",
        ),
        (
            "product",
            set_cell("updated_date", AS_OF + dt.timedelta(days=1)),
            "products: created on or before the last update",
        ),
        ("sales_order_header", set_cell("delivery_date", plus_days(-20)), "sales orders: delivery is promised after"),
        (
            "sales_order_header",
            set_cell("order_date", plus_days(-2)),
            "sales orders: the order date is within the history",
        ),
        (
            "product",
            set_cell("created_date", AS_OF, row=3),
            "sales orders: no product is ordered before it was created",
        ),
        (
            "purchase_order_header",
            set_cell("actual_delivery_date", plus_days(300)),
            "purchase orders: no receipt is after as_of",
        ),
        ("warehouse_product", set_cell("lead_time_days", 22), "stock: the lead time is 3 to 21 days"),
        (
            "purchase_order_header",
            set_cell("expected_delivery_date", plus_days(1)),
            "purchase orders: delivery is expected after the longest",
        ),
        ("sales_order_header", set_cell("status", "Pending"), "sales orders: Pending if and only if"),
        ("sales_order_header", set_cell("status", "Shipped", row=-1), "sales orders: Pending if and only if"),
        (
            "sales_order_header",
            set_cell("status", "Processing"),
            "sales orders: older orders are Delivered, Shipped (late)",
        ),
        (
            "sales_order_header",
            set_cell("status", "Delivered", where=("status", "Processing")),
            "sales orders: older orders are Processing, Shipped",
        ),
        (
            "sales_order_header",
            set_cell("status", "Cancelled", where=DELIVERED),
            "sales orders: the fulfilled quantity is 0 to",
        ),
        (
            "sales_order_header",
            set_cell("status", "Delivered", where=("status", "Cancelled")),
            "sales orders: a shipped order contains at least one unit",
        ),
        (
            "sales_order_line",
            set_cell("fulfillment_status", "Cancelled"),
            "sales orders: the fulfillment status matches",
        ),
        ("sales_order_line", set_cell("fulfilled_quantity", 51), "sales orders: the fulfilled quantity is 0 to"),
        ("purchase_order_header", set_cell("status", "Approved"), "purchase orders: the status is valid"),
        ("purchase_order_header", set_cell("status", "Lost", row=-1), "purchase orders: the status is valid"),
        (
            "purchase_order_line",
            set_cell("received_quantity", plus(9999)),
            "purchase orders: the received quantity is 0 to 105 %",
        ),
        (
            "purchase_order_line",
            set_cell("receipt_status", "Pending", where=("receipt_status", "Complete")),
            "purchase orders: the receipt status matches",
        ),
        ("warehouse_product", set_cell("current_stock", plus(9999)), "stock: the ledger balances"),
        ("warehouse_product", set_cell("current_stock", -1), "current stock is not negative"),
        ("warehouse_product", set_cell("minimum_stock", plus(1)), "stock: the minimum is the safety stock"),
        ("warehouse_product", set_cell("reorder_point", plus(1)), "stock: the reorder point is"),
        ("warehouse_product", set_cell("last_restock_date", AS_OF), "stock: last_restock_date is the latest receipt"),
        ("warehouse_product", set_cell("maximum_stock", 1), "minimum < reorder point < maximum"),
        ("product", set_cell("supplier_name", "Nobody"), "suppliers: each code has one name"),
        ("sales_order_header", set_cell("customer_name", "Nobody"), "customers: each code has one name"),
        ("sales_order_header", set_cell("delivery_area", "Moon"), "delivery_area: only the documented values"),
        ("product", set_cell("product_group", None), "product.product_group: NULL"),
        ("product", set_cell("product_group", "é" * 26), "product.product_group: 52 bytes"),
        ("product", lambda table: table.drop_columns("supplier_name"), "product: columns"),
    ],
)
def test_a_single_error_is_found(table: str, change: Change, check: str):
    """The check that fails is named."""
    tables = generated(DEFAULTS)
    found = violations(tables | {table: change(tables[table])}, facts(DEFAULTS))
    assert any(check in line for line in found), found


def test_negative_stock_on_a_day_is_found():
    """A receipt moved to after the sales that it supplied makes the balance negative in between."""
    tables = dict(generated(DEFAULTS))
    header = tables["purchase_order_header"]
    for row in range(header.num_rows):
        if header["actual_delivery_date"][row].as_py() is None:
            continue
        late = {"purchase_order_header": set_cell("actual_delivery_date", AS_OF, row=row)(header)}
        found = violations(tables | late, facts(DEFAULTS))
        if any("never below zero on any day" in line for line in found):
            return
    pytest.fail("no receipt of the default data set was needed before as_of")


def test_the_checks_cover_every_invariant_of_rows():
    """Each invariant that rows can violate has a check, and each check has a query."""
    assert {check.invariant for check in CHECKS} == {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14}
    assert all(check.template.startswith(("SELECT", "WITH")) for check in CHECKS)


def test_a_check_may_be_explained_by_comments(tmp_path: Path):
    """Comment lines below a heading do not become part of the query, and fragments are included by name."""
    file = tmp_path / "checks.sql"
    file.write_text("""-- Introduction.

-- fragment positive
-- Explained.
quantity > 0

-- 3 lines: none is positive
-- Explained, too.
SELECT quantity
FROM line
WHERE {positive}
    AND day = {as_of}
""")
    (check,) = read_queries(file)
    assert (check.invariant, check.name) == (3, "lines: none is positive")
    assert check.sql({"as_of": 7}) == "SELECT quantity\nFROM line\nWHERE quantity > 0\n    AND day = 7"
