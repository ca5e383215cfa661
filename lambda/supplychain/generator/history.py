"""Demand by day and warehouse product over the whole history, one chunk of sales orders at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from supplychain.generator.arrays import Int32Array, Int64Array
from supplychain.generator.calendar import Calendar
from supplychain.generator.demand import Demand, SalesOrders

MAX_CHUNK_ORDERS = 65_536
"""Most orders in a chunk: limits the memory of a process. The data does not depend on it."""

_MAX_CACHED_CELLS = 3_000_000
"""Most cells kept in memory for the second pass; with more, the demand is drawn again."""


@dataclass(frozen=True)
class Chunk:
    """Consecutive orders, numbered from `start` to before `stop`: whole days, or a part of one large day."""

    start: int
    stop: int


@dataclass(frozen=True)
class ChunkDemand:
    """Units of a chunk by cell, a cell being one series on one day; cells without demand are left out."""

    cell: Int64Array
    """Day × number of series + series, ascending."""
    ordered: Int32Array
    shippable: Int32Array
    """Units on orders whose status lets them ship."""
    lines: int
    """Sales lines in the chunk."""


@dataclass(frozen=True)
class DemandTotals:
    """Units of each series ordered over the history, cancelled orders included."""

    units: Int64Array
    squares: Int64Array
    """Sum of the squares of daily units."""


def make_chunks(calendar: Calendar) -> tuple[Chunk, ...]:
    """The chunks of all sales orders."""
    chunks: list[Chunk] = []
    before = calendar.orders_before.tolist()
    start = 0
    for day_start, day_stop in pairwise(before):
        if day_stop - start <= MAX_CHUNK_ORDERS:
            continue
        if day_start > start:
            chunks.append(Chunk(start, day_start))
        parts = -(-(day_stop - day_start) // MAX_CHUNK_ORDERS)
        cuts = [day_start + (day_stop - day_start) * part // parts for part in range(parts)]
        chunks += [Chunk(*ends) for ends in pairwise(cuts)]
        start = cuts[-1]
    return (*chunks, Chunk(start, calendar.order_count))


DrawChunks = Callable[[Demand, Sequence[Chunk]], Iterator[ChunkDemand]]
"""Draws the demand of some chunks, and yields it in their order."""


def draw_in_process(demand: Demand, chunks: Sequence[Chunk]) -> Iterator[ChunkDemand]:
    """Draw the demand of chunks in this process."""
    return (draw_chunk(demand, chunk) for chunk in chunks)


def draw_chunk(demand: Demand, chunk: Chunk) -> ChunkDemand:
    """Draw the demand of a chunk."""
    return sum_demand(demand.draw(chunk.start, chunk.stop), demand.assortment.series_count)


class DemandHistory:
    """The demand of all chunks; it can be iterated several times."""

    def __init__(self, demand: Demand, chunks: tuple[Chunk, ...], draw_chunks: DrawChunks = draw_in_process) -> None:
        self._demand = demand
        self._chunks = chunks
        self._draw_chunks = draw_chunks
        self._cached: list[ChunkDemand] | None = []
        """None if it is too much to be kept."""

    def __iter__(self) -> Iterator[ChunkDemand]:
        if self._cached and len(self._cached) == len(self._chunks):
            yield from self._cached
            return
        for chunk in self._draw_chunks(self._demand, self._chunks):
            self._cache(chunk)
            yield chunk

    def _cache(self, chunk: ChunkDemand) -> None:
        if self._cached is None:
            return
        self._cached.append(chunk)
        if sum(len(cached.cell) for cached in self._cached) > _MAX_CACHED_CELLS:
            self._cached = None


def sum_demand(orders: SalesOrders, series_count: int) -> ChunkDemand:
    """Add up the units of some orders by day and series."""
    first_day = int(orders.day[0])
    cell = (orders.day[orders.order] - first_day) * np.int64(series_count) + orders.series
    shippable = orders.quantity * orders.can_ship[orders.order]
    cells = (int(orders.day[-1]) - first_day + 1) * series_count
    if cells <= 4 * len(cell):
        # Sums of whole numbers in floating point are exact up to 2^53, in any order.
        ordered = np.bincount(cell, weights=orders.quantity, minlength=cells)
        found = np.flatnonzero(ordered)
        shipped = np.bincount(cell, weights=shippable, minlength=cells)[found]
        ordered = ordered[found]
    else:
        by_cell = np.argsort(cell, kind="stable")
        found = cell[by_cell]
        starts = np.flatnonzero(np.diff(found, prepend=-1))
        ordered = np.add.reduceat(orders.quantity[by_cell], starts, dtype=np.int64)
        shipped = np.add.reduceat(shippable[by_cell], starts, dtype=np.int64)
        found = found[starts]
    return ChunkDemand(
        cell=found + first_day * series_count,
        ordered=ordered.astype(np.int32),
        shippable=shipped.astype(np.int32),
        lines=len(cell),
    )


def total_demand(history: DemandHistory, series_count: int) -> tuple[DemandTotals, list[int]]:
    """The demand of each series over the whole history, and the number of lines in each chunk."""
    units = np.zeros(series_count, dtype=np.int64)
    squares = np.zeros(series_count, dtype=np.int64)
    lines = []
    # The units of a day that is split over several chunks are only known bit by bit: (a + b)² = a² + b² + 2ab.
    split_day, units_so_far = -1, np.zeros(0, dtype=np.int64)
    for chunk in history:
        lines.append(chunk.lines)
        day, series = np.divmod(chunk.cell, series_count)
        ordered = chunk.ordered.astype(np.int64)
        np.add.at(units, series, ordered)
        np.add.at(squares, series, ordered * ordered)
        first_day, last_day = int(day[0]), int(day[-1])
        if first_day == split_day:
            same = day == first_day
            np.add.at(squares, series[same], 2 * ordered[same] * units_so_far[series[same]])
        if first_day == last_day:
            if first_day != split_day:
                units_so_far = np.zeros(series_count, dtype=np.int64)
            np.add.at(units_so_far, series, ordered)
            split_day = first_day
        else:
            split_day = -1
    return DemandTotals(units=units, squares=squares), lines
