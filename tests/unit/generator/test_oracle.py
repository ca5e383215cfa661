"""The oracle finds what is wrong: one wrong cell or row, and the rule that it breaks is named."""

import datetime as dt
import decimal
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from datasets import AS_OF, facts, made
from oracle.judge import violations

from supplychain.invariants import CHECKS
from supplychain.settings import SeedSettings

DEFAULTS = SeedSettings(as_of=AS_OF)

Change = Callable[[pa.Table], pa.Table]


def put(column: str, value: object, *, row: int = 0, where: tuple[str, str] | None = None) -> Change:
    """Puts a value into one cell: of a row, or of the first row where a column says something."""

    def change(table: pa.Table) -> pa.Table:
        place = row if where is None else pc.index(table[where[0]], where[1]).as_py()
        cells = table[column].to_pylist()
        cells[place] = value(cells[place]) if callable(value) else value
        index = table.column_names.index(column)
        return table.set_column(index, column, pa.array(cells, table[column].type))

    return change


def doubled(table: pa.Table) -> pa.Table:
    """The first row twice."""
    return pa.concat_tables([table, table.slice(0, 1)])


def beheaded(table: pa.Table) -> pa.Table:
    """All rows but the first."""
    return table.slice(1)


def day(offset: int) -> Callable[[dt.date], dt.date]:
    """Some days later."""
    return lambda there: there + dt.timedelta(days=offset)


def more(by: int) -> Callable[[int], int]:
    """So much more."""
    return lambda there: there + by


def cents(by: int) -> Callable[[decimal.Decimal], decimal.Decimal]:
    """So many cents more."""
    return lambda there: there + decimal.Decimal(by) / 100


DELIVERED = ("status", "Delivered")


