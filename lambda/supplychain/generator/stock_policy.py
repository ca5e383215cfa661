"""The stock policy of each warehouse product, from its demand: safety stock, reorder point, maximum, pack size.

Floating point is limited to elementwise IEEE operations (+ − × ÷ and square root, each correctly rounded), and sums are
of integers, so that every machine computes the same policy.
"""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import BoolArray, FloatArray, Int8Array, Int32Array, Int64Array
from supplychain.generator.assortment import LEAD_TIME_RANGE, Assortment
from supplychain.generator.counter_rng import Stream, below, bit_field, one_in_every, random_bits
from supplychain.generator.history import DemandTotals
from supplychain.generator.products import Products
from supplychain.generator.supply_outages import SupplyOutages, make_supply_outages
from supplychain.settings import SeedSettings, SettingError

INT32_MAX = 2**31 - 1

COST_TOLERANCE_PERCENT = 10
"""Largest difference between a purchase line's unit cost and the product's."""

_MAX_MONEY_CENTS = 10**10 - 1
"""Largest value of decimal(10,2)."""

_MAX_MAXIMUM_STOCK = 500_000_000
"""Largest maximum stock accepted: actual stock may exceed it several times."""

_SAFETY_FACTOR = 1.65
"""Standard deviations of demand to hold as safety stock: a cycle service level of 95 %."""

_LEAD_TIME_VARIATION = 0.3
"""Standard deviation of a lead time over its mean."""

_LINES_PER_ORDER = 3
"""Lines of a purchase order assumed in lot sizes: well below the most it may have, so that no backlog builds up."""

_MAX_COVER_DAYS = 182
_LOT_WITHOUT_DEMAND = 6
_BULK_ONE_IN = 36
_BULK_PACK_FACTOR = 2
"""Pack size of a bulk purchase over the maximum stock: stock exceeds the maximum after a receipt."""

_PACK_SIZES = np.array([1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000])


@dataclass(frozen=True)
class StockLevels:
    """The columns of warehouse_product that hold the policy; stock in units."""

    lead_time: Int8Array
    """Planned lead time in days."""
    minimum: Int32Array
    """Safety stock."""
    reorder_point: Int32Array
    maximum: Int32Array
    """Order-up-to level."""


@dataclass(frozen=True)
class StockPolicy:
    """How each warehouse product is replenished; in units."""

    levels: StockLevels
    pack_size: Int64Array
    """Order quantities are multiples of this."""
    max_order: Int64Array
    """Largest quantity of a purchase line whose line total fits its column."""
    opening_stock: Int64Array
    """Stock before the first day of the history."""
    has_demand: BoolArray
    """Whether any customer orders the product from the warehouse; if not, it is not purchased."""
    outages: SupplyOutages


