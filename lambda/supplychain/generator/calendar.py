"""The days of the history: how many sales orders each has, and how demand varies by weekday, month and group."""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import Int32Array, Int64Array
from supplychain.generator.counter_rng import Stream, below, bit_field, random_bits
from supplychain.generator.product_names import PRODUCT_GROUPS
from supplychain.settings import SeedSettings

_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""

_EPOCH_ORDINAL = 719_163
"""1970-01-01 as `datetime.date.toordinal` counts."""

_WEEKDAY_PERMILLE = np.array([1130, 1140, 1120, 1110, 1090, 790, 620])

# Retail sales by month over the mean of the year: US Census Bureau, not seasonally adjusted, 2024 and 2025.
_MONTH_PERMILLE = np.array([920, 880, 1010, 990, 1040, 1000, 1010, 1020, 960, 1000, 1040, 1110])

# A group's share of the order lines of a month over its share of the year's, in percent. With the month's own factor,
# Electronics sell 1.11 × 1.23 = 1.37 times their mean in December.
_SEASONALITY_PERCENT = {
    "Electronics": (92, 94, 95, 94, 96, 98, 98, 97, 98, 98, 115, 123),
    "Hardware": (96, 97, 102, 106, 106, 104, 102, 101, 100, 100, 96, 90),
    "Tools": (94, 96, 102, 104, 105, 106, 101, 99, 98, 98, 98, 101),
    "Safety Equipment": (104, 103, 102, 100, 99, 98, 98, 99, 102, 102, 98, 93),
    "Office Supplies": (112, 103, 99, 97, 96, 96, 100, 111, 106, 98, 94, 88),
    "Industrial Parts": (104, 104, 102, 102, 101, 99, 98, 98, 101, 102, 97, 91),
    "Chemicals": (98, 99, 103, 105, 104, 103, 102, 100, 98, 98, 96, 92),
    "Packaging": (94, 94, 97, 97, 98, 99, 99, 100, 101, 104, 110, 107),
}

SEASONALITY_PERCENT = np.array([_SEASONALITY_PERCENT[group] for group in PRODUCT_GROUPS]).T
"""The same as an array: month by product group, shape (12, 8)."""

_FULL_SWING_PERMILLE = 450
"""Deviation of a day's demand from the mean at which the number of orders reaches an end of its range."""

_NOISE_PERMILLE = 120
"""Largest random deviation of the number of orders, relative to half its range."""


@dataclass(frozen=True)
class Calendar:
    """The history day by day. Days are numbered from 0, the first day of the history."""

    first_date: int
    """Date of day 0, in days since 1970-01-01."""
    days: int
    month: Int32Array
    """Month of each day, 0 to 11."""
    weekday: Int32Array
    """Weekday of each day; Monday is 0."""
    orders_before: Int64Array
    """Sales orders before each day, and the total as one item more."""

    def week(self, day: int) -> int:
        """Number of the week, from Monday, that contains a day; the first day is in week 0."""
        return (day + int(self.weekday[0])) // 7

    @property
    def last_day(self) -> int:
        """Number of the last day, as_of."""
        return self.days - 1

    @property
    def order_count(self) -> int:
        """Number of sales orders."""
        return int(self.orders_before[-1])


def make_calendar(settings: SeedSettings) -> Calendar:
    """The calendar of resolved settings.

    Raises
    ------
    ValueError
        If `as_of` is still `today`.
    """
    days = settings.days
    first_date = settings.last_day.toordinal() - _EPOCH_ORDINAL - days + 1
    dates = np.arange(first_date, first_date + days)
    month = (dates.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12).astype(np.int32)
    weekday = ((dates + _EPOCH_WEEKDAY) % 7).astype(np.int32)
    orders = _orders_per_day(settings, month, weekday)
    return Calendar(
        first_date=first_date,
        days=days,
        month=month,
        weekday=weekday,
        orders_before=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(orders)]),
    )


def _orders_per_day(settings: SeedSettings, month: Int32Array, weekday: Int32Array) -> Int64Array:
    """Orders on each day: the middle of the range, shifted by month, weekday and a little noise."""
    span = settings.orders_per_day
    deviation = _MONTH_PERMILLE[month] * _WEEKDAY_PERMILLE[weekday] // 1000 - 1000
    bits = random_bits(settings.seed, Stream.ORDERS_PER_DAY, np.arange(len(month)))
    noise = below(bit_field(bits, 0, 32), 2 * _NOISE_PERMILLE + 1) - _NOISE_PERMILLE
    shift = np.clip(deviation * 1000 // _FULL_SWING_PERMILLE + noise, -1000, 1000)  # permille of half the range
    # Rounded at random, as rounding to the nearest would reduce a narrow range to a few values.
    above_low = (span.high - span.low) * (shift + 1000)  # in units of 1 / 2000
    orders: Int64Array = span.low + (above_low + below(bit_field(bits, 32, 32), 2000)) // 2000
    return orders
