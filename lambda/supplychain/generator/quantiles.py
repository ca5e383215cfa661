"""Lognormal distributions as tables of integers.

``exp`` and ``log`` of a machine's mathematics library may differ in the last bit, so no draw goes through them. The
normal quantiles are rounded to four decimals, which no last bit reaches (a test shows how far each is from a tie), and
`decimal` rounds its exponential correctly everywhere.
"""

from decimal import Context, Decimal
from functools import cache
from statistics import NormalDist

import numpy as np

from supplychain.generator.draws import Ints, Small

COUNT = 1024
"""Quantiles in each table: ten bits pick one."""

_DIGITS = Context(prec=20)

_ONE = 10**7


def normal_quantiles() -> list[float]:
    """The quantiles (i + ½) / 1024 of the standard normal distribution."""
    standard = NormalDist()
    return [standard.inv_cdf((index + 0.5) / COUNT) for index in range(COUNT)]


@cache
def lognormal(median: str, sigma: str) -> Small:
    """1024 quantiles of a lognormal distribution, rounded to whole numbers, ascending.

    Parameters
    ----------
    median
        The median, as decimal text of at most three decimals; up to a million.
    sigma
        Standard deviation of the logarithm, as decimal text; up to 1.5.
    """
    units = _ONE * 1000  # int64 has room for the median in thousandths times e^(1.5 × 3.3)
    return ((_exponentials(sigma) * int(Decimal(median) * 1000) + units // 2) // units).astype(np.int32)


@cache
def _exponentials(sigma: str) -> Ints:
    """exp(sigma × normal quantile) in units of 1 / _ONE."""
    deviations = (Decimal(round(quantile * 10_000)) / 10_000 for quantile in normal_quantiles())
    return np.array([int(_DIGITS.exp(Decimal(sigma) * z) * _ONE) for z in deviations])
