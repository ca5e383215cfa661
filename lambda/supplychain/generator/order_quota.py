"""How many purchase orders each day must and may have, so that every full week stays within its range."""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.calendar import Calendar
from supplychain.generator.counter_rng import Stream, below, bit_field, random_bits
from supplychain.settings import SeedSettings

_WORKDAYS = 5


@dataclass(frozen=True)
class DailyQuota:
    """Fewest and most purchase orders of one day."""

    minimum: int
    maximum: int


class OrderQuota:
    """Distributes the weekly range of purchase orders over the days, given the orders already placed that week."""

    def __init__(self, settings: SeedSettings, calendar: Calendar) -> None:
        self._span = settings.purchase_orders
        self._calendar = calendar
        weeks = np.arange(calendar.week(calendar.last_day) + 1)
        # Not from the low end of the range: the backlog of several weeks with a low maximum would inflate the next one.
        fewest = self._span.low + 2 * (self._span.high - self._span.low) // 5
        bits = bit_field(random_bits(settings.seed, Stream.WEEKLY_QUOTA, weeks), 32, 32)
        self._week_maximum = fewest + below(bits, self._span.high - fewest + 1)
        self._workdays_before_history = 0
        self._ordered_this_week = 0
        self._ordered = 0

    def start_day(self, day: int) -> DailyQuota:
        """The quota of a day; to be called for each day in order.

        The week's minimum and maximum accrue over its workdays; those before the history do not count. The last day has
        at least one order if there was none before, so that no table is empty.
        """
        weekday = int(self._calendar.weekday[day])
        if day == 0 or weekday == 0:
            self._ordered_this_week = 0
            self._workdays_before_history = min(weekday, _WORKDAYS)
        skipped, worked = self._workdays_before_history, min(weekday + 1, _WORKDAYS)
        week_maximum = int(self._week_maximum[self._calendar.week(day)])
        maximum = -(-week_maximum * worked // _WORKDAYS) - week_maximum * skipped // _WORKDAYS
        minimum = self._span.low * worked // _WORKDAYS - -(-self._span.low * skipped // _WORKDAYS)
        if day == self._calendar.last_day and not self._ordered:
            return DailyQuota(minimum=1, maximum=max(maximum, 1))
        return DailyQuota(
            minimum=max(minimum - self._ordered_this_week, 0), maximum=max(maximum - self._ordered_this_week, 0)
        )

    def record(self, orders: int) -> None:
        """Count the purchase orders placed on the current day."""
        self._ordered_this_week += orders
        self._ordered += orders
