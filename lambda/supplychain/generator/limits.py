"""Reject settings whose numbers would not fit, before any demand is drawn."""

import numpy as np

from supplychain.generator.arrays import FloatArray
from supplychain.generator.assortment import QUANTITIES, Assortment
from supplychain.generator.calendar import Calendar
from supplychain.generator.demand import MAX_LINES
from supplychain.generator.product_names import PRODUCT_GROUPS
from supplychain.generator.quantiles import QUANTILE_COUNT
from supplychain.settings import SeedSettings, SettingError

_MAX_UNITS = 1_000_000_000
"""Most units of a warehouse product that may be ordered over the history.

Its stock and stock levels then fit an integer column, and the sums of squares in the stock policy fit 64 bits.
"""

_MEAN_LINES = 3
_MAX_UNITS_PER_LINE = int(QUANTITIES.max())


def check_limits(settings: SeedSettings, calendar: Calendar, assortment: Assortment) -> None:
    """Check that no warehouse product is ordered too often.

    Raises
    ------
    SettingError
        If the units ordered of one warehouse product would be too many.
    """
    if calendar.order_count * _MAX_UNITS_PER_LINE <= _MAX_UNITS:
        return
    units = float(calendar.order_count) * float(_units_per_order(assortment).max())
    if units > _MAX_UNITS:
        raise SettingError(
            f"orders_per_day: {settings.orders_per_day} over {settings.days:,} days would order about "
            f"{units:,.0f} units of one product from one warehouse; at most {_MAX_UNITS:,} are accepted: "
            "use fewer orders or days, or more products or warehouses"
        )


def _units_per_order(assortment: Assortment) -> FloatArray:
    """Mean units of each series on a sales order."""
    warehouse = assortment.warehouse_of_series()
    order_share = np.bincount(assortment.warehouse_choices) / len(assortment.warehouse_choices)
    choices = np.bincount(assortment.series_choices, minlength=assortment.series_count)
    warehouse_ends = assortment.series_choice_offsets[:: len(PRODUCT_GROUPS)]
    line_share = choices / np.diff(warehouse_ends)[warehouse]
    mean_quantity = QUANTITIES.reshape(-1, QUANTILE_COUNT).mean(axis=1)[assortment.quantity_table]
    units: FloatArray = order_share[warehouse] * np.minimum(line_share * _MEAN_LINES, 1) * mean_quantity
    return units


assert MAX_LINES * _MAX_UNITS_PER_LINE < _MAX_UNITS  # noqa: S101  # a single order is always accepted
