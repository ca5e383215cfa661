"""What to buy on a day: which warehouse products become the lines of which purchase orders.

A continuous-review policy (s, S) with joint orders: a series is due when its stock position (on hand and on order) is
at or below its reorder point; the due series of a warehouse and supplier go together, 2 to 8 to an order.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from supplychain.generator import names
from supplychain.generator.assortment import Assortment
from supplychain.generator.draws import Ints, Stream, below, field, words
from supplychain.generator.order_quota import Quota
from supplychain.generator.products import Products
from supplychain.generator.stock_policy import Levels

MOST_LINES = 8
LEAST_LINES = 2
_USUAL_LINES = 3
"""Lines of an order where the quota has room for more orders: the fewer, the more their leads are alike."""

_NOT_DUE = -1
_PUT_OFF = np.iinfo(np.int32).max
"""What stands for the day since when a series is due, where it is not, or cannot be had."""

_PATIENCE_DAYS = 3
"""A due series waits this long for another one of its supplier."""

_URGENCY_DAYS = 4
"""A due line more makes a group as urgent as so many days of waiting."""

_QUEUE_EACH = 64
"""Due series looked at for each order of the day's quota: bounds a day's work where much more is due."""

_WINDOW = 16
_MANY = 4_096
"""Orders filled in without need look for the lowest of 16 series each; of 4 where there are more orders than this."""


@dataclass(frozen=True)
class Selection:
    """Lines to raise: `series` and, for each, the number of its order, ascending from 0."""

    series: Ints
    order: Ints

    @property
    def orders(self) -> int:
        """How many orders."""
        return int(self.order[-1]) + 1 if len(self.order) else 0


class Replenishment:
    """The queue of due series, and how they are grouped into orders."""

    def __init__(self, seed: int, products: Products, assortment: Assortment, levels: Levels) -> None:
        self._seed = seed
        self._points = levels.points
        self._wanted = levels.wanted
        self._spell = levels.spell
        suppliers = len(names.SUPPLIERS)
        group = assortment.warehouse() * np.int64(suppliers) + products.supplier[assortment.product]
        # By lead time within a group, so that the lines of an order have leads much alike.
        self._by_rank = np.argsort(group * 32 + levels.points.lead, kind="stable")
        self._rank = np.empty_like(self._by_rank)
        self._rank[self._by_rank] = np.arange(len(self._by_rank))
        ranked = group[self._by_rank]
        self._starts = np.flatnonzero(np.diff(ranked, prepend=-1))
        self._sizes = np.diff(self._starts, append=len(ranked))
        self.owner = ranked[self._starts]
        """Warehouse × 8 + supplier of each group."""
        self._due_since = np.full(len(ranked), _NOT_DUE, dtype=np.int32)
        self._queue = np.zeros(0, dtype=np.int64)
        self._put_off: defaultdict[int, list[Ints]] = defaultdict(list)
        self._turn = 0

    def note(self, series: Ints, position: Ints, day: int) -> None:
        """Queues those of `series` that are due now."""
        due = (position[series] <= self._points.reorder[series]) & (self._due_since[series] == _NOT_DUE)
        found = series[due & self._wanted[series]]
        if len(found):
            self._due_since[found] = day
            self._queue = np.concatenate([self._queue, self._to_be_had(found, day)])

    def owner_of(self, selection: Selection) -> Ints:
        """Warehouse × 8 + supplier of each order of a selection."""
        first = np.flatnonzero(np.diff(selection.order, prepend=-1))
        return self.owner[self._group(self._rank[selection.series[first]])]

    def choose(self, position: Ints, day: int, quota: Quota) -> Selection:
        """The lines of a day's orders, taken off the queue; as many orders as the quota allows."""
        self._resume(position, day)
        head = self._queue[: _QUEUE_EACH * quota.most]
        due = self._to_be_had(head, day)
        if len(due) < len(head):
            self._queue = np.concatenate([due, self._queue[len(head) :]])
        ranks, order = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        if len(due):
            ranks, order = self._due_orders(due, day, quota)
        count = int(order[-1]) + 1 if len(order) else 0
        if count < quota.least:
            extra_ranks, extra_order = self._unneeded(position, day, quota.least - count)
            ranks, order = np.concatenate([ranks, extra_ranks]), np.concatenate([order, extra_order + count])
        series = self._by_rank[ranks]
        self._due_since[series] = _NOT_DUE
        self._queue = self._queue[self._due_since[self._queue] != _NOT_DUE]
        return Selection(series=series, order=order)

    def _group(self, rank: Ints) -> Ints:
        return np.searchsorted(self._starts, rank, side="right") - 1

    def _to_be_had(self, series: Ints, day: int) -> Ints:
        """Those of `series` that are not short at their supplier; the others are put off until they are not."""
        passed, short = self._spell.day_of(series, day)
        if not short.any():
            return series
        self._due_since[series[short]] = _PUT_OFF
        put_off, again = series[short], (day + self._spell.length[series] - passed)[short]
        by_day = np.argsort(again, kind="stable")
        days, starts = np.unique(again[by_day], return_index=True)
        for when, some in zip(days.tolist(), np.split(put_off[by_day], starts[1:]), strict=True):
            self._put_off[when].append(some)
        return series[~short]

    def _resume(self, position: Ints, day: int) -> None:
        """Looks again at what was put off until today and has not been bought in the meantime."""
        for series in self._put_off.pop(day, ()):
            waiting = series[self._due_since[series] == _PUT_OFF]
            self._due_since[waiting] = _NOT_DUE
            self.note(waiting, position, day)

    def _due_orders(self, due_series: Ints, day: int, quota: Quota) -> tuple[Ints, Ints]:
        """Ranks and order numbers of due series: groups with the most due, and the longest, come first."""
        ranks = np.sort(self._rank[due_series])
        first = np.flatnonzero(np.diff(self._group(ranks), prepend=-1))
        group = self._group(ranks[first])
        due = np.diff(first, append=len(ranks))
        waited = day - np.minimum.reduceat(self._due_since[self._by_rank[ranks]], first)
        ready = (due >= LEAST_LINES) | (waited >= _PATIENCE_DAYS) | (self._sizes[group] == 1)
        orders = -(-due // _USUAL_LINES)
        if orders[ready].sum() > quota.most:
            orders = -(-due // MOST_LINES)
        urgent = np.argsort(-(_URGENCY_DAYS * due + waited + 1_000_000 * ready), kind="stable")
        upto = np.cumsum(orders[urgent])
        allowed = min(quota.most, max(int(orders[ready].sum()), quota.least))
        taken = np.empty_like(orders)
        taken[urgent] = np.clip(allowed - (upto - orders[urgent]), 0, orders[urgent])
        lines = np.where(taken == orders, due, taken * MOST_LINES)
        # Where not all of a group can go, its short and its long leads take turns.
        start = first + (due - lines) * (day % 2)
        return self._lay_out(ranks, start, lines, taken)

    def _lay_out(self, ranks: Ints, start: Ints, lines: Ints, orders: Ints) -> tuple[Ints, Ints]:
        """Spreads `lines` of each group, from `start` on in `ranks`, evenly over its `orders`."""
        owner = np.repeat(np.arange(len(lines)), lines)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(lines) - lines, lines)
        before = np.cumsum(orders) - orders
        order = before[owner] + place * orders[owner] // lines[owner]
        return self._join_single(ranks[start[owner] + place], order)

    def _join_single(self, ranks: Ints, order: Ints) -> tuple[Ints, Ints]:
        """Gives an order of one line the neighbour of its series, where its group has one."""
        size = np.bincount(order)[order] if len(order) else order
        group = self._group(ranks)
        single = np.flatnonzero((size == 1) & (self._sizes[group] > 1))
        if not len(single):
            return ranks, order
        end = self._starts[group[single]] + self._sizes[group[single]]
        neighbour = np.where(ranks[single] + 1 < end, ranks[single] + 1, ranks[single] - 1)
        return np.insert(ranks, single + 1, neighbour), np.insert(order, single + 1, order[single])

    def _unneeded(self, position: Ints, day: int, count: int) -> tuple[Ints, Ints]:
        """Orders that nothing due asks for, of the lowest series in some stretch of each group in turn."""
        number = np.arange(count)
        group = (self._turn + number) % len(self._starts)
        self._turn = int((self._turn + count) % len(self._starts))
        bits = words(self._seed, Stream.FILLER, number + np.int64(day) * (1 << 32))
        size = self._sizes[group]
        width = _WINDOW if count <= _MANY else LEAST_LINES + 2
        shift = below(field(bits, 0, 32), size)
        column = np.arange(width)
        ranks = self._starts[group][:, None] + (shift[:, None] + column) % size[:, None]
        series = self._by_rank[ranks]
        reorder = self._points.reorder[series]
        cover = (position[series] - reorder) * 1024 // (self._points.maximum[series] - reorder)
        cover[column >= size[:, None]] = np.iinfo(np.int64).max
        lowest = np.argsort(cover, axis=1, kind="stable")
        lines = np.minimum(LEAST_LINES + below(field(bits, 32, 32), 3), size)
        chosen = np.take_along_axis(ranks, lowest, axis=1)
        kept = column < lines[:, None]
        return chosen[kept], np.repeat(number, lines)
