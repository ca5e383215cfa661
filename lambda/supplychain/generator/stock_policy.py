"""The levels that steer a warehouse product's stock, from the demand it had: safety stock, reorder point, maximum.

Elementwise IEEE operations only (+ − × ÷ and square root, each correctly rounded), sums in integers: the same levels on
every machine.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.generator.assortment import LEAD_LIMITS, Assortment
from supplychain.generator.draws import Ints, Mask, Small, Stream, below, evenly, field, one_in, words
from supplychain.generator.products import Products
from supplychain.settings import SeedSettings, SettingError

INT32_MOST = 2**31 - 1

_MOST_MAXIMUM = 500_000_000
"""Most that a maximum stock may be: stock may pass it some times over."""

MONEY_MOST_CENTS = 10**10 - 1
"""Most that decimal(10,2) holds."""

COST_SWING_PERCENT = 10
"""A purchase line's unit cost is within this of the product's."""

_SAFETY = 1.65
"""Standard deviations of safety stock: a service level of 95 % in each cycle."""

_LEAD_DEVIATION = 0.3
"""Standard deviation of a lead time, over its mean."""

_LINES_PLANNED = 3
"""Lines of a purchase order that batches are made for: few of what there is room for, so that no queue builds up."""

_MOST_COVER_DAYS = 182
_IDLE_ORDER = 6
_BULK_ONE_IN = 36
_BULK_PACK = 2
_SPELL_COVER_DAYS = (12, 45)
_SPELL_ONE_IN = np.array([80, 8, 15])
"""A product is short at its supplier on one day in so many: seldom where stock covers few days, as somebody cares."""

_ROUND_PACKS = np.array([1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000])


@dataclass(frozen=True)
class DemandTotals:
    """Ordered units of each warehouse product over the history, cancelled orders included."""

    units: Ints
    squares: Ints
    """Sum over the days of the square of a day's units."""


@dataclass(frozen=True)
class Spells:
    """When a warehouse product is short at its supplier: for `length` days in each `period`, in days.

    `place` is how many days of its period have passed on as_of.
    """

    last: int
    length: Ints
    period: Ints
    place: Ints

    def day_of(self, series: Ints, day: Ints | int) -> tuple[Ints, Mask]:
        """Days since the latest spell began, for series on days, and whether it goes on."""
        passed = (self.place[series] - (self.last - day)) % self.period[series]
        return passed, passed < self.length[series]


@dataclass(frozen=True)
class Points:
    """The figures of each warehouse product that its row shows; in units."""

    lead: npt.NDArray[np.int8]
    """Planned lead time in days."""
    minimum: Small
    reorder: Small
    maximum: Small
    """Orders fill the stock position up to here."""


@dataclass(frozen=True)
class Levels:
    """What steers each warehouse product in the ledger; in units."""

    points: Points
    pack: Ints
    """Orders are multiples of this."""
    order_most: Ints
    """Most units on a purchase line: what its line total has room for."""
    opening: Ints
    """Stock before the history."""
    wanted: Mask
    """Whether anybody orders the product there: one that nobody orders is not bought."""
    spell: Spells


