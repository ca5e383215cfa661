"""The sales tables of a stretch of orders: what was ordered, and what the ledger found could be shipped of it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplychain.generator import columns, names
from supplychain.generator.columns import Text
from supplychain.generator.demand import Demand, Orders
from supplychain.generator.draws import Ints, Small, Stream, below, field, words
from supplychain.generator.history import Chunk
from supplychain.generator.ledger import Shortages
from supplychain.generator.products import Products

_DISCOUNTS = np.zeros(51, dtype=np.int64)
_DISCOUNTS[10:20], _DISCOUNTS[20:30], _DISCOUNTS[30:40], _DISCOUNTS[40:] = 2, 4, 7, 10
"""Volume discount in percent by units on the line."""

_CUSTOMER_SHARES = np.repeat(np.arange(len(names.CUSTOMERS)), (20, 16, 14, 12, 10, 8, 7, 6, 4, 3))
_AREA_SHARES = np.repeat(np.arange(len(names.AREAS)), (14, 12, 13, 11, 18, 20, 12))
_SITE_AREAS = np.array([site.area for site in names.SITES])


@dataclass(frozen=True)
class SalesWriter:
    """Makes the sales tables."""

    demand: Demand
    products: Products
    number_width: int

    def rows(self, chunk: Chunk, shortages: Shortages) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
        """The columns of the headers and of the lines of a chunk's orders, given the shortages of that chunk."""
        orders = self.demand.draw(chunk.start, chunk.stop)
        fulfilled = shipped_units(orders, self.demand.assortment.count, shortages)
        status = self._status(orders, fulfilled)
        numbers = columns.digits(np.arange(chunk.start + 1, chunk.stop + 1), self.number_width)
        return self._headers(orders, numbers, status), self._lines(orders, numbers, status, fulfilled)

    def _status(self, orders: Orders, fulfilled: Small) -> Small:
        """An order that ships nothing at all is not shipped: it waits, and is cancelled once past due."""
        status = orders.status.astype(np.int32)
        units = np.bincount(orders.order, weights=fulfilled, minlength=len(status))
        nothing = orders.ships & (units == 0)
        overdue = orders.promised < self.demand.calendar.last
        status[nothing] = np.where(overdue[nothing], names.CANCELLED, names.PROCESSING)
        return status

    def _headers(self, orders: Orders, numbers: Text, status: Small) -> dict[str, pa.Array]:
        goods, calendar = self.demand.assortment, self.demand.calendar
        count = len(status)
        bits = words(self.demand.seed, Stream.SALES_HEADER, np.arange(orders.first, orders.first + count))
        customer = _CUSTOMER_SHARES[below(field(bits, 0, 32), len(_CUSTOMER_SHARES))]
        site = customer * len(names.AREAS) + _AREA_SHARES[below(field(bits, 32, 32), len(_AREA_SHARES))]
        return {
            "sales_order_prefix": columns.constant(names.SALES_PREFIX, count),
            "sales_order_number": columns.fixed_text(numbers),
            "order_date": columns.dates(orders.day + calendar.first),
            "customer_code": columns.category(customer, names.CUSTOMER_CODES),
            "customer_name": columns.category(customer, names.CUSTOMERS),
            "warehouse_code": goods.warehouse_codes(orders.warehouse),
            "delivery_address": columns.category(site, [one.address for one in names.SITES]),
            "delivery_area": columns.category(_SITE_AREAS[site], names.AREAS),
            "delivery_date": columns.dates(orders.promised + calendar.first),
            "status": columns.category(status, names.SALES_STATUSES),
        }

    def _lines(self, orders: Orders, numbers: Text, status: Small, fulfilled: Small) -> dict[str, pa.Array]:
        product = self.demand.assortment.product[orders.series]
        list_price = self.products.price[product].astype(np.int64)
        price = list_price - list_price * _DISCOUNTS[orders.quantity] // 100
        first = np.cumsum(orders.lines) - orders.lines
        return {
            "sales_order_prefix": columns.constant(names.SALES_PREFIX, len(product)),
            "sales_order_number": columns.fixed_text(np.repeat(numbers, orders.lines)),
            "sales_order_line": columns.integers(np.arange(1, len(product) + 1) - first[orders.order]),
            "product_code": self.products.codes(product),
            "order_quantity": columns.integers(orders.quantity),
            "fulfilled_quantity": columns.integers(fulfilled),
            "unit_price": columns.money(price),
            "line_total": columns.money(price * orders.quantity),
            "fulfillment_status": columns.category(_fulfillment(orders, status, fulfilled), names.FULFILLMENTS),
        }


def shipped_units(orders: Orders, series: int, shortages: Shortages) -> Small:
    """Units shipped on each line: all where stock sufficed, else first come, first served."""
    fulfilled = orders.quantity * orders.ships[orders.order]
    if not len(shortages.key):
        return fulfilled
    short, owner = _found(orders, series, shortages)
    wanting = fulfilled[short] > 0
    short, owner = short[wanting], owner[wanting]
    by_key = np.argsort(owner, kind="stable")
    short, owner = short[by_key], owner[by_key]
    fulfilled[short] = _served(fulfilled[short], owner, shortages.shipped)
    return fulfilled


def _found(orders: Orders, series: int, shortages: Shortages) -> tuple[Ints, Ints]:
    """The lines for whose day and series there is a shortage, and the index of that shortage."""
    first = int(orders.day[0])
    cells = (int(orders.day[-1]) - first + 1) * series
    key = (orders.day[orders.order] - first) * np.int64(series) + orders.series
    lines = np.arange(len(key))
    if cells <= 4 * len(key):  # a table of all days and series tells most lines apart faster than a search
        marked = np.zeros(cells, dtype=np.bool_)
        marked[shortages.key - first * series] = True
        lines = np.flatnonzero(marked[key])
    wanted = key[lines] + first * series
    owner = np.minimum(np.searchsorted(shortages.key, wanted), len(shortages.key) - 1)
    same = shortages.key[owner] == wanted
    return lines[same], owner[same]


def _served(wanted: Small, owner: Ints, there: Small) -> Ints:
    """What each of `wanted` gets of `there[owner]`; `owner` ascending, earlier ones first."""
    upto = np.cumsum(wanted, dtype=np.int64)
    before = upto - wanted
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    before -= np.repeat(before[first], np.diff(first, append=len(owner)))
    return np.clip(there[owner] - before, 0, wanted)


def _fulfillment(orders: Orders, status: Small, fulfilled: Small) -> Small:
    """The status of each line, by the status of its order and by its quantities."""
    by_status = np.array([names.NOT_SHIPPED, names.NOT_SHIPPED, -1, -1, names.NEVER_SHIPPED], dtype=np.int32)
    by_order = by_status[status][orders.order]
    shipped = np.where(fulfilled == orders.quantity, np.int32(names.ALL_SHIPPED), np.int32(names.PART_SHIPPED))
    return np.where(by_order < 0, shipped, by_order)