def make_stock_policy(
    settings: SeedSettings, products: Products, assortment: Assortment, totals: DemandTotals
) -> StockPolicy:
    """The policy of each warehouse product.

    Raises
    ------
    SettingError
        If a stock level would not fit an integer column.
    """
    lead_time, minimum, reorder_point = _reorder_levels(assortment.lead_time, totals, settings.days)
    lot = _lot_size(settings, totals)
    maximum = reorder_point + lot
    _check_maximum(settings, maximum)
    has_demand = totals.units > 0
    bulk = has_demand & one_in_every(
        settings.seed, Stream.BULK_PURCHASE, np.arange(assortment.series_count), _BULK_ONE_IN
    )
    outages = make_supply_outages(
        seed=settings.seed, days=settings.days, units=totals.units, mean_stock=minimum + lot // 2, never=bulk
    )
    cost = products.cost[assortment.product].astype(np.int64)
    return StockPolicy(
        levels=StockLevels(
            lead_time=lead_time,
            minimum=minimum.astype(np.int32),
            reorder_point=reorder_point.astype(np.int32),
            maximum=maximum.astype(np.int32),
        ),
        pack_size=np.where(bulk, _BULK_PACK_FACTOR * maximum, _pack_size(lot)),
        max_order=np.minimum(_MAX_MONEY_CENTS // (cost * (100 + COST_TOLERANCE_PERCENT) // 100), INT32_MAX),
        opening_stock=_opening_stock(settings, totals, reorder_point, lot, bulk=bulk, outages=outages),
        has_demand=has_demand,
        outages=outages,
    )


def _reorder_levels(lead_time: Int8Array, totals: DemandTotals, days: int) -> tuple[Int8Array, Int64Array, Int64Array]:
    """Lead time, minimum and reorder point, such that rounding never depends on the last bit.

    If the safety stock or the reorder point is close to a tie, the lead time changes by a day, so that any arithmetic
    rounds both alike.
    """
    adjusted = lead_time.copy()
    safety_stock, reorder_point, near_tie = _unrounded_levels(adjusted, totals, days)
    while near_tie.any():
        shortest, longest = LEAD_TIME_RANGE
        adjusted[near_tie] = np.where(adjusted[near_tie] < longest, adjusted[near_tie] + 1, shortest)
        safety_stock, reorder_point, near_tie = _unrounded_levels(adjusted, totals, days)
    minimum = np.maximum(np.floor(safety_stock + 0.5), 1).astype(np.int64)
    return adjusted, minimum, np.maximum(np.floor(reorder_point + 0.5).astype(np.int64), minimum + 1)


def _unrounded_levels(
    lead_time: Int8Array, totals: DemandTotals, days: int
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Safety stock and reorder point before rounding, and where either is close to a tie.

    safety stock = 1.65 × √(L σd² + d̄² σL²), reorder point = d̄ L + safety stock, with lead time L, mean d̄ and standard
    deviation σd of daily demand, and σL = 0.3 L (P. King, "Crack the code", APICS magazine, July 2011).
    """
    units, lead = totals.units.astype(np.float64), lead_time.astype(np.float64)
    demand_variance = (days * totals.squares - totals.units * totals.units).astype(np.float64)  # days² × σd²
    lead_deviation = units * (_LEAD_TIME_VARIATION * lead)  # days × d̄ σL
    safety_stock = _SAFETY_FACTOR * np.sqrt(lead * demand_variance + lead_deviation * lead_deviation) / days
    reorder_point = units * lead / days + safety_stock
    return safety_stock, reorder_point, _near_tie(safety_stock) | _near_tie(reorder_point)


def _near_tie(number: FloatArray) -> BoolArray:
    """Whether the fractional part is a half, but for a rounding error."""
    return np.abs(number - np.floor(number) - 0.5) < 1e-7 + number * 1e-13


def _lot_size(settings: SeedSettings, totals: DemandTotals) -> Int64Array:
    """Units to order at a time, such that the purchase orders allowed are enough.

    Proportional to the square root of demand, as is Wilson's economic order quantity. A lot of c √d units lasts c / √d
    days at a daily demand of d; c is such that the lots of all series need as many lines as a week's orders have.
    """
    root = np.sqrt(totals.units.astype(np.float64) * 1e6).astype(np.int64)
    weekly_lines = settings.purchase_orders.mean * _LINES_PER_ORDER
    factor = 7 * float(int(root.sum())) / (1e6 * settings.days * weekly_lines)
    lot = np.ceil(root.astype(np.float64) * factor).astype(np.int64)
    longest_cover = -(-_MAX_COVER_DAYS * totals.units // settings.days)
    return np.where(totals.units > 0, np.clip(lot, 1, np.maximum(longest_cover, 1)), _LOT_WITHOUT_DEMAND)


def _check_maximum(settings: SeedSettings, maximum: Int64Array) -> None:
    if maximum.max() > _MAX_MAXIMUM_STOCK:
        raise SettingError(
            f"orders_per_day: {settings.orders_per_day} leads to a maximum stock of {int(maximum.max()):,} units of a "
            f"product in a warehouse; at most {_MAX_MAXIMUM_STOCK:,} are accepted: "
            "use fewer orders, or more products or warehouses"
        )


def _pack_size(lot: Int64Array) -> Int64Array:
    """The largest pack size that is at most a fifth of the lot."""
    return _PACK_SIZES[np.maximum(np.searchsorted(_PACK_SIZES, lot // 5, side="right") - 1, 0)]


def _opening_stock(
    settings: SeedSettings,
    totals: DemandTotals,
    reorder_point: Int64Array,
    lot: Int64Array,
    *,
    bulk: BoolArray,
    outages: SupplyOutages,
) -> Int64Array:
    """Stock before the history: evenly between reorder point and maximum, less the demand since an outage began.

    Bulk purchases start below the reorder point, so that they have been ordered and received by as_of even in a short
    history.
    """
    series = np.arange(len(reorder_point))
    bits = bit_field(random_bits(settings.seed, Stream.OPENING_STOCK, series), 0, 32)
    regular = np.where(bulk, below(bits, reorder_point + 1), reorder_point + 1 + below(bits, lot))
    elapsed, ongoing = outages.status(series, 0)
    # Without demand, stock is gone in the second half of an outage.
    without_demand = regular * (2 * elapsed > outages.length)
    consumed = np.where(totals.units == 0, without_demand, totals.units * elapsed // settings.days)
    stock: Int64Array = regular - np.where(ongoing, consumed, 0)
    return np.maximum(stock, 0)