def make_levels(settings: SeedSettings, products: Products, assortment: Assortment, totals: DemandTotals) -> Levels:
    """The levels of each warehouse product.

    Raises
    ------
    SettingError
        Where a level would not fit an integer column.
    """
    lead, minimum, reorder = _points(assortment.lead, totals, settings.days)
    batch = _batch(settings, totals)
    maximum = reorder + batch
    if maximum.max() > _MOST_MAXIMUM:
        raise SettingError(
            f"orders_per_day: {settings.orders_per_day} makes the maximum stock of a warehouse product "
            f"{int(maximum.max()):,}; at most {_MOST_MAXIMUM:,} leaves stock room in its column: "
            "fewer orders, or more products or warehouses"
        )
    wanted = totals.units > 0
    index = np.arange(assortment.count)
    bulk = wanted & one_in(settings.seed, Stream.BULK, index, _BULK_ONE_IN)
    spell = _spells(settings, totals, minimum + batch // 2, bulk)
    cost = products.cost[assortment.product].astype(np.int64)
    return Levels(
        points=Points(
            lead=lead,
            minimum=minimum.astype(np.int32),
            reorder=reorder.astype(np.int32),
            maximum=maximum.astype(np.int32),
        ),
        pack=np.where(bulk, _BULK_PACK * maximum, _round_pack(batch)),
        order_most=np.minimum(MONEY_MOST_CENTS // (cost * (100 + COST_SWING_PERCENT) // 100), INT32_MOST),
        opening=_opening(settings, totals, reorder, batch, bulk, spell),
        wanted=wanted,
        spell=spell,
    )


def _points(lead: npt.NDArray[np.int8], totals: DemandTotals, days: int) -> tuple[npt.NDArray[np.int8], Ints, Ints]:
    """Lead time, minimum and reorder point, such that no rounding is a matter of the last bit.

    safety = 1.65 × √(L σd² + d̄² σL²) with d̄ and σd² of daily units, and σL = 0.3 L (P. King,
    "Crack the code", APICS, 2011).
    Where one of the two is a near tie, the lead time changes by a day: any arithmetic then rounds alike.
    """
    final = lead.copy()
    safety, point, near = _unrounded(final, totals, days)
    while near.any():
        final[near] = np.where(final[near] < LEAD_LIMITS[1], final[near] + 1, LEAD_LIMITS[0])
        safety, point, near = _unrounded(final, totals, days)
    minimum = np.maximum(np.floor(safety + 0.5), 1).astype(np.int64)
    reorder = np.maximum(np.floor(point + 0.5).astype(np.int64), minimum + 1)
    return final, minimum, reorder


def _unrounded(
    lead: npt.NDArray[np.int8], totals: DemandTotals, days: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Mask]:
    """Safety stock and reorder point before rounding, and where either is too near a half."""
    spread = (days * totals.squares - totals.units * totals.units).astype(np.float64)  # days² × σd²
    units, long = totals.units.astype(np.float64), lead.astype(np.float64)
    lead_spread = units * (_LEAD_DEVIATION * long)  # days × d̄ σL
    safety = _SAFETY * np.sqrt(long * spread + lead_spread * lead_spread) / days
    point = units * long / days + safety
    return safety, point, _near_half(safety) | _near_half(point)


def _near_half(number: npt.NDArray[np.float64]) -> Mask:
    return np.abs(number - np.floor(number) - 0.5) < 1e-7 + number * 1e-13


def _batch(settings: SeedSettings, totals: DemandTotals) -> Ints:
    """Units to order at a time: ∝ √demand (Wilson's economic order quantity), so that the purchase orders suffice.

    With a factor c and daily demand d, c √d units last c / √d days; c makes the lines of all together what the weekly
    purchase orders have room for.
    """
    root = np.sqrt(totals.units.astype(np.float64) * 1e6).astype(np.int64)
    lines_a_week = settings.purchase_orders.mean * _LINES_PLANNED
    factor = 7 * float(int(root.sum())) / (1e6 * settings.days * lines_a_week)
    batch = np.ceil(root.astype(np.float64) * factor).astype(np.int64)
    most = -(-_MOST_COVER_DAYS * totals.units // settings.days)
    return np.where(totals.units > 0, np.clip(batch, 1, np.maximum(most, 1)), _IDLE_ORDER)


def _round_pack(batch: Ints) -> Ints:
    """The largest round pack that is at most a fifth of the batch."""
    return _ROUND_PACKS[np.maximum(np.searchsorted(_ROUND_PACKS, batch // 5, side="right") - 1, 0)]


def _spells(settings: SeedSettings, totals: DemandTotals, cover: Ints, bulk: Mask) -> Spells:
    """Spells over twice as long as what a series has on hand on average, `cover`, lasts: its stock runs out."""
    cover_days = np.minimum(cover * settings.days // np.maximum(totals.units, 1), 3 * _MOST_COVER_DAYS)
    length = 2 + 5 * cover_days // 2
    period = length * _SPELL_ONE_IN[np.searchsorted(_SPELL_COVER_DAYS, cover_days, side="right")]
    # Evenly, so that no seed lacks spells on as_of.
    start = words(settings.seed, Stream.SPELL, np.zeros(1, dtype=np.uint64))
    phase = evenly(np.arange(len(cover)), start)
    return Spells(
        last=settings.days - 1,
        length=np.where(bulk, 0, length),
        period=period,
        place=below(phase, period),
    )


def _opening(  # noqa: PLR0917  # each is an array of its own meaning
    settings: SeedSettings, totals: DemandTotals, reorder: Ints, batch: Ints, bulk: Mask, spell: Spells
) -> Ints:
    """Stock before the history: evenly between reorder point and maximum, less what a running spell has cost.

    What comes in bulk is due for an order at once, so that it has come by as_of in a history of some weeks.
    """
    index = np.arange(len(reorder))
    chance = field(words(settings.seed, Stream.OPENING, index), 0, 32)
    usual = np.where(bulk, below(chance, reorder + 1), reorder + 1 + below(chance, batch))
    passed, running = spell.day_of(index, 0)
    idle = totals.units == 0
    gone = np.where(idle, usual * (2 * passed > spell.length), totals.units * passed // settings.days)
    left: Ints = usual - np.where(running, gone, 0)
    return np.maximum(left, 0)
