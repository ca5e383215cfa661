"""Minimum stock and reorder point against their formula in exact arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest

from supplychain.generator.history import DemandTotals
from supplychain.generator.stock_policy import _reorder_levels


def exact_levels(lead_time: int, days: int, daily: list[int]) -> tuple[int, int]:
    """Minimum and reorder point in exact arithmetic; the square root to thirty decimals."""
    mean = Fraction(sum(daily), days)
    variance = sum((units - mean) ** 2 for units in daily) / days
    radicand = lead_time * variance + mean**2 * (Fraction(3, 10) * lead_time) ** 2
    scale = 10**60
    safety_stock = Fraction(165, 100) * Fraction(math.isqrt(math.floor(radicand * scale)), 10**30)
    minimum = max(1, math.floor(safety_stock + Fraction(1, 2)))
    return minimum, max(math.floor(mean * lead_time + safety_stock + Fraction(1, 2)), minimum + 1)


@pytest.mark.parametrize("days", [1, 2, 30])
def test_levels_equal_exact_arithmetic(days: int):
    """Minimum and reorder point are those of the formula, for the lead time in the data."""
    rng = np.random.default_rng(5)
    daily = rng.integers(0, 60, (400, days)) * rng.integers(0, 2, (400, days))
    lead_time = rng.integers(3, 22, 400).astype(np.int8)
    totals = DemandTotals(units=daily.sum(axis=1), squares=(daily**2).sum(axis=1))
    adjusted, minimum, reorder_point = _reorder_levels(lead_time, totals, days)
    expected = [exact_levels(int(adjusted[row]), days, daily[row].tolist()) for row in range(400)]
    assert list(zip(minimum.tolist(), reorder_point.tolist(), strict=True)) == expected


def test_a_tie_is_avoided_by_another_lead_time():
    """Ten units on the only day and a lead time of ten days give a safety stock of 49.5: the lead time becomes 11."""
    totals = DemandTotals(units=np.array([10]), squares=np.array([100]))
    adjusted, minimum, _ = _reorder_levels(np.array([10], dtype=np.int8), totals, 1)
    assert adjusted.tolist() == [11]
    assert minimum.tolist() == [54]
