"""Purchase orders as they are raised, and what comes of them: how long they take, and how much arrives."""

from dataclasses import dataclass

import numpy as np

from supplychain.generator import names
from supplychain.generator.calendar import Calendar
from supplychain.generator.draws import Ints, Small, Stream, below, field, words
from supplychain.generator.levels import Levels
from supplychain.generator.quantiles import COUNT, lognormal
from supplychain.generator.replenishment import Selection

NOT_YET = np.iinfo(np.int32).max
"""Day of receipt of what has not come by as_of."""

# Actual over planned lead time in 1/1024: a median for each supplier, which sets how often it is on time (between
# about 74 and 95 %), and the same spread for all.
_DELAYS = np.stack([
    lognormal(str(median), "0.24") for median in (800, 850, 905, 780, 870, 925, 820, 890)
])  # fmt: skip

_RECEIVED_PERCENT = np.concatenate([
    np.full(922, 100), 80 + np.arange(62) * 20 // 62, 101 + np.arange(40) * 5 // 40
])  # fmt: skip
"""Units received of a hundred ordered, by ten bits: 90 % of the lines in full, the rest short or a little over."""

_FORTNIGHT = 14
"""In each fortnight of expected dates one order is late beyond its end: no as_of lacks one that is overdue."""


@dataclass(frozen=True)
class Receipts:
    """What arrives on one day."""

    day: int
    series: Ints
    ordered: Ints
    received: Ints


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
        self._last = calendar.last
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
        planned = np.maximum.reduceat(self._levels.lead[series], first).astype(np.int64)
        expected = day + planned
        actual = self._actual(day, planned, owner % len(names.SUPPLIERS))
        ordered = self._ordered(series, position)
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

    def _ordered(self, series: Ints, position: Ints) -> Ints:
        """Units that fill the position up to the maximum, in whole packs, at least one."""
        levels = self._levels
        missing = np.maximum(levels.maximum[series] - position, 1)
        packs = -(-missing // levels.pack[series])
        units: Ints = np.minimum(packs * levels.pack[series], levels.order_most[series])
        return units

    def _received(self, series: Ints, ordered: Ints, actual: Ints) -> Ints:
        """Units received: nothing while the series is short at its supplier, nothing before it has come."""
        bits = words(self._seed, Stream.PURCHASE_LINE, np.arange(self._lines, self._lines + len(series)))
        full = ordered * _RECEIVED_PERCENT[field(bits, 0, 10).astype(np.int64)] // 100
        short = self._levels.spell.day_of(series, actual)[1]
        return np.where((actual == NOT_YET) | short, 0, full)


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
