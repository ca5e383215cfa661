"""Data sets for the tests, and the facts with which the oracle judges them."""

import datetime as dt
from functools import cache

import pyarrow as pa

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.generator import make_block, make_plan
from supplychain.invariants import Facts
from supplychain.settings import SeedSettings

AS_OF = dt.date(2026, 1, 31)


@cache
def generated(settings: SeedSettings) -> dict[str, pa.Table]:
    """The whole data set of some settings, with the types of the schema."""
    plan = make_plan(settings)
    blocks = [make_block(plan, index) for index in range(len(plan.blocks))]
    return {
        table.name: pa.concat_tables([block[table.name].cast(arrow_schema(table)) for block in blocks])
        for table in schema.TABLES
    }


def facts(settings: SeedSettings) -> Facts:
    """The facts about the data set of some settings."""
    return Facts(
        as_of=settings.last_day,
        days=settings.days,
        num_products=settings.num_products,
        warehouses=settings.warehouses,
        orders=(settings.orders_per_day.low, settings.orders_per_day.high),
        purchases=(settings.purchase_orders.low, settings.purchase_orders.high),
    )
