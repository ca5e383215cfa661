"""Lognormal distributions as tables of integers.

``exp`` and ``log`` of a machine's mathematics library may differ in the last bit, so no draw uses them. The normal
quantiles are rounded to four decimals, which hides the last bits (a test checks that none is close to a tie), and
`decimal` rounds its exponential correctly on every machine.
"""

from decimal import Context, Decimal
from functools import cache
from statistics import NormalDist

import numpy as np

from supplychain.generator.arrays import Int32Array, Int64Array

QUANTILE_COUNT = 1024
"""Quantiles in each table: ten random bits choose one."""

_PRECISION = Context(prec=20)

_SCALE = 10**7


def normal_quantiles() -> list[float]:
    """The quantiles (i + ½) / 1024 of the standard normal distribution."""
    standard = NormalDist()
    return [standard.inv_cdf((index + 0.5) / QUANTILE_COUNT) for index in range(QUANTILE_COUNT)]


@cache
def lognormal(median: str, sigma: str) -> Int32Array:
    """1024 quantiles of a lognormal distribution, rounded to whole numbers, ascending.

    Parameters
    ----------
    median
        The median, as decimal text with at most three decimals; up to a million.
    sigma
        Standard deviation of the logarithm, as decimal text; up to 1.5.
    """
    unit = _SCALE * 1000  # int64 holds the median in thousandths times e^(1.5 × 3.3)
    return ((_exponentials(sigma) * int(Decimal(median) * 1000) + unit // 2) // unit).astype(np.int32)


@cache
def _exponentials(sigma: str) -> Int64Array:
    """exp(sigma × normal quantile), times _SCALE."""
    deviations = (Decimal(round(quantile * 10_000)) / 10_000 for quantile in normal_quantiles())
    return np.array([int(_PRECISION.exp(Decimal(sigma) * z) * _SCALE) for z in deviations])
