"""The rows of the purchase order tables, from the orders that the ledger placed."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplychain.generator import columns, reference_data
from supplychain.generator.arrays import BytesArray, Int32Array, Int64Array
from supplychain.generator.assortment import Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.counter_rng import Stream, below, bit_field, random_bits
from supplychain.generator.products import Products
from supplychain.generator.purchase_orders import NOT_ARRIVED, PurchaseOrders
from supplychain.generator.stock_policy import COST_TOLERANCE_PERCENT
from supplychain.generator.supplier_groups import SUPPLIER_COUNT

_SUPPLIER_PERMILLE = np.array([-30, 15, 40, -10, 25, -40, 5, 30])
"""Each supplier's unit costs over the standard cost."""

_WAVE_DAYS = 360
_WAVE_PERMILLE = 30
"""Period and amplitude of a triangular wave in each supplier's unit costs."""

_NOISE_PERMILLE = 20

_CLOSED_AFTER_DAYS = 21
"""Days from receipt until an order is Closed."""

_APPROVED_AFTER_DAYS = 3
"""An order is a Draft on its own day, then Submitted, and Approved from this age on."""


@dataclass(frozen=True)
class PurchaseRows:
    """Builds the rows of tables purchase_order_header and purchase_order_line."""

    seed: int
    calendar: Calendar
    products: Products
    assortment: Assortment
    purchase_orders: PurchaseOrders
    number_width: int
    """Digits of an order number."""

    def build(self, selected: range) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
        """The columns of the headers and of the lines, for a range of orders."""
        numbers = columns.zero_padded(np.arange(selected.start + 1, selected.stop + 1), self.number_width)
        orders = slice(selected.start, selected.stop)
        return self._headers(orders, numbers), self._lines(orders, numbers)

    def _headers(self, selected: slice, numbers: BytesArray) -> dict[str, pa.Array]:
        orders, first_date = self.purchase_orders, self.calendar.first_date
        warehouse, supplier = np.divmod(orders.warehouse_supplier[selected], SUPPLIER_COUNT)
        order_day, receipt_day = orders.order_day[selected], orders.receipt_day[selected]
        is_open = receipt_day == NOT_ARRIVED
        return {
            "purchase_order_prefix": columns.constant(reference_data.PURCHASE_PREFIX, len(numbers)),
            "purchase_order_number": columns.fixed_width_strings(numbers),
            "order_date": columns.dates(order_day + first_date),
            "supplier_code": columns.categorical(supplier, reference_data.SUPPLIER_CODES),
            "supplier_name": columns.categorical(supplier, reference_data.SUPPLIER_NAMES),
            "warehouse_code": self.assortment.warehouse_codes(warehouse),
            "expected_delivery_date": columns.dates(orders.expected_day[selected] + first_date),
            "actual_delivery_date": columns.dates(np.where(is_open, 0, receipt_day) + first_date, null=is_open),
            "status": columns.categorical(self._status(order_day, receipt_day), reference_data.PURCHASE_STATUSES),
        }

    def _status(self, order_day: Int32Array, receipt_day: Int32Array) -> Int32Array:
        """Status of each order: by its age until it arrives, then by the days since."""
        last_day = self.calendar.last_day
        age = last_day - order_day
        submitted = np.where(age < _APPROVED_AFTER_DAYS, reference_data.SUBMITTED, reference_data.APPROVED)
        waiting = np.where(age == 0, reference_data.DRAFT, submitted)
        closed = last_day - receipt_day >= _CLOSED_AFTER_DAYS
        arrived = np.where(closed, reference_data.CLOSED, reference_data.RECEIVED)
        return np.where(receipt_day == NOT_ARRIVED, waiting, arrived).astype(np.int32)

    def _lines(self, selected: slice, numbers: BytesArray) -> dict[str, pa.Array]:
        orders = self.purchase_orders
        offsets = orders.line_offsets[selected.start : selected.stop + 1]
        first, stop = int(offsets[0]), int(offsets[-1])
        line, line_count = np.arange(first, stop), np.diff(offsets)
        ordered, received = orders.ordered[first:stop], orders.received[first:stop]
        product = self.assortment.product[orders.series[first:stop]]
        cost = self._unit_cost(line, product, np.repeat(orders.order_day[selected], line_count))
        return {
            "purchase_order_prefix": columns.constant(reference_data.PURCHASE_PREFIX, len(line)),
            "purchase_order_number": columns.fixed_width_strings(np.repeat(numbers, line_count)),
            "purchase_order_line": columns.integers(line - np.repeat(offsets[:-1], line_count) + 1),
            "product_code": self.products.codes(product),
            "order_quantity": columns.integers(ordered),
            "received_quantity": columns.integers(received),
            "unit_cost": columns.money(cost),
            "line_total": columns.money(cost * ordered),
            "receipt_status": columns.categorical(_receipt_status(ordered, received), reference_data.RECEIPT_STATUSES),
        }

    def _unit_cost(self, line: Int64Array, product: Int32Array, day: Int32Array) -> Int64Array:
        """Unit cost in cents: the standard cost, adjusted by supplier, by a slow wave over time and by noise."""
        supplier = self.products.supplier[product].astype(np.int64)
        standard = self.products.cost[product].astype(np.int64)
        phase = (day + self.calendar.first_date + supplier * (_WAVE_DAYS // SUPPLIER_COUNT)) % _WAVE_DAYS
        wave = (np.abs(2 * phase - _WAVE_DAYS) * 2 - _WAVE_DAYS) * _WAVE_PERMILLE // _WAVE_DAYS
        bits = bit_field(random_bits(self.seed, Stream.PURCHASE_LINE, line), 32, 32)
        noise = below(bits, 2 * _NOISE_PERMILLE + 1) - _NOISE_PERMILLE
        adjusted = (standard * (1000 + _SUPPLIER_PERMILLE[supplier] + wave + noise) + 500) // 1000
        least = -(-standard * (100 - COST_TOLERANCE_PERCENT) // 100)
        cost: Int64Array = np.clip(adjusted, least, standard * (100 + COST_TOLERANCE_PERCENT) // 100)
        return cost


def _receipt_status(ordered: Int32Array, received: Int32Array) -> Int64Array:
    status = np.where(received == 0, reference_data.RECEIPT_PENDING, reference_data.RECEIPT_PARTIAL)
    status[received >= ordered] = reference_data.RECEIPT_COMPLETE
    return status
