"""Which warehouse products are purchased on a day, and how they are combined into purchase orders.

A continuous-review (s, S) policy with joint replenishment: a series is due when its stock position (on hand plus on
order) is at or below its reorder point; the due series of a warehouse and supplier share orders of 2 to 8 lines.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import Int64Array
from supplychain.generator.filler_orders import FillerOrders
from supplychain.generator.order_quota import DailyQuota
from supplychain.generator.stock_policy import StockPolicy
from supplychain.generator.supplier_groups import SupplierGroups

MAX_LINES = 8
MIN_LINES = 2
_USUAL_LINES = 3
"""Lines of an order while the quota allows more orders: with few lines, their lead times are similar."""

_NOT_DUE = -1
_DEFERRED = np.iinfo(np.int32).max
"""Special values of the day since which a series is due: not due, or deferred by a supply outage."""

_MAX_WAIT_DAYS = 3
"""A series that is due waits this long for a second one of its group."""

_WAIT_DAYS_PER_LINE = 4
"""Priority of a group: one more due line counts as much as so many days of waiting."""

_READY_PRIORITY = 1_000_000
"""Groups that are ready come before all others."""

_CANDIDATES_PER_ORDER = 64
"""Due series considered for each order of the day's quota: limits a day's work if far more are due."""


@dataclass(frozen=True)
class OrderLines:
    """The lines of a day's purchase orders, grouped by order."""

    series: Int64Array
    order: Int64Array
    """Order of each line, ascending from 0."""
    warehouse_supplier: Int64Array
    """Warehouse × SUPPLIER_COUNT + supplier of each order."""

    @property
    def order_count(self) -> int:
        """Number of orders."""
        return len(self.warehouse_supplier)


