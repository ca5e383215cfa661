"""The rows of the sales order tables: what was ordered, and how much of it the ledger could ship."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplychain.generator import columns, reference_data
from supplychain.generator.arrays import BytesArray, Int32Array, Int64Array
from supplychain.generator.counter_rng import Stream, below, bit_field, random_bits
from supplychain.generator.demand import Demand, SalesOrders
from supplychain.generator.history import Chunk
from supplychain.generator.ledger import Shortages
from supplychain.generator.products import Products

_DISCOUNT_PERCENT = np.zeros(51, dtype=np.int64)
_DISCOUNT_PERCENT[10:20], _DISCOUNT_PERCENT[20:30], _DISCOUNT_PERCENT[30:40], _DISCOUNT_PERCENT[40:] = 2, 4, 7, 10
"""Volume discount by units on the line."""

_CUSTOMER_CHOICES = np.repeat(np.arange(len(reference_data.CUSTOMER_NAMES)), (20, 16, 14, 12, 10, 8, 7, 6, 4, 3))
_AREA_CHOICES = np.repeat(np.arange(len(reference_data.DELIVERY_AREAS)), (14, 12, 13, 11, 18, 20, 12))
"""Customers and areas, each as often as its weight."""

_SITE_AREAS = np.array([site.area for site in reference_data.DELIVERY_SITES])
_SITE_ADDRESSES = [site.address for site in reference_data.DELIVERY_SITES]

_BY_QUANTITY = -1
_FULFILLMENT_BY_STATUS = np.array(
    [
        reference_data.FULFILLMENT_PENDING,
        reference_data.FULFILLMENT_PENDING,
        _BY_QUANTITY,
        _BY_QUANTITY,
        reference_data.FULFILLMENT_CANCELLED,
    ],
    dtype=np.int32,
)
"""Fulfilment status of a line for each status of its order."""


@dataclass(frozen=True)
class SalesRows:
    """Builds the rows of tables sales_order_header and sales_order_line."""

    demand: Demand
    products: Products
    number_width: int
    """Digits of an order number."""

    def build(self, chunk: Chunk, shortages: Shortages) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
        """The columns of the headers and of the lines, for a chunk of orders and its shortages."""
        orders = self.demand.draw(chunk.start, chunk.stop)
        fulfilled = _fulfilled_units(orders, self.demand.assortment.series_count, shortages)
        status = self._status(orders, fulfilled)
        numbers = columns.zero_padded(np.arange(chunk.start + 1, chunk.stop + 1), self.number_width)
        return self._headers(orders, numbers, status), self._lines(orders, numbers, status, fulfilled)

    def _status(self, orders: SalesOrders, fulfilled: Int32Array) -> Int32Array:
        """Status of each order; one of which nothing could be shipped is Processing, or Cancelled if overdue."""
        status = orders.status.astype(np.int32)
        units = np.bincount(orders.order, weights=fulfilled, minlength=len(status))
        nothing = orders.can_ship & (units == 0)
        overdue = orders.promised_day < self.demand.calendar.last_day
        status[nothing] = np.where(overdue[nothing], reference_data.CANCELLED, reference_data.PROCESSING)
        return status

    def _headers(self, orders: SalesOrders, numbers: BytesArray, status: Int32Array) -> dict[str, pa.Array]:
        first_date = self.demand.calendar.first_date
        count = len(status)
        index = np.arange(orders.first_number, orders.first_number + count)
        bits = random_bits(self.demand.seed, Stream.SALES_HEADER, index)
        customer = _CUSTOMER_CHOICES[below(bit_field(bits, 0, 32), len(_CUSTOMER_CHOICES))]
        area = _AREA_CHOICES[below(bit_field(bits, 32, 32), len(_AREA_CHOICES))]
        site = customer * len(reference_data.DELIVERY_AREAS) + area
        return {
            "sales_order_prefix": columns.constant(reference_data.SALES_PREFIX, count),
            "sales_order_number": columns.fixed_width_strings(numbers),
            "order_date": columns.dates(orders.day + first_date),
            "customer_code": columns.categorical(customer, reference_data.CUSTOMER_CODES),
            "customer_name": columns.categorical(customer, reference_data.CUSTOMER_NAMES),
            "warehouse_code": self.demand.assortment.warehouse_codes(orders.warehouse),
            "delivery_address": columns.categorical(site, _SITE_ADDRESSES),
            "delivery_area": columns.categorical(_SITE_AREAS[site], reference_data.DELIVERY_AREAS),
            "delivery_date": columns.dates(orders.promised_day + first_date),
            "status": columns.categorical(status, reference_data.SALES_STATUSES),
        }

    def _lines(
        self, orders: SalesOrders, numbers: BytesArray, status: Int32Array, fulfilled: Int32Array
    ) -> dict[str, pa.Array]:
        product = self.demand.assortment.product[orders.series]
        list_price = self.products.price[product].astype(np.int64)
        price = list_price - list_price * _DISCOUNT_PERCENT[orders.quantity] // 100
        first_line = np.cumsum(orders.line_count) - orders.line_count
        fulfillment = _fulfillment_status(orders, status, fulfilled)
        return {
            "sales_order_prefix": columns.constant(reference_data.SALES_PREFIX, len(product)),
            "sales_order_number": columns.fixed_width_strings(np.repeat(numbers, orders.line_count)),
            "sales_order_line": columns.integers(np.arange(1, len(product) + 1) - first_line[orders.order]),
            "product_code": self.products.codes(product),
            "order_quantity": columns.integers(orders.quantity),
            "fulfilled_quantity": columns.integers(fulfilled),
            "unit_price": columns.money(price),
            "line_total": columns.money(price * orders.quantity),
            "fulfillment_status": columns.categorical(fulfillment, reference_data.FULFILLMENT_STATUSES),
        }


def _fulfilled_units(orders: SalesOrders, series_count: int, shortages: Shortages) -> Int32Array:
    """Units shipped on each line: all if the stock sufficed, else first come, first served."""
    fulfilled = orders.quantity * orders.can_ship[orders.order]
    if not len(shortages.cell):
        return fulfilled
    line, shortage = _short_lines(orders, series_count, shortages)
    shipping = fulfilled[line] > 0
    line, shortage = line[shipping], shortage[shipping]
    by_shortage = np.argsort(shortage, kind="stable")
    line, shortage = line[by_shortage], shortage[by_shortage]
    fulfilled[line] = _serve_in_order(fulfilled[line], shortage, shortages.shipped)
    return fulfilled


def _short_lines(orders: SalesOrders, series_count: int, shortages: Shortages) -> tuple[Int64Array, Int64Array]:
    """The lines whose day and series has a shortage, and the index of that shortage."""
    first_day = int(orders.day[0])
    cells = (int(orders.day[-1]) - first_day + 1) * series_count
    cell = (orders.day[orders.order] - first_day) * np.int64(series_count) + orders.series
    lines = np.arange(len(cell))
    if cells <= 4 * len(cell):  # looking up a table of all cells excludes most lines faster than a search does
        is_short = np.zeros(cells, dtype=np.bool_)
        is_short[shortages.cell - first_day * series_count] = True
        lines = np.flatnonzero(is_short[cell])
    line_cell = cell[lines] + first_day * series_count
    shortage = np.minimum(np.searchsorted(shortages.cell, line_cell), len(shortages.cell) - 1)
    found = shortages.cell[shortage] == line_cell
    return lines[found], shortage[found]


def _serve_in_order(wanted: Int32Array, shortage: Int64Array, available: Int32Array) -> Int64Array:
    """What each line gets of ``available[shortage]``, earlier lines first; `shortage` is ascending."""
    before = np.cumsum(wanted, dtype=np.int64) - wanted
    first = np.flatnonzero(np.diff(shortage, prepend=-1))
    before -= np.repeat(before[first], np.diff(first, append=len(shortage)))
    return np.clip(available[shortage] - before, 0, wanted)


def _fulfillment_status(orders: SalesOrders, status: Int32Array, fulfilled: Int32Array) -> Int32Array:
    """Status of each line: by the status of its order, or by its quantities if the order was shipped."""
    by_status = _FULFILLMENT_BY_STATUS[status][orders.order]
    complete, partial = np.int32(reference_data.FULFILLMENT_COMPLETE), np.int32(reference_data.FULFILLMENT_PARTIAL)
    by_quantity = np.where(fulfilled == orders.quantity, complete, partial)
    return np.where(by_status == _BY_QUANTITY, by_quantity, by_status)
