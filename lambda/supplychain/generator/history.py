"""Demand by day and warehouse product, a chunk of orders at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from supplychain.generator.calendar import Calendar
from supplychain.generator.demand import Demand, Orders
from supplychain.generator.draws import Ints, Small
from supplychain.generator.stock_policy import DemandTotals

CHUNK_ORDERS = 65_536
"""Most orders in a chunk: what bounds the memory of a process. No byte of the data depends on it."""

_KEPT_CELLS = 3_000_000
"""Most demands, of a day and series each, that are kept for the ledger; beyond, they are drawn once more."""


@dataclass(frozen=True)
class Chunk:
    """Consecutive orders, numbered from `start` to before `stop`: whole days, or a part of one long day."""

    start: int
    stop: int


@dataclass(frozen=True)
class ChunkDemand:
    """Units by day and series that are not zero, in that order."""

    key: Ints
    """Day × number of series + series."""
    ordered: Small
    shippable: Small
    """Units of orders whose status lets them ship."""
    lines: int
    """Sales lines in the chunk."""


def make_chunks(calendar: Calendar) -> tuple[Chunk, ...]:
    """The chunks that the orders are cut into."""
    chunks: list[Chunk] = []
    before = calendar.orders_before.tolist()
    start = 0
    for day in range(calendar.days):
        low, high = before[day], before[day + 1]
        if high - start <= CHUNK_ORDERS:
            continue
        if low > start:
            chunks.append(Chunk(start, low))
        parts = -(-(high - low) // CHUNK_ORDERS)
        cuts = [low + (high - low) * part // parts for part in range(parts)]
        chunks += [Chunk(*ends) for ends in pairwise(cuts)]
        start = cuts[-1]
    return (*chunks, Chunk(start, calendar.orders))


Drawing = Callable[[Demand, Sequence[Chunk]], Iterator[ChunkDemand]]
"""Draws the demand of some chunks, in their order."""


def draw_here(demand: Demand, chunks: Sequence[Chunk]) -> Iterator[ChunkDemand]:
    """Draw the demand of chunks one after the other."""
    return (draw_chunk(demand, chunk) for chunk in chunks)


def draw_chunk(demand: Demand, chunk: Chunk) -> ChunkDemand:
    """Draw the demand of a chunk."""
    return sum_demand(demand.draw(chunk.start, chunk.stop), demand.assortment.count)


class History:
    """The demand of all chunks, as often as it is asked for."""

    def __init__(self, demand: Demand, chunks: tuple[Chunk, ...], drawing: Drawing = draw_here) -> None:
        self._demand = demand
        self._chunks = chunks
        self._drawing = drawing
        self._kept: list[ChunkDemand] | None = []

    def __iter__(self) -> Iterator[ChunkDemand]:
        if self._kept and len(self._kept) == len(self._chunks):
            yield from self._kept
            return
        for summed in self._drawing(self._demand, self._chunks):
            self._keep(summed)
            yield summed

    def _keep(self, summed: ChunkDemand) -> None:
        if self._kept is None:
            return
        self._kept.append(summed)
        if sum(len(one.key) for one in self._kept) > _KEPT_CELLS:
            self._kept = None


def sum_demand(orders: Orders, series: int) -> ChunkDemand:
    """The units of some orders by day and series."""
    first = int(orders.day[0])
    key = (orders.day[orders.order] - first) * np.int64(series) + orders.series
    shippable = orders.quantity * orders.ships[orders.order]
    cells = (int(orders.day[-1]) - first + 1) * series
    if cells <= 4 * len(key):
        # Sums of whole numbers in floating point are exact up to 2^53, in any order.
        ordered = np.bincount(key, weights=orders.quantity, minlength=cells)
        found = np.flatnonzero(ordered)
        shipped = np.bincount(key, weights=shippable, minlength=cells)[found]
        ordered = ordered[found]
    else:
        by_key = np.argsort(key, kind="stable")
        found = key[by_key]
        starts = np.flatnonzero(np.diff(found, prepend=-1))
        ordered = np.add.reduceat(orders.quantity[by_key], starts, dtype=np.int64)
        shipped = np.add.reduceat(shippable[by_key], starts, dtype=np.int64)
        found = found[starts]
    return ChunkDemand(
        key=found + first * series,
        ordered=ordered.astype(np.int32),
        shippable=shipped.astype(np.int32),
        lines=len(key),
    )


def add_up(history: History, series: int) -> tuple[DemandTotals, list[int]]:
    """Demand over the whole history by series, and the number of lines in each chunk."""
    units = np.zeros(series, dtype=np.int64)
    squares = np.zeros(series, dtype=np.int64)
    lines = []
    # A day that is cut goes on in the next chunk: (a + b)² = a² + b² + 2ab.
    open_day, so_far = -1, np.zeros(0, dtype=np.int64)
    for chunk in history:
        lines.append(chunk.lines)
        day, index = np.divmod(chunk.key, series)
        ordered = chunk.ordered.astype(np.int64)
        np.add.at(units, index, ordered)
        np.add.at(squares, index, ordered * ordered)
        first, last = int(day[0]), int(day[-1])
        if first == open_day:
            same = day == first
            np.add.at(squares, index[same], 2 * ordered[same] * so_far[index[same]])
        if first == last:
            if first != open_day:
                so_far = np.zeros(series, dtype=np.int64)
            np.add.at(so_far, index, ordered)
            open_day = first
        else:
            open_day = -1
    return DemandTotals(units=units, squares=squares), lines
