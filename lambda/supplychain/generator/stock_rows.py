"""The rows of warehouse_product: stock at the end of the history, and the levels that steer it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplychain.generator import columns
from supplychain.generator.assortment import Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.ledger import Account
from supplychain.generator.products import Products
from supplychain.generator.stock_policy import Points


@dataclass(frozen=True)
class StockWriter:
    """Makes the table warehouse_product."""

    calendar: Calendar
    products: Products
    assortment: Assortment
    points: Points
    account: Account

    def rows(self, some: range) -> dict[str, pa.Array]:
        """The columns of the warehouse products of a range."""
        series = slice(some.start, some.stop)
        warehouse = np.searchsorted(self.assortment.offsets, np.arange(some.start, some.stop), side="right") - 1
        return {
            "warehouse_code": self.assortment.warehouse_codes(warehouse),
            "product_code": self.products.codes(self.assortment.product[series]),
            "current_stock": columns.integers(self.account.stock[series]),
            "minimum_stock": columns.integers(self.points.minimum[series]),
            "maximum_stock": columns.integers(self.points.maximum[series]),
            "reorder_point": columns.integers(self.points.reorder[series]),
            "lead_time_days": columns.integers(self.points.lead[series]),
            "last_restock_date": columns.dates(self.account.restocked[series] + self.calendar.first),
        }
