"""The rows of warehouse_product: stock at the end of the history, and the stock policy."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplychain.generator import columns
from supplychain.generator.assortment import Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.ledger import LedgerResult
from supplychain.generator.products import Products
from supplychain.generator.stock_policy import StockLevels


@dataclass(frozen=True)
class StockRows:
    """Builds the rows of table warehouse_product."""

    calendar: Calendar
    products: Products
    assortment: Assortment
    levels: StockLevels
    ledger: LedgerResult

    def build(self, selected: range) -> dict[str, pa.Array]:
        """The columns, for a range of series."""
        series = slice(selected.start, selected.stop)
        index = np.arange(selected.start, selected.stop)
        warehouse = np.searchsorted(self.assortment.warehouse_offsets, index, side="right") - 1
        return {
            "warehouse_code": self.assortment.warehouse_codes(warehouse),
            "product_code": self.products.codes(self.assortment.product[series]),
            "current_stock": columns.integers(self.ledger.stock[series]),
            "minimum_stock": columns.integers(self.levels.minimum[series]),
            "maximum_stock": columns.integers(self.levels.maximum[series]),
            "reorder_point": columns.integers(self.levels.reorder_point[series]),
            "lead_time_days": columns.integers(self.levels.lead_time[series]),
            "last_restock_date": columns.dates(self.ledger.last_restock_day[series] + self.calendar.first_date),
        }
