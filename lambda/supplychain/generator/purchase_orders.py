"""Purchase orders as they are placed: quantities ordered, days of receipt, quantities received."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import Int32Array, Int64Array
from supplychain.generator.calendar import Calendar
from supplychain.generator.counter_rng import Stream, below, bit_field, low_discrepancy, one_in_every, random_bits
from supplychain.generator.quantiles import QUANTILE_COUNT, lognormal
from supplychain.generator.replenishment import OrderLines
from supplychain.generator.stock_policy import StockPolicy
from supplychain.generator.supplier_groups import SUPPLIER_COUNT

NOT_ARRIVED = np.iinfo(np.int32).max
"""Day of receipt of an order that has not arrived by as_of."""

# Actual over planned lead time in 1/1024, shape (suppliers, 1024): each supplier's median determines how often it is on
# time (between about 78 and 94 %); the variation is the same for all.
_LEAD_TIME_RATIOS = np.stack([
    lognormal(str(median), "0.24") for median in (775, 805, 850, 765, 820, 870, 785, 835)
])  # fmt: skip

_SHORT_ONE_IN = 14
_SHORT_MIN_PERCENT = 75
"""A short receipt has at least this much of the quantity ordered."""

_OVER_CHANCE = 41
"""Of 1024 lines, how many are over-delivered."""

_OVER_MAX_PERCENT = 5

_MAX_BUDGET_CUT_PERCENT = 17
"""A week's purchases are up to this much less than what would fill stock up to the maximum."""

_OVERDUE_PERIOD_DAYS = 14
"""One order expected in each such period arrives after its end, so that some order is overdue on any as_of."""


@dataclass(frozen=True)
class Receipts:
    """What arrives on one day, line by line."""

    day: int
    series: Int64Array
    ordered: Int64Array
    received: Int64Array


def concat_receipts(parts: Sequence[Receipts]) -> Receipts:
    """The receipts of one day, from several orders' days."""
    return Receipts(
        day=parts[0].day,
        series=np.concatenate([part.series for part in parts]),
        ordered=np.concatenate([part.ordered for part in parts]),
        received=np.concatenate([part.received for part in parts]),
    )


@dataclass(frozen=True)
class PurchaseOrders:
    """All purchase orders in the order of their numbers, and their lines; days count from the first of the history."""

    order_day: Int32Array
    warehouse_supplier: Int32Array
    """Warehouse × SUPPLIER_COUNT + supplier."""
    expected_day: Int32Array
    receipt_day: Int32Array
    """Or NOT_ARRIVED."""
    line_offsets: Int64Array
    """First line of each order, and the number of lines as one item more."""
    series: Int32Array
    """Warehouse product of each line."""
    ordered: Int32Array
    received: Int32Array

    @property
    def count(self) -> int:
        """Number of purchase orders."""
        return len(self.order_day)


