"""Customer demand: sales orders and their lines, drawn for any range of orders independently of all others.

Everything here follows from the number of an order, so a range can be drawn at any time and again. How much of it ships
is determined by the ledger.
"""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import BoolArray, Int8Array, Int32Array, Int64Array
from supplychain.generator.assortment import GROUP_CHOICES, QUANTITIES, Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.counter_rng import Stream, below, bit_field, low_discrepancy, one_in_every, random_bits
from supplychain.generator.product_names import PRODUCT_GROUPS
from supplychain.generator.quantiles import QUANTILE_COUNT
from supplychain.generator.reference_data import CANCELLED, DELIVERED, PENDING, PROCESSING, SHIPPED

MAX_LINES = 5
_LINE_COUNT_CHOICES = np.repeat(np.arange(1, MAX_LINES + 1), (46, 54, 56, 54, 46)).astype(np.int8)
"""Lines of an order, by eight random bits: 3 on average."""

_LINE_INDICES_PER_ORDER = 8
"""Indices in stream SALES_LINE reserved for each order."""

_CANCELLED_ONE_IN = 48
_LATE_ONE_IN = 14
_LATE_DAYS = 14
"""Late orders remain Shipped for this many days after the promised date."""

_MIN_PROMISE_DAYS = 2
_PROMISE_CHOICES = 7
"""Delivery is promised within 2 to 8 days."""

_PENDING_DAYS = 1
"""An order is Pending on its own day and for this many days after it."""


@dataclass(frozen=True)
class SalesOrders:
    """Consecutive sales orders and their lines, in order; days count from the first of the history."""

    first_number: int
    """Number of the first order, from 0."""
    day: Int32Array
    warehouse: Int32Array
    promised_day: Int32Array
    """Day on which delivery is promised; it may be after the history."""
    status: Int8Array
    """Status by the dates alone: an order of which nothing can be shipped gets another one."""
    line_count: Int32Array
    """Lines of each order."""
    order: Int32Array
    """Order of each line, counted from the first of these orders."""
    series: Int32Array
    """Warehouse product of each line."""
    quantity: Int32Array
    """Units on each line."""

    @property
    def can_ship(self) -> BoolArray:
        """Which orders ship as far as stock allows."""
        return np.isin(self.status, (SHIPPED, DELIVERED))


@dataclass(frozen=True)
class Demand:
    """Draws sales orders. Cheap to create and to pickle."""

    seed: int
    calendar: Calendar
    assortment: Assortment

    def draw(self, start: int, stop: int) -> SalesOrders:
        """The orders numbered from `start` to before `stop`."""
        number = np.arange(start, stop)
        day = self._days(start, stop)
        bits = random_bits(self.seed, Stream.SALES_ORDER, number)
        choices = self.assortment.warehouse_choices
        warehouse = choices[below(bit_field(bits, 0, 32), len(choices))]
        promised_day = day + self._promise_days(number, day)
        line_count = _LINE_COUNT_CHOICES[bit_field(bits, 32, 8)]
        order, series, quantity = self._lines(number, day, warehouse, line_count)
        return SalesOrders(
            first_number=start,
            day=day,
            warehouse=warehouse,
            promised_day=promised_day,
            status=self._status(number, day, promised_day),
            line_count=np.bincount(order, minlength=stop - start).astype(np.int32),
            order=order,
            series=series,
            quantity=quantity,
        )

    def _days(self, start: int, stop: int) -> Int32Array:
        """Day of each order."""
        before = self.calendar.orders_before
        first = int(np.searchsorted(before, start, side="right")) - 1
        last = int(np.searchsorted(before, stop, side="left"))
        ends: Int64Array = np.clip(before[first : last + 1], start, stop)
        counts: Int64Array = np.diff(ends)
        return np.repeat(np.arange(first, last, dtype=np.int32), counts)

    def _promise_days(self, number: Int64Array, day: Int32Array) -> Int32Array:
        """Days from each order to its promised delivery.

        They rotate with the day and the order's place in it, such that three orders a day suffice for three due on any
        day: 3 × place ≡ 2 × age + constant (mod 7) has one solution among seven ages for each place.
        """
        place = number - self.calendar.orders_before[day]
        rotation = 3 * place + 2 * (place // _PROMISE_CHOICES) + day
        return (_MIN_PROMISE_DAYS + rotation % _PROMISE_CHOICES).astype(np.int32)

    def _status(self, number: Int64Array, day: Int32Array, promised_day: Int32Array) -> Int8Array:
        """Status by the dates: an open order is the more likely Shipped, the more of its promised days have passed."""
        as_of = self.calendar.last_day
        age = as_of - day
        overdue = promised_day < as_of
        # Low discrepancy, such that three orders a day suffice for one to be Processing.
        chance = (low_discrepancy(self.seed, Stream.SHIPPING_PROGRESS, number) >> np.uint64(24)).astype(np.int64)
        shipped = chance * (promised_day - day) < 256 * (age - _PENDING_DAYS)
        status = np.where(overdue, DELIVERED, np.where(shipped, SHIPPED, PROCESSING)).astype(np.int8)
        recent = overdue & (promised_day >= as_of - _LATE_DAYS)
        status[recent & one_in_every(self.seed, Stream.LATE, number, _LATE_ONE_IN)] = SHIPPED
        status[age <= _PENDING_DAYS] = PENDING
        status[one_in_every(self.seed, Stream.CANCELLED, number, _CANCELLED_ONE_IN)] = CANCELLED
        return status

    def _lines(
        self, number: Int64Array, day: Int32Array, warehouse: Int32Array, line_count: Int8Array
    ) -> tuple[Int32Array, Int32Array, Int32Array]:
        """Order, series and quantity of each line; of lines with the same product in an order, only the first."""
        assortment = self.assortment
        order = np.repeat(np.arange(len(number), dtype=np.int32), line_count)
        ends = np.cumsum(line_count, dtype=np.int64)
        index = (number * _LINE_INDICES_PER_ORDER - ends + line_count)[order] + np.arange(len(order))
        bits = random_bits(self.seed, Stream.SALES_LINE, index)
        table = (self.calendar.month[day] * assortment.warehouses + warehouse) * GROUP_CHOICES
        group = assortment.group_choices[table[order] + bit_field(bits, 0, 10).astype(np.int32)]
        cell = (warehouse * len(PRODUCT_GROUPS))[order] + group
        offsets = assortment.series_choice_offsets
        first = offsets[cell]
        series = assortment.series_choices[first + below(bit_field(bits, 10, 32), offsets[cell + 1] - first)]
        quantile = bit_field(bits, 54, 10).astype(np.int32)
        quantity = QUANTITIES[assortment.quantity_table[series] * np.int32(QUANTILE_COUNT) + quantile]
        repeated = _repeats(order.astype(np.int64) * assortment.series_count + series)
        if repeated.any():
            order, series, quantity = order[~repeated], series[~repeated], quantity[~repeated]
        return order, series, quantity


def _repeats(keys: Int64Array) -> BoolArray:
    """Mark keys that equal one of the MAX_LINES − 1 before them: the lines of an order are neighbours."""
    repeated = np.zeros(len(keys), dtype=np.bool_)
    for distance in range(1, MAX_LINES):
        repeated[distance:] |= keys[distance:] == keys[:-distance]
    return repeated
