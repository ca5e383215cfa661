"""Data sets for the tests, and what the oracle must know of them."""

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
def made(chosen: SeedSettings) -> dict[str, pa.Table]:
    """The whole data set of some settings, with the types of the schema."""
    plan = make_plan(chosen)
    blocks = [make_block(plan, index) for index in range(len(plan.blocks))]
    return {
        table.name: pa.concat_tables([block[table.name].cast(arrow_schema(table)) for block in blocks])
        for table in schema.TABLES
    }


def facts(chosen: SeedSettings) -> Facts:
    """What the oracle must know of some settings."""
    return Facts(
        as_of=chosen.last_day,
        days=chosen.days,
        num_products=chosen.num_products,
        warehouses=chosen.warehouses,
        orders=(chosen.orders_per_day.low, chosen.orders_per_day.high),
        purchases=(chosen.purchase_orders.low, chosen.purchase_orders.high),
    )