@pytest.mark.parametrize(
    ("table", "change", "broken"),
    [
        ("product", doubled, "product: the key is unique"),
        ("product", doubled, "as many products as asked for"),
        ("warehouse_product", doubled, "warehouse_product: the key is unique"),
        ("sales_order_header", doubled, "sales_order_header: the key is unique"),
        ("sales_order_line", doubled, "sales_order_line: the key is unique"),
        ("purchase_order_header", doubled, "purchase_order_header: the key is unique"),
        ("purchase_order_line", doubled, "purchase_order_line: the key is unique"),
        ("sales_order_header", beheaded, "sales: no line without header"),
        ("purchase_order_header", beheaded, "purchase: no line without header"),
        ("sales_order_line", put("sales_order_number", "000002"), "sales: lines are numbered 1 to n"),
        ("purchase_order_line", put("purchase_order_line", 9), "purchase: lines are numbered 1 to n"),
        ("sales_order_line", put("product_code", "PROD9999"), "sales: every line's product exists"),
        ("sales_order_line", put("product_code", "PROD9999"), "sales: every line's product is stocked"),
        ("purchase_order_header", put("warehouse_code", "WH009"), "purchase: every line's product is stocked"),
        ("warehouse_product", put("warehouse_code", "WH004"), "as many warehouses as asked for"),
        ("sales_order_header", lambda table: table.slice(20), "sales orders on each day as the range says"),
        ("purchase_order_header", lambda table: table.slice(6), "purchase orders in each full week"),
        ("warehouse_product", lambda table: table.slice(40), "each warehouse stocks 70 to 90 %"),
        ("sales_order_line", put("line_total", cents(1)), "sales: line total is quantity times price"),
        ("purchase_order_line", put("unit_cost", cents(1)), "purchases: line total is quantity times cost"),
        ("sales_order_line", put("order_quantity", 51), "sales: quantity 1 to 50"),
        ("sales_order_line", put("unit_price", cents(100_000)), "sales: the list price, or a discount"),
        ("product", put("unit_cost", cents(100_000)), "products: price is 1.20 to 2.50 times cost"),
        ("purchase_order_header", put("supplier_code", "SUP010"), "purchases: the line's product is the order's"),
        ("purchase_order_line", put("unit_cost", cents(100_000)), "purchases: cost within 10 %"),
        ("product", put("updated_date", AS_OF + dt.timedelta(days=1)), "products: created, then updated"),
        ("sales_order_header", put("delivery_date", day(-20)), "sales: promised after the order date"),
        ("sales_order_header", put("order_date", day(-2)), "sales: ordered within the history"),
        ("product", put("created_date", AS_OF, row=3), "no product was ordered before it was created"),
        ("purchase_order_header", put("actual_delivery_date", day(300)), "purchases: nothing came after as_of"),
        ("warehouse_product", put("lead_time_days", 22), "stock: lead times of 3 to 21 days"),
        ("purchase_order_header", put("expected_delivery_date", day(1)), "purchases: expected after the longest"),
        ("sales_order_header", put("status", "Pending"), "sales: Pending on the first two days"),
        ("sales_order_header", put("status", "Shipped", row=-1), "sales: Pending on the first two days"),
        ("sales_order_header", put("status", "Processing"), "sales: Delivered, late or Cancelled"),
        (
            "sales_order_header",
            put("status", "Delivered", where=("status", "Processing")),
            "sales: Processing or Shipped until",
        ),
        ("sales_order_header", put("status", "Cancelled", where=DELIVERED), "sales: 0 to ordered is fulfilled"),
        ("sales_order_header", put("status", "Delivered", where=("status", "Cancelled")), "shipped something"),
        ("sales_order_line", put("fulfillment_status", "Cancelled"), "sales: fulfilment says what"),
        ("sales_order_line", put("fulfilled_quantity", 51), "sales: 0 to ordered is fulfilled"),
        ("purchase_order_header", put("status", "Approved"), "purchases: one of five statuses"),
        ("purchase_order_header", put("status", "Lost", row=-1), "purchases: one of five statuses"),
        ("purchase_order_line", put("received_quantity", more(9999)), "purchases: 0 to 105 %"),
        ("purchase_order_line", put("receipt_status", "Pending", where=("receipt_status", "Complete")), "says what"),
        ("warehouse_product", put("current_stock", more(9999)), "the ledger closes"),
        ("warehouse_product", put("current_stock", -1), "stock is not negative"),
        ("warehouse_product", put("minimum_stock", more(1)), "stock: the minimum is the safety stock"),
        ("warehouse_product", put("reorder_point", more(1)), "stock: the reorder point is"),
        ("warehouse_product", put("last_restock_date", AS_OF), "stock: restocked on the latest receipt"),
        ("warehouse_product", put("maximum_stock", 1), "minimum < reorder point < maximum"),
        ("product", put("supplier_name", "Nobody"), "supplier: one name for each code"),
        ("sales_order_header", put("customer_name", "Nobody"), "customer: one name for each code"),
        ("sales_order_header", put("delivery_area", "Moon"), "delivery_area: only what is listed"),
        ("product", put("product_group", None), "product.product_group: NULL"),
        ("product", put("product_group", "é" * 26), "product.product_group: 52 bytes"),
        ("product", lambda table: table.drop_columns("supplier_name"), "product: columns"),
    ],
)
def test_one_wrong_thing_is_found(table: str, change: Change, broken: str):
    """A data set in which one thing is wrong is not passed, and the message says which rule it breaks."""
    tables = made(DEFAULTS)
    found = violations(tables | {table: change(tables[table])}, facts(DEFAULTS))
    assert any(broken in line for line in found), found


def test_stock_below_zero_on_a_day_is_found():
    """A receipt that is moved to after the sales it fed leaves the balance below zero in between."""
    tables = dict(made(DEFAULTS))
    header = tables["purchase_order_header"]
    for row in range(header.num_rows):
        if header["actual_delivery_date"][row].as_py() is None:
            continue
        late = {"purchase_order_header": put("actual_delivery_date", AS_OF, row=row)(header)}
        found = violations(tables | late, facts(DEFAULTS))
        if any("never below zero on any day" in line for line in found):
            return
    pytest.fail("no receipt of the default data set mattered")


def test_the_rules_cover_every_invariant_of_rows():
    """Each hard invariant that a single data set can break has a rule, and each rule is read with its query."""
    assert {check.invariant for check in CHECKS} == {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14}
    assert all(check.template.startswith(("SELECT", "WITH")) for check in CHECKS)
