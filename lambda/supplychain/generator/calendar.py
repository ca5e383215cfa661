"""The days of the history: how many sales orders each has, and how demand moves with weekday, month and group."""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.draws import Ints, Small, Stream, below, field, words
from supplychain.generator.product_names import GROUPS
from supplychain.settings import SeedSettings

_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""

_WEEKDAY_PERMILLE = np.array([1130, 1140, 1120, 1110, 1090, 790, 620])

# Retail sales by month against the year's mean, US Census Bureau, not adjusted, 2024 and 2025.
_MONTH_PERMILLE = np.array([920, 880, 1010, 990, 1040, 1000, 1010, 1020, 960, 1000, 1040, 1110])

# Each group's share of a month's lines against its share of the year's, in percent: Electronics sell 1.11 × 1.23 = 1.37
# times the mean in December.
_GROUP_PERCENT = {
    "Electronics": (92, 94, 95, 94, 96, 98, 98, 97, 98, 98, 115, 123),
    "Hardware": (96, 97, 102, 106, 106, 104, 102, 101, 100, 100, 96, 90),
    "Tools": (94, 96, 102, 104, 105, 106, 101, 99, 98, 98, 98, 101),
    "Safety Equipment": (104, 103, 102, 100, 99, 98, 98, 99, 102, 102, 98, 93),
    "Office Supplies": (112, 103, 99, 97, 96, 96, 100, 111, 106, 98, 94, 88),
    "Industrial Parts": (104, 104, 102, 102, 101, 99, 98, 98, 101, 102, 97, 91),
    "Chemicals": (98, 99, 103, 105, 104, 103, 102, 100, 98, 98, 96, 92),
    "Packaging": (94, 94, 97, 97, 98, 99, 99, 100, 101, 104, 110, 107),
}

GROUP_PERCENT = np.array([_GROUP_PERCENT[group] for group in GROUPS]).T
"""The same by month and group, shape (12, 8)."""

_MEAN_TO_EDGE = 450
"""How far from its mean, in permille, a day's demand moves the number of orders to an end of their range."""

_NOISE = 120
"""Half the width of the noise in that number, in permille of half the range."""


@dataclass(frozen=True)
class Calendar:
    """The history day by day; a day's index counts from its first day."""

    first: int
    """The first day, in days since 1970-01-01."""
    days: int
    month: Small
    """Month of each day, 0 to 11."""
    weekday: Small
    """Weekday of each day, 0 is Monday."""
    orders_before: Ints
    """Sales orders before each day; one item more than days, the last is their number."""

    def week(self, day: int) -> int:
        """Number of the week, from Monday, that a day lies in; the first day's is 0."""
        return (day + int(self.weekday[0])) // 7

    @property
    def last(self) -> int:
        """Index of the last day, as_of."""
        return self.days - 1

    @property
    def orders(self) -> int:
        """Number of sales orders."""
        return int(self.orders_before[-1])


def make_calendar(settings: SeedSettings) -> Calendar:
    """The calendar of resolved settings; ValueError where `as_of` is still `today`."""
    days = settings.days
    first = settings.last_day.toordinal() - _ORDINAL_1970 - days + 1
    dates = np.arange(first, first + days)
    month = (dates.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12).astype(np.int32)
    weekday = ((dates + _EPOCH_WEEKDAY) % 7).astype(np.int32)
    orders = _orders(settings, month, weekday)
    return Calendar(
        first=first,
        days=days,
        month=month,
        weekday=weekday,
        orders_before=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(orders)]),
    )


_ORDINAL_1970 = 719_163


def _orders(settings: SeedSettings, month: Small, weekday: Small) -> Ints:
    """Orders on each day, within the range: its middle, moved by month and weekday, with a little noise."""
    span = settings.orders_per_day
    moved = _MONTH_PERMILLE[month] * _WEEKDAY_PERMILLE[weekday] // 1000 - 1000
    bits = words(settings.seed, Stream.DAY, np.arange(len(month)))
    noise = below(field(bits, 0, 32), 2 * _NOISE + 1) - _NOISE
    place = np.clip(moved * 1000 // _MEAN_TO_EDGE + noise, -1000, 1000)
    # From the range's lower end; the last bits round at random, so that a narrow range is not cut to a few values.
    twice = (span.high - span.low) * (place + 1000)
    orders: Ints = span.low + (twice + below(field(bits, 32, 32), 2000)) // 2000
    return orders
