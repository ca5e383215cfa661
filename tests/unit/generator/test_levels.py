"""Levels of stock by their formula."""

import math
from fractions import Fraction

import numpy as np
import pytest

from supplychain.generator.stock_policy import DemandTotals, _points


def exactly(lead: int, days: int, daily: list[int]) -> tuple[int, int]:
    """Minimum and reorder point in exact arithmetic; the square root by whole numbers, to thirty decimals."""
    mean = Fraction(sum(daily), days)
    variance = sum((units - mean) ** 2 for units in daily) / days
    inner = lead * variance + mean**2 * (Fraction(3, 10) * lead) ** 2
    scale = 10**60
    safety = Fraction(165, 100) * Fraction(math.isqrt(math.floor(inner * scale)), 10**30)
    minimum = max(1, math.floor(safety + Fraction(1, 2)))
    return minimum, max(math.floor(mean * lead + safety + Fraction(1, 2)), minimum + 1)


@pytest.mark.parametrize("days", [1, 2, 30])
def test_levels_are_what_exact_arithmetic_gives(days: int):
    """Minimum and reorder point are the formula's in exact arithmetic, for the lead time that is published."""
    rng = np.random.default_rng(5)
    daily = rng.integers(0, 60, (400, days)) * rng.integers(0, 2, (400, days))
    lead = rng.integers(3, 22, 400).astype(np.int8)
    totals = DemandTotals(units=daily.sum(axis=1), squares=(daily**2).sum(axis=1))
    final, minimum, reorder = _points(lead, totals, days)
    expected = [exactly(int(final[row]), days, daily[row].tolist()) for row in range(400)]
    assert list(zip(minimum.tolist(), reorder.tolist(), strict=True)) == expected


def test_a_tie_is_avoided_by_another_lead_time():
    """Ten units on the only day and a lead time of ten days make a safety stock of 49.5: the lead time moves on."""
    totals = DemandTotals(units=np.array([10]), squares=np.array([100]))
    final, minimum, _ = _points(np.array([10], dtype=np.int8), totals, 1)
    assert final.tolist() == [11]
    assert minimum.tolist() == [54]