class PurchaseOrderBook:
    """Places orders and collects them."""

    def __init__(self, seed: int, calendar: Calendar, policy: StockPolicy) -> None:
        self._seed = seed
        self._calendar = calendar
        self._policy = policy
        weeks = np.arange(calendar.week(calendar.last_day) + 1)
        cut = below(low_discrepancy(seed, Stream.WEEKLY_BUDGET, weeks), _MAX_BUDGET_CUT_PERCENT + 1)
        self._week_budget_percent = 100 - cut
        self._order_count = 0
        self._line_count = 0
        self._placed: list[_DayOrders] = []
        self._has_overdue = np.zeros(calendar.days // _OVERDUE_PERIOD_DAYS + 3, dtype=np.bool_)
        """By period, counted back from as_of."""

    def place(self, day: int, lines: OrderLines, position: Int64Array) -> tuple[Int64Array, list[Receipts]]:
        """Place the orders of a day.

        Parameters
        ----------
        day
            Day of the orders.
        lines
            Their lines.
        position
            Stock position of the series of each line, in units.

        Returns
        -------
        tuple
            Units ordered on each line, and all receipts within the history.
        """
        series, order = lines.series, lines.order
        first_line = np.flatnonzero(np.diff(order, prepend=-1))
        lead_time = np.maximum.reduceat(self._policy.levels.lead_time[series], first_line).astype(np.int64)
        receipt_day = self._receipt_day(day, lead_time, lines.warehouse_supplier % SUPPLIER_COUNT)
        ordered = self._order_quantity(day, series, position)
        received = self._received_quantity(series, ordered, receipt_day[order])
        self._placed.append(
            _DayOrders(
                order_day=_int32(np.full(len(first_line), day)),
                warehouse_supplier=_int32(lines.warehouse_supplier),
                expected_day=_int32(day + lead_time),
                receipt_day=_int32(receipt_day),
                line_count=_int32(np.diff(first_line, append=len(order))),
                series=_int32(series),
                ordered=_int32(ordered),
                received=_int32(received),
            )
        )
        self._order_count += len(first_line)
        self._line_count += len(series)
        return ordered, _receipts_by_day(receipt_day[order], series, ordered, received)

    def purchase_orders(self) -> PurchaseOrders:
        """All orders placed so far."""
        line_count = self._column("line_count")
        return PurchaseOrders(
            order_day=self._column("order_day"),
            warehouse_supplier=self._column("warehouse_supplier"),
            expected_day=self._column("expected_day"),
            receipt_day=self._column("receipt_day"),
            line_offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(line_count, dtype=np.int64)]),
            series=self._column("series"),
            ordered=self._column("ordered"),
            received=self._column("received"),
        )

    def _column(self, name: str) -> Int32Array:
        return np.concatenate([np.zeros(0, dtype=np.int32), *(getattr(part, name) for part in self._placed)])

    def _receipt_day(self, day: int, lead_time: Int64Array, supplier: Int64Array) -> Int64Array:
        """Day of receipt of each order: its planned lead time, times a random ratio of its supplier."""
        number = np.arange(self._order_count, self._order_count + len(lead_time))
        bits = random_bits(self._seed, Stream.PURCHASE_ORDER, number)
        actual = (
            lead_time * _LEAD_TIME_RATIOS[supplier, bit_field(bits, 0, 10)] + QUANTILE_COUNT // 2
        ) // QUANTILE_COUNT
        receipt_day = day + np.maximum(actual, 1)
        last_day = self._calendar.last_day
        period = (last_day - 1 - (day + lead_time)) // _OVERDUE_PERIOD_DAYS
        periods, first_orders = np.unique(period, return_index=True)
        for index, order in zip(periods.tolist(), first_orders.tolist(), strict=True):
            if index >= 0 and not self._has_overdue[index]:
                self._has_overdue[index] = True
                period_end = last_day - _OVERDUE_PERIOD_DAYS * index
                receipt_day[order] = period_end + 1 + int(below(bit_field(bits[order : order + 1], 10, 32), 3)[0])
        return np.where(receipt_day > last_day, NOT_ARRIVED, receipt_day)

    def _order_quantity(self, day: int, series: Int64Array, position: Int64Array) -> Int64Array:
        """Units that raise the stock position towards the maximum, in whole packs; one unit if it is there already.

        The budget differs from week to week, as budgets and offers do: one cause of the bullwhip effect.
        """
        policy = self._policy
        missing = policy.levels.maximum[series] - position
        budget_percent = int(self._week_budget_percent[self._calendar.week(day)])
        packs = np.maximum(missing * budget_percent // 100 // policy.pack_size[series], 1)
        units: Int64Array = np.minimum(packs * policy.pack_size[series], policy.max_order[series])
        # Filler orders may repeat a series on the same day: only its first line is for more than a unit.
        first = np.zeros(len(series), dtype=np.bool_)
        first[np.unique(series, return_index=True)[1]] = True
        return np.where(first & (missing > 0), units, 1)

    def _received_quantity(self, series: Int64Array, ordered: Int64Array, receipt_day: Int64Array) -> Int64Array:
        """Units received on each line: none before the receipt or in a supply outage, else most often as ordered."""
        line = np.arange(self._line_count, self._line_count + len(series))
        bits = random_bits(self._seed, Stream.PURCHASE_LINE, line)
        low_bits = bit_field(bits, 0, 32)
        over = np.where(bit_field(bits, 0, 10) < _OVER_CHANCE, 1 + below(low_bits, _OVER_MAX_PERCENT), 0)
        short_percent = _SHORT_MIN_PERCENT + below(low_bits, 100 - _SHORT_MIN_PERCENT)
        short = one_in_every(self._seed, Stream.SHORT_RECEIPT, line, _SHORT_ONE_IN)
        received = ordered * np.where(short, short_percent, 100 + over) // 100
        nothing = (receipt_day == NOT_ARRIVED) | self._policy.outages.status(series, receipt_day)[1]
        return np.where(nothing, 0, received)


@dataclass(frozen=True)
class _DayOrders:
    """The orders of one day, with the columns of PurchaseOrders."""

    order_day: Int32Array
    warehouse_supplier: Int32Array
    expected_day: Int32Array
    receipt_day: Int32Array
    line_count: Int32Array
    series: Int32Array
    ordered: Int32Array
    received: Int32Array


def _int32(numbers: Int64Array) -> Int32Array:
    return numbers.astype(np.int32)


def _receipts_by_day(
    receipt_day: Int64Array, series: Int64Array, ordered: Int64Array, received: Int64Array
) -> list[Receipts]:
    """The lines that arrive within the history, by day of receipt."""
    by_day = np.argsort(receipt_day, kind="stable")
    by_day = by_day[: np.searchsorted(receipt_day[by_day], NOT_ARRIVED)]
    if not len(by_day):
        return []
    days, starts = np.unique(receipt_day[by_day], return_index=True)
    return [
        Receipts(day=day, series=series[lines], ordered=ordered[lines], received=received[lines])
        for day, lines in zip(days.tolist(), np.split(by_day, starts[1:]), strict=True)
    ]
