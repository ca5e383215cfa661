"""Settings whose numbers would not fit: refused before anything is drawn."""

import numpy as np
import numpy.typing as npt

from supplychain.generator.assortment import QUANTITIES, Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.demand import MOST_LINES
from supplychain.generator.draws import Ints
from supplychain.generator.quantiles import COUNT
from supplychain.settings import SeedSettings, SettingError

MOST_UNITS = 1_000_000_000
"""Most units that a warehouse product may be ordered over the history: its stock and its levels then fit an integer
column, and the account's squares 64 bits."""

_MEAN_LINES = 3
_MOST_ON_A_LINE = int(QUANTITIES.max())


def refuse_too_much(settings: SeedSettings, calendar: Calendar, assortment: Assortment) -> None:
    """Raise SettingError where a warehouse product would be ordered more often than can be accounted for."""
    if calendar.orders * _MOST_ON_A_LINE <= MOST_UNITS:
        return
    units = float(calendar.orders) * float(_units_per_order(assortment).max())
    if units > MOST_UNITS:
        raise SettingError(
            f"orders_per_day: {settings.orders_per_day} over {settings.days:,} days would order about "
            f"{units:,.0f} units of one product in one warehouse; at most {MOST_UNITS:,} can be accounted for: "
            "fewer orders or days, or more products or warehouses"
        )


def _units_per_order(assortment: Assortment) -> npt.NDArray[np.float64]:
    """Mean units of each series on any order."""
    warehouse = assortment.warehouse()
    orders = np.bincount(assortment.warehouse_choices) / len(assortment.warehouse_choices)
    picks: Ints = np.bincount(assortment.picks, minlength=assortment.count)
    ends = assortment.pick_start[::8]
    share = picks / np.diff(ends)[warehouse]
    quantity = QUANTITIES.reshape(-1, COUNT).mean(axis=1)
    units: npt.NDArray[np.float64] = orders[warehouse] * np.minimum(share * _MEAN_LINES, 1) * quantity[assortment.kind]
    return units


assert MOST_LINES * _MOST_ON_A_LINE < MOST_UNITS  # noqa: S101  # one order always fits