class Replenishment:
    """The queue of due series, and their combination into orders."""

    def __init__(self, seed: int, groups: SupplierGroups, policy: StockPolicy) -> None:
        self._groups = groups
        self._levels = policy.levels
        self._has_demand = policy.has_demand
        self._outages = policy.outages
        self._filler_orders = FillerOrders(seed, groups, policy.levels)
        self._due_since = np.full(len(groups.rank), _NOT_DUE, dtype=np.int32)
        self._queue = np.zeros(0, dtype=np.int64)
        self._deferred: defaultdict[int, list[Int64Array]] = defaultdict(list)
        """Series in a supply outage, by the day on which it ends."""

    def enqueue_due(self, series: Int64Array, position: Int64Array, day: int) -> None:
        """Queue those of `series` that have become due, given the stock position of all series."""
        due = (position[series] <= self._levels.reorder_point[series]) & (self._due_since[series] == _NOT_DUE)
        found = series[due & self._has_demand[series]]
        if len(found):
            self._due_since[found] = day
            self._queue = np.concatenate([self._queue, self._defer_outages(found, day)])

    def choose(self, position: Int64Array, day: int, quota: DailyQuota) -> OrderLines:
        """Take the lines of a day's orders from the queue, within the quota; filler orders if too few are due."""
        self._enqueue_deferred(position, day)
        candidates = self._queue[: _CANDIDATES_PER_ORDER * quota.maximum]
        due = self._defer_outages(candidates, day)
        if len(due) < len(candidates):
            self._queue = np.concatenate([due, self._queue[len(candidates) :]])
        ranks, order = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        if len(due):
            ranks, order = self._combine(due, day, quota)
        count = int(order[-1]) + 1 if len(order) else 0
        if count < quota.minimum:
            extra_ranks, extra_order = self._filler_orders.choose(position, day, quota.minimum - count)
            ranks, order = np.concatenate([ranks, extra_ranks]), np.concatenate([order, extra_order + count])
        series = self._groups.series[ranks]
        self._due_since[series] = _NOT_DUE
        self._queue = self._queue[self._due_since[self._queue] != _NOT_DUE]
        first_line = np.flatnonzero(np.diff(order, prepend=-1))
        group = self._groups.group_of(ranks[first_line])
        return OrderLines(series=series, order=order, warehouse_supplier=self._groups.warehouse_supplier[group])

    def _defer_outages(self, series: Int64Array, day: int) -> Int64Array:
        """Defer those of `series` in a supply outage until it ends; return the others."""
        elapsed, ongoing = self._outages.status(series, day)
        if not ongoing.any():
            return series
        self._due_since[series[ongoing]] = _DEFERRED
        deferred, end = series[ongoing], (day + self._outages.length[series] - elapsed)[ongoing]
        by_end = np.argsort(end, kind="stable")
        end_days, starts = np.unique(end[by_end], return_index=True)
        for end_day, ending in zip(end_days.tolist(), np.split(deferred[by_end], starts[1:]), strict=True):
            self._deferred[end_day].append(ending)
        return series[~ongoing]

    def _enqueue_deferred(self, position: Int64Array, day: int) -> None:
        """Reconsider the series whose outage ends today, unless they have been purchased in the meantime."""
        for series in self._deferred.pop(day, ()):
            waiting = series[self._due_since[series] == _DEFERRED]
            self._due_since[waiting] = _NOT_DUE
            self.enqueue_due(waiting, position, day)

    def _combine(self, due_series: Int64Array, day: int, quota: DailyQuota) -> tuple[Int64Array, Int64Array]:
        """Ranks and order numbers of the lines for due series, by group in order of priority.

        A group is ready if it has enough lines for an order, has waited long enough, or consists of one series. Its
        priority depends on the number of lines due and on the longest wait.
        """
        ranks = np.sort(self._groups.rank[due_series])
        first = np.flatnonzero(np.diff(self._groups.group_of(ranks), prepend=-1))
        group = self._groups.group_of(ranks[first])
        due = np.diff(first, append=len(ranks))
        waited = day - np.minimum.reduceat(self._due_since[self._groups.series[ranks]], first)
        ready = (due >= MIN_LINES) | (waited >= _MAX_WAIT_DAYS) | (self._groups.size[group] == 1)
        orders = -(-due // _USUAL_LINES)
        if orders[ready].sum() > quota.maximum:
            orders = -(-due // MAX_LINES)
        by_priority = np.argsort(-(_WAIT_DAYS_PER_LINE * due + waited + _READY_PRIORITY * ready), kind="stable")
        allowed = min(quota.maximum, max(int(orders[ready].sum()), quota.minimum))
        placed = _allot(orders, by_priority, allowed)
        lines = np.where(placed == orders, due, placed * MAX_LINES)
        # If only a part of a group is ordered, its series with short and with long lead times alternate.
        start = first + (due - lines) * (day % 2)
        return self._pad_single_lines(*_spread(ranks, start, lines, placed))

    def _pad_single_lines(self, ranks: Int64Array, order: Int64Array) -> tuple[Int64Array, Int64Array]:
        """Add the neighbouring series to each order of one line, if its group has another one."""
        size = np.bincount(order)[order] if len(order) else order
        group = self._groups.group_of(ranks)
        single = np.flatnonzero((size == 1) & (self._groups.size[group] > 1))
        if not len(single):
            return ranks, order
        end = self._groups.start[group[single]] + self._groups.size[group[single]]
        neighbour = np.where(ranks[single] + 1 < end, ranks[single] + 1, ranks[single] - 1)
        return np.insert(ranks, single + 1, neighbour), np.insert(order, single + 1, order[single])


def _allot(orders: Int64Array, by_priority: Int64Array, allowed: int) -> Int64Array:
    """How many of each group's `orders` are placed, if at most `allowed` are in total."""
    cumulative = np.cumsum(orders[by_priority])
    before = cumulative - orders[by_priority]
    placed = np.empty_like(orders)
    placed[by_priority] = np.clip(allowed - before, 0, orders[by_priority])
    return placed


def _spread(
    ranks: Int64Array, start: Int64Array, lines: Int64Array, orders: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """Spread `lines` of each group, from index `start` of `ranks`, over its `orders`: ranks and order numbers."""
    group = np.repeat(np.arange(len(lines)), lines)
    place = np.arange(len(group)) - np.repeat(np.cumsum(lines) - lines, lines)
    first_order = np.cumsum(orders) - orders
    order = first_order[group] + place * orders[group] // lines[group]
    return ranks[start[group] + place], order
