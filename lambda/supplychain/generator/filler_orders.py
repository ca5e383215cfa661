"""Purchase orders without need: they fill a day's quota when too few series are due."""

import numpy as np

from supplychain.generator.arrays import Int64Array
from supplychain.generator.counter_rng import Stream, below, bit_field, random_bits
from supplychain.generator.stock_policy import StockLevels
from supplychain.generator.supplier_groups import SupplierGroups

_MIN_LINES = 2
_LINE_CHOICES = 3
"""A filler order has 2 to 4 lines, fewer if its group has fewer series."""

_WINDOW = 16
"""Series of a group from which an order takes those with the lowest stock."""

_MANY_ORDERS = 4_096
_SMALL_WINDOW = _MIN_LINES + 2
"""The same with more than _MANY_ORDERS a day, to save time and memory."""


class FillerOrders:
    """Orders from each supplier group in turn."""

    def __init__(self, seed: int, groups: SupplierGroups, levels: StockLevels) -> None:
        self._seed = seed
        self._groups = groups
        self._levels = levels
        self._next_group = 0

    def choose(self, position: Int64Array, day: int, count: int) -> tuple[Int64Array, Int64Array]:
        """The lines of `count` orders: the rank of each line's series, and the number of its order from 0.

        Each order takes the series that are lowest between reorder point and maximum, in a random window of its group.
        """
        groups = self._groups
        number = np.arange(count)
        group = (self._next_group + number) % len(groups.start)
        self._next_group = int((self._next_group + count) % len(groups.start))
        bits = random_bits(self._seed, Stream.FILLER_ORDER, number + np.int64(day) * (1 << 32))
        size = groups.size[group]
        column = np.arange(_WINDOW if count <= _MANY_ORDERS else _SMALL_WINDOW)
        shift = below(bit_field(bits, 0, 32), size)
        window = groups.start[group][:, None] + (shift[:, None] + column) % size[:, None]
        fill_level = self._fill_level(groups.series[window], position)
        fill_level[column >= size[:, None]] = np.iinfo(np.int64).max  # the window went round a small group
        lowest_first = np.take_along_axis(window, np.argsort(fill_level, axis=1, kind="stable"), axis=1)
        lines = np.minimum(_MIN_LINES + below(bit_field(bits, 32, 32), _LINE_CHOICES), size)
        return lowest_first[column < lines[:, None]], np.repeat(number, lines)

    def _fill_level(self, series: Int64Array, position: Int64Array) -> Int64Array:
        """Stock position from the reorder point (0) to the maximum (1024)."""
        reorder_point = self._levels.reorder_point[series]
        level: Int64Array = (position[series] - reorder_point) * 1024 // (self._levels.maximum[series] - reorder_point)
        return level
