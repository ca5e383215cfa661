"""The purchase tables, from the ledger's purchases."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplychain.generator import columns, names
from supplychain.generator.assortment import Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.columns import Text
from supplychain.generator.draws import Ints, Small, Stream, below, field, words
from supplychain.generator.products import Products
from supplychain.generator.purchase_orders import NOT_YET, Purchases
from supplychain.generator.stock_policy import COST_SWING_PERCENT

_SUPPLIER_PERMILLE = np.array([-30, 15, 40, -10, 25, -40, 5, 30])
"""What each supplier asks over the standard cost."""

_WAVE_DAYS = 360
_WAVE_PERMILLE = 30
_NOISE_PERMILLE = 20

_CLOSED_AFTER_DAYS = 21
_APPROVED_AFTER_DAYS = 3
"""An order is a Draft on its day, then Submitted, and Approved from this age on."""


@dataclass(frozen=True)
class PurchaseWriter:
    """Makes the purchase tables."""

    seed: int
    calendar: Calendar
    products: Products
    assortment: Assortment
    purchases: Purchases
    number_width: int

    def rows(self, some: range) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
        """The columns of the headers and of the lines of a range of orders."""
        numbers = columns.digits(np.arange(some.start + 1, some.stop + 1), self.number_width)
        orders = slice(some.start, some.stop)
        return self._headers(orders, numbers), self._lines(orders, numbers)

    def _headers(self, orders: slice, numbers: Text) -> dict[str, pa.Array]:
        made, first = self.purchases, self.calendar.first
        warehouse, supplier = np.divmod(made.owner[orders], len(names.SUPPLIERS))
        actual = made.actual[orders]
        open_ = actual == NOT_YET
        return {
            "purchase_order_prefix": columns.constant(names.PURCHASE_PREFIX, len(actual)),
            "purchase_order_number": columns.fixed_text(numbers),
            "order_date": columns.dates(made.day[orders] + first),
            "supplier_code": columns.category(supplier, names.SUPPLIER_CODES),
            "supplier_name": columns.category(supplier, names.SUPPLIERS),
            "warehouse_code": self.assortment.warehouse_codes(warehouse),
            "expected_delivery_date": columns.dates(made.expected[orders] + first),
            "actual_delivery_date": columns.dates(np.where(open_, 0, actual) + first, empty=open_),
            "status": columns.category(self._status(made.day[orders], actual), names.PURCHASE_STATUSES),
        }

    def _status(self, day: Small, actual: Small) -> Small:
        age = self.calendar.last - day
        waiting = np.where(age == 0, names.DRAFT, np.where(age < _APPROVED_AFTER_DAYS, names.SUBMITTED, names.APPROVED))
        come = np.where(self.calendar.last - actual >= _CLOSED_AFTER_DAYS, names.CLOSED, names.RECEIVED)
        return np.where(actual == NOT_YET, waiting, come).astype(np.int32)

    def _lines(self, orders: slice, numbers: Text) -> dict[str, pa.Array]:
        made = self.purchases
        ends = made.first_line[orders.start : orders.stop + 1]
        low, high = int(ends[0]), int(ends[-1])
        count = np.diff(ends)
        ordered, received = made.ordered[low:high], made.received[low:high]
        product = self.assortment.product[made.series[low:high]]
        cost = self._cost(np.arange(low, high), product, np.repeat(made.day[orders], count))
        receipt = np.where(received == 0, names.NOT_RECEIVED, names.PART_RECEIVED)
        receipt[received >= ordered] = names.ALL_RECEIVED
        return {
            "purchase_order_prefix": columns.constant(names.PURCHASE_PREFIX, high - low),
            "purchase_order_number": columns.fixed_text(np.repeat(numbers, count)),
            "purchase_order_line": columns.integers(np.arange(low, high) - np.repeat(ends[:-1], count) + 1),
            "product_code": self.products.codes(product),
            "order_quantity": columns.integers(ordered),
            "received_quantity": columns.integers(received),
            "unit_cost": columns.money(cost),
            "line_total": columns.money(cost * ordered),
            "receipt_status": columns.category(receipt, names.RECEIPTS),
        }

    def _cost(self, line: Ints, product: Small, day: Small) -> Ints:
        """Unit cost in cents: the standard cost, moved by supplier, by a slow wave over time and by chance."""
        supplier = self.products.supplier[product].astype(np.int64)
        standard = self.products.cost[product].astype(np.int64)
        place = (day + self.calendar.first + supplier * (_WAVE_DAYS // len(names.SUPPLIERS))) % _WAVE_DAYS
        wave = (np.abs(2 * place - _WAVE_DAYS) * 2 - _WAVE_DAYS) * _WAVE_PERMILLE // _WAVE_DAYS
        chance = words(self.seed, Stream.PURCHASE_LINE, line)
        noise = below(field(chance, 32, 32), 2 * _NOISE_PERMILLE + 1) - _NOISE_PERMILLE
        moved = (standard * (1000 + _SUPPLIER_PERMILLE[supplier] + wave + noise) + 500) // 1000
        least = -(-standard * (100 - COST_SWING_PERCENT) // 100)
        cost: Ints = np.clip(moved, least, standard * (100 + COST_SWING_PERCENT) // 100)
        return cost
