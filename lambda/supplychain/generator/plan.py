"""The plan of a data set: everything its blocks have in common, and the rows of each block."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.generator.assortment import Assortment, make_assortment
from supplychain.generator.blocks import Block, make_blocks
from supplychain.generator.calendar import Calendar, make_calendar
from supplychain.generator.demand import Demand
from supplychain.generator.history import Chunk, DemandHistory, DrawChunks, draw_in_process, make_chunks, total_demand
from supplychain.generator.ledger import Ledger, LedgerResult
from supplychain.generator.limits import check_limits
from supplychain.generator.order_quota import OrderQuota
from supplychain.generator.products import Products, make_products, product_rows
from supplychain.generator.purchase_orders import PurchaseOrderBook
from supplychain.generator.purchase_rows import PurchaseRows
from supplychain.generator.replenishment import Replenishment
from supplychain.generator.sales_rows import SalesRows
from supplychain.generator.stock_policy import StockLevels, make_stock_policy
from supplychain.generator.stock_rows import StockRows
from supplychain.generator.supplier_groups import make_supplier_groups
from supplychain.settings import SeedSettings

_MIN_NUMBER_WIDTH = 6
"""Digits of order numbers, if they are enough."""


@dataclass(frozen=True)
class Plan:
    """What `make_block` needs to make the rows of any block. It can be pickled."""

    settings: SeedSettings
    calendar: Calendar
    products: Products
    assortment: Assortment
    stock_levels: StockLevels
    ledger: LedgerResult
    chunks: tuple[Chunk, ...]
    blocks: Sequence[Block]

    @property
    def rows(self) -> dict[str, int]:
        """Total rows in each table."""
        return {name: sum(block.rows[name] for block in self.blocks) for name in schema.TABLE_NAMES}


def make_plan(settings: SeedSettings, draw_chunks: DrawChunks = draw_in_process) -> Plan:
    """The plan of a data set. `draw_chunks` may draw the demand in other processes.

    Raises
    ------
    ValueError
        If `as_of` is still `today`.
    SettingError
        If the settings lead to numbers that do not fit their columns; names the setting and the figure.
    """
    calendar = make_calendar(settings)
    products = make_products(settings, calendar)
    assortment = make_assortment(settings, products)
    check_limits(settings, calendar, assortment)
    demand = Demand(settings.seed, calendar, assortment)
    chunks = make_chunks(calendar)
    history = DemandHistory(demand, chunks, draw_chunks)
    totals, chunk_lines = total_demand(history, assortment.series_count)
    policy = make_stock_policy(settings, products, assortment, totals)
    groups = make_supplier_groups(products, assortment, policy.levels.lead_time)
    result = Ledger(
        policy.opening_stock,
        Replenishment(settings.seed, groups, policy),
        OrderQuota(settings, calendar),
        PurchaseOrderBook(settings.seed, calendar, policy),
    ).process(history)
    return Plan(
        settings=settings,
        calendar=calendar,
        products=products,
        assortment=assortment,
        stock_levels=policy.levels,
        ledger=result,
        chunks=chunks,
        blocks=make_blocks(
            products=products.count,
            series=assortment.series_count,
            chunks=chunks,
            chunk_lines=chunk_lines,
            purchase_line_offsets=result.purchase_orders.line_offsets,
        ),
    )


def make_block(plan: Plan, index: int) -> dict[str, pa.Table]:
    """The rows of one block, by table; a table without rows in the block is empty.

    Category columns (codes, names, statuses, areas, groups, prefixes) are ``dictionary<int32, string>`` if that saves
    work, else ``string``; order numbers are always ``string``. All other columns have the types of ``arrow_schema``.
    """
    block = plan.blocks[index]
    columns: dict[str, dict[str, pa.Array]] = {}
    if block.products:
        columns["product"] = product_rows(plan.products, block.products)
    if block.series:
        columns["warehouse_product"] = _stock_rows(plan).build(block.series)
    if block.chunk is not None:
        columns["sales_order_header"], columns["sales_order_line"] = _sales_rows(plan).build(
            plan.chunks[block.chunk], plan.ledger.shortages[block.chunk]
        )
    if block.purchase_orders:
        columns["purchase_order_header"], columns["purchase_order_line"] = _purchase_rows(plan).build(
            block.purchase_orders
        )
    return {table.name: _table(table, columns.get(table.name)) for table in schema.TABLES}


def _table(table: schema.Table, columns: dict[str, pa.Array] | None) -> pa.Table:
    return pa.table(columns) if columns else arrow_schema(table).empty_table()


def _stock_rows(plan: Plan) -> StockRows:
    return StockRows(plan.calendar, plan.products, plan.assortment, plan.stock_levels, plan.ledger)


def _sales_rows(plan: Plan) -> SalesRows:
    demand = Demand(plan.settings.seed, plan.calendar, plan.assortment)
    return SalesRows(demand, plan.products, _number_width(plan.calendar.order_count))


def _purchase_rows(plan: Plan) -> PurchaseRows:
    orders = plan.ledger.purchase_orders
    return PurchaseRows(
        seed=plan.settings.seed,
        calendar=plan.calendar,
        products=plan.products,
        assortment=plan.assortment,
        purchase_orders=orders,
        number_width=_number_width(orders.count),
    )


def _number_width(order_count: int) -> int:
    return max(_MIN_NUMBER_WIDTH, len(str(order_count)))
