"""Supply outages: periods in which a supplier cannot deliver a product to a warehouse, so that its stock runs out."""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import BoolArray, Int64Array
from supplychain.generator.counter_rng import Stream, below, low_discrepancy

_COVER_CLASSES_DAYS = (12, 45)
_ONE_DAY_IN = np.array([80, 8, 15])
"""An outage affects one day in so many, by class of cover. Products with little cover are watched: outages are rare."""

_MAX_COVER_DAYS = 3 * 182


@dataclass(frozen=True)
class SupplyOutages:
    """For each series one outage of `length` days in every `period` days, repeated over the history."""

    last_day: int
    length: Int64Array
    period: Int64Array
    phase: Int64Array
    """Days of the current period that have passed on the last day of the history."""

    def status(self, series: Int64Array, day: Int64Array | int) -> tuple[Int64Array, BoolArray]:
        """Days since the latest outage of each series began, and whether it still lasts, on a day or a day each."""
        elapsed = (self.phase[series] - (self.last_day - day)) % self.period[series]
        return elapsed, elapsed < self.length[series]


def make_supply_outages(
    *, seed: int, days: int, units: Int64Array, mean_stock: Int64Array, never: BoolArray
) -> SupplyOutages:
    """Outages that last more than twice as long as the average stock does, so that stock runs out.

    Parameters
    ----------
    seed, days
        The settings of the same names.
    units
        Units of each series ordered over the history.
    mean_stock
        Average stock of each series, in units.
    never
        Series without outages.
    """
    cover_days = np.minimum(mean_stock * days // np.maximum(units, 1), _MAX_COVER_DAYS)
    length = 2 + 5 * cover_days // 2
    period = length * _ONE_DAY_IN[np.searchsorted(_COVER_CLASSES_DAYS, cover_days, side="right")]
    # Evenly distributed phases: some outages last on as_of, whatever the seed.
    phase = below(low_discrepancy(seed, Stream.SUPPLY_OUTAGE, np.arange(len(units))), period)
    return SupplyOutages(last_day=days - 1, length=np.where(never, 0, length), period=period, phase=phase)
