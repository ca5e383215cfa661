"""What customers order: orders and their lines, drawn for any stretch of orders by itself.

Everything here follows from the orders' numbers, so any stretch can be drawn at any time, and again. What can be
shipped is the ledger's to say.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.generator.assortment import GROUP_CHOICES, QUANTITIES, Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.draws import Ints, Mask, Small, Stream, below, evenly, field, one_in, words
from supplychain.generator.names import CANCELLED, DELIVERED, PENDING, PROCESSING, SHIPPED
from supplychain.generator.product_names import GROUPS
from supplychain.generator.quantiles import COUNT

MOST_LINES = 5
_LINES = np.repeat(np.arange(1, MOST_LINES + 1), (46, 54, 56, 54, 46)).astype(np.int8)
"""Lines of an order, by eight bits: 3 on average."""

_COUNTER_STEP = 8
"""Counters that an order has for its lines."""

CANCELLED_ONE_IN = 48
LATE_ONE_IN = 14
LATE_DAYS = 14
"""An order that is late is still on its way this many days after its promised date."""

_PROMISES = 7
_FIRST_PROMISE = 2
"""Delivery is promised in 2 to 8 days."""

_PENDING_DAYS = 1
"""An order is Pending on its own day and on the next."""


@dataclass(frozen=True)
class Orders:
    """A stretch of sales orders with their lines, lines in order."""

    first: int
    """Number of the first order, from 0."""
    day: Small
    """Index of the day of each order."""
    warehouse: Small
    promised: Small
    """Index of the day on which delivery is promised; it may lie after the history."""
    status: npt.NDArray[np.int8]
    """As far as dates go: an order of which nothing can be shipped gets another."""
    lines: Small
    """Number of lines of each order."""
    order: Small
    """Order of each line, counted from `first`."""
    series: Small
    """Warehouse product of each line."""
    quantity: Small

    @property
    def ships(self) -> Mask:
        """Which orders ship what there is."""
        return np.isin(self.status, (SHIPPED, DELIVERED))


@dataclass(frozen=True)
class Demand:
    """Draws orders. Cheap to make: it only holds what draws need."""

    seed: int
    calendar: Calendar
    assortment: Assortment

    def draw(self, start: int, stop: int) -> Orders:
        """The orders numbered from `start` to before `stop`."""
        number = np.arange(start, stop)
        day = self._days(start, stop)
        bits = words(self.seed, Stream.SALES_ORDER, number)
        choices = self.assortment.warehouse_choices
        warehouse = choices[below(field(bits, 0, 32), len(choices))]
        promised = day + self._promise(number, day)
        order, series, quantity = self._lines(number, day, warehouse, _LINES[field(bits, 32, 8)])
        return Orders(
            first=start,
            day=day,
            warehouse=warehouse,
            promised=promised,
            status=self._status(number, day, promised),
            lines=np.bincount(order, minlength=stop - start).astype(np.int32),
            order=order,
            series=series,
            quantity=quantity,
        )

    def _days(self, start: int, stop: int) -> Small:
        before = self.calendar.orders_before
        low = int(np.searchsorted(before, start, side="right")) - 1
        high = int(np.searchsorted(before, stop, side="left"))
        ends: Ints = np.clip(before[low : high + 1], start, stop)
        counts: Ints = np.diff(ends)
        return np.repeat(np.arange(low, high, dtype=np.int32), counts)

    def _promise(self, number: Ints, day: Small) -> Small:
        """Days to the promised delivery.

        They rotate with the day and the order's place in it, so that three orders a day are enough for three to fall
        due on any day: 3 × place ≡ 2 × age + constant (mod 7) has one solution among seven ages for each place.
        """
        place = number - self.calendar.orders_before[day]
        turn = 3 * place + 2 * (place // _PROMISES) + day
        return (_FIRST_PROMISE + turn % _PROMISES).astype(np.int32)

    def _status(self, number: Ints, day: Small, promised: Small) -> npt.NDArray[np.int8]:
        """Status by dates: the more of its promised days an open order has waited, the likelier it is Shipped."""
        as_of = self.calendar.last
        age = as_of - day
        overdue = promised < as_of
        start = words(self.seed, Stream.PROGRESS, np.zeros(1, dtype=np.int64))
        # Evenly, so that three orders a day are enough for one in processing.
        chance = (evenly(number, start) >> np.uint64(24)).astype(np.int64)
        on_its_way = chance * (promised - day) < 256 * (age - _PENDING_DAYS)
        status = np.where(overdue, DELIVERED, np.where(on_its_way, SHIPPED, PROCESSING)).astype(np.int8)
        late = overdue & (promised >= as_of - LATE_DAYS)
        status[late & one_in(self.seed, Stream.LATE, number, LATE_ONE_IN)] = SHIPPED
        status[age <= _PENDING_DAYS] = PENDING
        status[one_in(self.seed, Stream.CANCELLED, number, CANCELLED_ONE_IN)] = CANCELLED
        return status

    def _lines(
        self, number: Ints, day: Small, warehouse: Small, count: npt.NDArray[np.int8]
    ) -> tuple[Small, Small, Small]:
        """Order, series and quantity of each line; a product drawn twice in an order is taken once."""
        goods = self.assortment
        order = np.repeat(np.arange(len(number), dtype=np.int32), count)
        ends = np.cumsum(count, dtype=np.int64)
        counter = (number * _COUNTER_STEP - ends + count)[order] + np.arange(len(order))
        bits = words(self.seed, Stream.SALES_LINE, counter)
        table = (self.calendar.month[day] * goods.warehouses + warehouse) * GROUP_CHOICES
        group = goods.group_choices[table[order] + field(bits, 0, 10).astype(np.int32)]
        cell = (warehouse * len(GROUPS))[order] + group
        start = goods.pick_start[cell]
        series = goods.picks[start + below(field(bits, 10, 32), goods.pick_start[cell + 1] - start)]
        quantity = QUANTITIES[goods.kind[series] * np.int32(COUNT) + field(bits, 54, 10).astype(np.int32)]
        again = _repeated(order.astype(np.int64) * goods.count + series)
        if again.any():
            order, series, quantity = order[~again], series[~again], quantity[~again]
        return order, series, quantity


def _repeated(keys: Ints) -> Mask:
    """Marks a key that is equal to one of the few before it: the lines of an order are neighbours."""
    again = np.zeros(len(keys), dtype=np.bool_)
    for back in range(1, MOST_LINES):
        again[back:] |= keys[back:] == keys[:-back]
    return again
