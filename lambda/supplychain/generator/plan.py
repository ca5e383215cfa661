"""The plan of a generation: all that its blocks have in common, and how its tables are cut into blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.generator.assortment import Assortment, make_assortment
from supplychain.generator.blocks import Block, cut
from supplychain.generator.calendar import Calendar, make_calendar
from supplychain.generator.demand import Demand
from supplychain.generator.history import Chunk, Drawing, History, add_up, draw_here, make_chunks
from supplychain.generator.ledger import Account, Ledger
from supplychain.generator.limits import refuse_too_much
from supplychain.generator.order_quota import Quotas
from supplychain.generator.products import Products, make_products, product_rows
from supplychain.generator.purchase_orders import PurchaseRaiser
from supplychain.generator.purchase_rows import PurchaseWriter
from supplychain.generator.replenishment import Replenishment
from supplychain.generator.sales_rows import SalesWriter
from supplychain.generator.stock_policy import Points, make_levels
from supplychain.generator.stock_rows import StockWriter
from supplychain.settings import SeedSettings

_NUMBER_WIDTH = 6
"""Digits of order numbers, where they suffice."""


@dataclass(frozen=True)
class Plan:
    """A data set in outline, ledger included: `make_block` makes the rows. It is picklable."""

    settings: SeedSettings
    calendar: Calendar
    products: Products
    assortment: Assortment
    points: Points
    account: Account
    chunks: tuple[Chunk, ...]
    blocks: Sequence[Block]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each table in all."""
        return {name: sum(block.rows[name] for block in self.blocks) for name in schema.TABLE_NAMES}


def make_plan(settings: SeedSettings, drawing: Drawing = draw_here) -> Plan:
    """The plan of a data set; `drawing` may have the demand drawn by other processes.

    Raises
    ------
    ValueError
        Where `as_of` is still to be resolved.
    SettingError
        Where the settings lead to numbers that do not fit their columns; it names the setting and the figure.
    """
    calendar = make_calendar(settings)
    products = make_products(settings, calendar)
    assortment = make_assortment(settings, products)
    refuse_too_much(settings, calendar, assortment)
    demand = Demand(settings.seed, calendar, assortment)
    chunks = make_chunks(calendar)
    history = History(demand, chunks, drawing)
    totals, lines = add_up(history, assortment.count)
    levels = make_levels(settings, products, assortment, totals)
    ledger = Ledger(
        calendar,
        levels,
        Replenishment(settings.seed, products, assortment, levels),
        Quotas(settings, calendar),
        PurchaseRaiser(settings.seed, calendar, levels),
    )
    account = ledger.keep(history)
    return Plan(
        settings=settings,
        calendar=calendar,
        products=products,
        assortment=assortment,
        points=levels.points,
        account=account,
        chunks=chunks,
        blocks=cut(
            products=products.count,
            series=assortment.count,
            chunks=chunks,
            chunk_lines=lines,
            purchase_lines=account.purchases.first_line,
        ),
    )


def make_block(plan: Plan, index: int) -> dict[str, pa.Table]:
    """The rows of one block, by table; a table that has none in the block is there, and empty.

    Category columns (codes, names, statuses, areas, groups, prefixes) come as ``dictionary<int32, string>`` where that
    saves work, else as ``string``; order numbers always as ``string``. All others have the types of ``arrow_schema``.
    """
    block = plan.blocks[index]
    made: dict[str, dict[str, pa.Array]] = {}
    if block.products:
        made["product"] = product_rows(plan.products, block.products)
    if block.series:
        made["warehouse_product"] = _stock_writer(plan).rows(block.series)
    if block.chunk is not None:
        made["sales_order_header"], made["sales_order_line"] = _sales_writer(plan).rows(
            plan.chunks[block.chunk], plan.account.shortages[block.chunk]
        )
    if block.purchases:
        made["purchase_order_header"], made["purchase_order_line"] = _purchase_writer(plan).rows(block.purchases)
    return {table.name: _table(table, made.get(table.name)) for table in schema.TABLES}


def _table(table: schema.Table, arrays: dict[str, pa.Array] | None) -> pa.Table:
    return pa.table(arrays) if arrays else arrow_schema(table).empty_table()


def _stock_writer(plan: Plan) -> StockWriter:
    return StockWriter(plan.calendar, plan.products, plan.assortment, plan.points, plan.account)


def _sales_writer(plan: Plan) -> SalesWriter:
    demand = Demand(plan.settings.seed, plan.calendar, plan.assortment)
    return SalesWriter(demand, plan.products, _number_width(plan.calendar.orders))


def _purchase_writer(plan: Plan) -> PurchaseWriter:
    made = plan.account.purchases
    return PurchaseWriter(
        plan.settings.seed, plan.calendar, plan.products, plan.assortment, made, _number_width(made.count)
    )


def _number_width(count: int) -> int:
    return max(_NUMBER_WIDTH, len(str(count)))
