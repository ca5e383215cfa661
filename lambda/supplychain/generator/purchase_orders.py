"""Purchase orders as they are raised, and what comes of them: how long they take, and how much arrives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplychain.generator import names
from supplychain.generator.calendar import Calendar
from supplychain.generator.draws import Ints, Small, Stream, below, evenly, field, one_in, words
from supplychain.generator.quantiles import COUNT, lognormal
from supplychain.generator.replenishment import Selection
from supplychain.generator.stock_policy import Levels

NOT_YET = np.iinfo(np.int32).max
"""Day of receipt of what has not come by as_of."""

# Actual over planned lead time in 1/1024: a median for each supplier, which sets how often it is on time (between
# about 78 and 94 %), and the same spread for all.
_DELAYS = np.stack([
    lognormal(str(median), "0.24") for median in (775, 805, 850, 765, 820, 870, 785, 835)
])  # fmt: skip

_SHORT_ONE_IN = 14
_SHORT_LEAST_PERCENT = 75
_OVER_CHANCE = 41
"""Lines in 1024 of which up to 5 % more are received than were ordered."""

_OVER_MOST_PERCENT = 5

_EAGERNESS_PERCENT = 17
"""A week buys up to this much less than what would fill up to the maximum."""

_FORTNIGHT = 14
"""In each fortnight of expected dates one order is late beyond its end: no as_of lacks one that is overdue."""


@dataclass(frozen=True)
class Receipts:
    """What arrives on one day."""

    day: int
    series: Ints
    ordered: Ints
    received: Ints


def joined(parts: Sequence[Receipts]) -> Receipts:
    """Several receipts of one day as one."""
    return Receipts(
        day=parts[0].day,
        series=np.concatenate([part.series for part in parts]),
        ordered=np.concatenate([part.ordered for part in parts]),
        received=np.concatenate([part.received for part in parts]),
    )


@dataclass(frozen=True)
class Purchases:
    """All purchase orders by number, and their lines; days count from the first day of the history."""

    day: Small
    owner: Small
    """Warehouse × 8 + supplier."""
    expected: Small
    actual: Small
    """Day of receipt, or NOT_YET."""
    first_line: Ints
    """First line of each order; the last item is the number of lines."""
    series: Small
    ordered: Small
    received: Small

    @property
    def count(self) -> int:
        """Number of purchase orders."""
        return len(self.day)


class PurchaseRaiser:
    """Raises orders and collects them."""

    def __init__(self, seed: int, calendar: Calendar, levels: Levels) -> None:
        self._seed = seed
        self._calendar = calendar
        self._last = calendar.last
        weeks = np.arange(calendar.week(calendar.last) + 1)
        start = words(seed, Stream.BUDGET, np.zeros(1, dtype=np.uint64))
        self._eagerness = 100 - below(evenly(weeks, start), _EAGERNESS_PERCENT + 1)
        self._levels = levels
        self._orders = 0
        self._lines = 0
        self._raised: list[_Raised] = []
        self._late_in = np.zeros(calendar.days // _FORTNIGHT + 3, dtype=np.bool_)

    def raise_orders(self, day: int, selection: Selection, owner: Ints, position: Ints) -> tuple[Ints, list[Receipts]]:
        """The units ordered on each line of a day's orders, and what will arrive by the end of the history.

        Parameters
        ----------
        day
            When the orders are raised.
        selection
            Their lines.
        owner
            Warehouse × 8 + supplier of each order.
        position
            Stock position of the series of each line.
        """
        series, order = selection.series, selection.order
        first = np.flatnonzero(np.diff(order, prepend=-1))
        planned = np.maximum.reduceat(self._levels.points.lead[series], first).astype(np.int64)
        expected = day + planned
        actual = self._actual(day, planned, owner % len(names.SUPPLIERS))
        ordered = self._ordered(day, series, position)
        received = self._received(series, ordered, actual[order])
        self._raised.append(
            _Raised(
                day=_small(np.full(len(first), day)),
                owner=_small(owner),
                expected=_small(expected),
                actual=_small(actual),
                lines=_small(np.diff(first, append=len(order))),
                series=_small(series),
                ordered=_small(ordered),
                received=_small(received),
            )
        )
        self._orders += len(first)
        self._lines += len(series)
        return ordered, _by_day(actual[order], series, ordered, received)

    def purchases(self) -> Purchases:
        """All that has been raised."""
        lines = self._column("lines")
        return Purchases(
            day=self._column("day"),
            owner=self._column("owner"),
            expected=self._column("expected"),
            actual=self._column("actual"),
            first_line=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lines, dtype=np.int64)]),
            series=self._column("series"),
            ordered=self._column("ordered"),
            received=self._column("received"),
        )

    def _column(self, name: str) -> Small:
        return np.concatenate([np.zeros(0, dtype=np.int32), *(getattr(part, name) for part in self._raised)])

    def _actual(self, day: int, planned: Ints, supplier: Ints) -> Ints:
        """Day of receipt: the planned lead time, stretched or shortened by the supplier's habit and by chance."""
        number = np.arange(self._orders, self._orders + len(planned))
        bits = words(self._seed, Stream.PURCHASE_ORDER, number)
        took = (planned * _DELAYS[supplier, field(bits, 0, 10)] + COUNT // 2) // COUNT
        actual = day + np.maximum(took, 1)
        fortnight = (self._last - 1 - (day + planned)) // _FORTNIGHT
        earliest, where = np.unique(fortnight, return_index=True)
        for number_of_it, order in zip(earliest.tolist(), where.tolist(), strict=True):
            if number_of_it >= 0 and not self._late_in[number_of_it]:
                self._late_in[number_of_it] = True
                end = self._last - _FORTNIGHT * number_of_it
                actual[order] = end + 1 + int(below(field(bits[order : order + 1], 10, 32), 3)[0])
        return np.where(actual > self._last, NOT_YET, actual)

    def _ordered(self, day: int, series: Ints, position: Ints) -> Ints:
        """Units that fill the position up towards the maximum, in whole packs; one unit where nothing is missing.

        Some weeks buy more than others, as budgets and offers go: one cause of the bullwhip effect.
        """
        levels = self._levels
        missing = levels.points.maximum[series] - position
        packs = np.maximum(missing * int(self._eagerness[self._calendar.week(day)]) // 100 // levels.pack[series], 1)
        units: Ints = np.minimum(packs * levels.pack[series], levels.order_most[series])
        # Where a week must have more orders than there is need for, a series may be on several: one fills it up.
        needed = np.zeros(len(series), dtype=np.bool_)
        needed[np.unique(series, return_index=True)[1]] = True
        return np.where(needed & (missing > 0), units, 1)

    def _received(self, series: Ints, ordered: Ints, actual: Ints) -> Ints:
        """Units received: nothing while the series is short at its supplier, nothing before it has come."""
        line = np.arange(self._lines, self._lines + len(series))
        bits = words(self._seed, Stream.PURCHASE_LINE, line)
        over = np.where(field(bits, 0, 10) < _OVER_CHANCE, 1 + below(field(bits, 0, 32), _OVER_MOST_PERCENT), 0)
        under = _SHORT_LEAST_PERCENT + below(field(bits, 0, 32), 100 - _SHORT_LEAST_PERCENT)
        short = one_in(self._seed, Stream.SHORT_RECEIPT, line, _SHORT_ONE_IN)
        come = ordered * np.where(short, under, 100 + over) // 100
        nothing = (actual == NOT_YET) | self._levels.spell.day_of(series, actual)[1]
        return np.where(nothing, 0, come)


@dataclass(frozen=True)
class _Raised:
    """The orders of one day, as Purchases has them all."""

    day: Small
    owner: Small
    expected: Small
    actual: Small
    lines: Small
    series: Small
    ordered: Small
    received: Small


def _small(numbers: Ints) -> Small:
    return numbers.astype(np.int32)


def _by_day(day: Ints, series: Ints, ordered: Ints, received: Ints) -> list[Receipts]:
    """The lines that arrive within the history, by day."""
    by_day = np.argsort(day, kind="stable")
    by_day = by_day[: np.searchsorted(day[by_day], NOT_YET)]
    if not len(by_day):
        return []
    days, starts = np.unique(day[by_day], return_index=True)
    return [
        Receipts(day=when, series=series[lines], ordered=ordered[lines], received=received[lines])
        for when, lines in zip(days.tolist(), np.split(by_day, starts[1:]), strict=True)
    ]
