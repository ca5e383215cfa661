"""How many purchase orders a day may and must have, so that each full week has as many as its range says."""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.calendar import Calendar
from supplychain.generator.draws import Stream, below, words
from supplychain.settings import SeedSettings

_WORKDAYS = 5


@dataclass(frozen=True)
class Quota:
    """Purchase orders of one day."""

    least: int
    most: int


class Quotas:
    """Hands out a day's quota, given what the week's earlier days made of theirs."""

    def __init__(self, settings: SeedSettings, calendar: Calendar) -> None:
        self._span = settings.purchase_orders
        self._calendar = calendar
        weeks = np.arange(calendar.week(calendar.last) + 1)
        # Not from the lowest on: where many weeks had little room, what they could not buy would swell the next.
        fewest = self._span.low + 2 * (self._span.high - self._span.low) // 5
        chance = words(settings.seed, Stream.WEEK, weeks) >> np.uint64(32)
        self._most_in_week = fewest + below(chance, self._span.high - fewest + 1)
        self._missed = 0
        self._this_week = 0
        self._ever = 0

    def today(self, day: int) -> Quota:
        """The quota of a day; days must be asked for in order.

        The week's least and most are spread over its workdays; a week that the history cuts has its days' part. A
        history has one order at least, so that no table is empty.
        """
        weekday = int(self._calendar.weekday[day])
        if day == 0 or weekday == 0:
            self._this_week = 0
            self._missed = min(weekday, _WORKDAYS)
        worked = min(weekday + 1, _WORKDAYS)
        most_in_week = int(self._most_in_week[self._calendar.week(day)])
        most = -(-most_in_week * worked // _WORKDAYS) - most_in_week * self._missed // _WORKDAYS
        least = self._span.low * worked // _WORKDAYS - -(-self._span.low * self._missed // _WORKDAYS)
        if day == self._calendar.last and not self._ever:
            return Quota(least=1, most=max(most, 1))
        return Quota(least=max(least - self._this_week, 0), most=max(most - self._this_week, 0))

    def raised(self, count: int) -> None:
        """Says how many orders the day got."""
        self._this_week += count
        self._ever += count
