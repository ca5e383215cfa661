"""Lognormal distributions as tables of integers.

``exp`` and ``log`` of a machine's mathematics library may differ in the last bit, so no draw goes through them. The
normal quantiles are rounded to four decimals, which no last bit reaches (a test shows how far each is from a tie), and
`decimal` rounds its exponential correctly everywhere.
"""

from decimal import Context, Decimal
from functools import cache
from statistics import NormalDist

import numpy as np

from supplychain.generator.draws import Small

COUNT = 1024
"""Quantiles in each table: ten bits pick one."""

_DIGITS = Context(prec=20)


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
        The median, as decimal text.
    sigma
        Standard deviation of the logarithm, as decimal text.
    """
    return np.array(
        [
            int((_DIGITS.exp(Decimal(sigma) * z) * Decimal(median)).to_integral_value())
            for z in (Decimal(round(quantile * 10_000)) / 10_000 for quantile in _quantiles())
        ],
        dtype=np.int32,
    )


@cache
def _quantiles() -> tuple[float, ...]:
    return tuple(normal_quantiles())
