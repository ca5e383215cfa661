"""The number of sales orders on each day."""

import numpy as np
from datasets import AS_OF

from supplychain.generator.calendar import make_calendar
from supplychain.settings import SeedSettings, Span


def test_orders_stay_within_their_range_on_every_day():
    """No day of ten years is outside the range, even if it contains one number only."""
    for span in (Span(3, 8), Span(300, 800), Span(7, 7), Span(1, 10_000_000)):
        orders = np.diff(make_calendar(SeedSettings(days=3650, orders_per_day=span, as_of=AS_OF)).orders_before)
        assert span.low <= orders.min() <= orders.max() <= span.high
