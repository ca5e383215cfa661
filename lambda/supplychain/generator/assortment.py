"""Which warehouse stocks which product, and how the demand of a warehouse spreads over what it stocks.

A warehouse product is called a series here: its demand is a time series. Series are numbered in key order, by warehouse
and then product.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from supplychain.generator import columns, product_names
from supplychain.generator.calendar import GROUP_PERCENT
from supplychain.generator.draws import Ints, Small, Stream, below, field, shuffled, words
from supplychain.generator.products import Products
from supplychain.generator.quantiles import COUNT, lognormal
from supplychain.settings import SeedSettings

GROUP_CHOICES = 1024
"""Items of the table that picks a line's product group: ten bits."""

WAREHOUSE_CHOICES = 32_768
"""About as many items has the table that picks an order's warehouse."""

_FEW_PRODUCTS = 10
"""Below it, 70 to 90 % of the products may hold no whole number."""

_QUANTITIES = tuple(
    np.clip(lognormal(median, sigma), 1, 50)
    for median, sigma in (("4", "0.35"), ("12", "0.30"), ("3", "1.10"), ("6", "1.15"))
)
QUANTITIES = np.concatenate(_QUANTITIES)
"""Units on a line: four tables of 1024 quantiles, two for steady demand and two for erratic."""

_KINDS = np.array([0, 0, 0, 1, 1, 2, 2, 3], dtype=np.int8)

LEAD_LIMITS = (3, 21)
"""Shortest and longest planned lead time, in days."""

_SUPPLIER_LEAD_DAYS = ("6", "8", "11", "7", "9", "5", "12", "7.5")
_LEADS = np.stack([np.clip(lognormal(days, "0.30"), *LEAD_LIMITS) for days in _SUPPLIER_LEAD_DAYS])
"""Planned lead times by supplier, 1024 quantiles each: right-skewed."""


@dataclass(frozen=True)
class Assortment:
    """The warehouse products, and the tables that pick from them."""

    warehouses: int
    offsets: Ints
    """First series of each warehouse; the last item is the number of series."""
    product: Small
    """Product of each series."""
    lead: npt.NDArray[np.int8]
    """Planned days from purchase order to receipt."""
    kind: npt.NDArray[np.int8]
    """Which table of QUANTITIES a series draws from."""
    warehouse_choices: Small
    group_choices: npt.NDArray[np.int8]
    """Shape (12 × warehouses × 1024), flat: a group for each month, warehouse and ten bits."""
    pick_start: Ints
    """Where the picks of each warehouse and group start, warehouse × 8 + group; one item more than these."""
    picks: Small
    """Series, each as often as its share of the demand in its warehouse and group."""

    @property
    def count(self) -> int:
        """Number of series."""
        return len(self.product)

    def warehouse(self) -> Small:
        """Warehouse of each series."""
        return np.repeat(np.arange(self.warehouses, dtype=np.int32), np.diff(self.offsets))

    def warehouse_codes(self, warehouse: npt.NDArray[np.integer]) -> pa.Array:
        """The codes of some warehouses, WH001 and on, of one width."""
        width = max(3, len(str(self.warehouses)))
        return columns.code(warehouse, prefix="WH", width=width, known=self.warehouses)


def make_assortment(settings: SeedSettings, products: Products) -> Assortment:
    """The assortment of resolved settings."""
    stocked = [_stocked(settings, number) for number in range(settings.warehouses)]
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum([len(some) for some in stocked])])
    product = np.concatenate(stocked).astype(np.int32)
    bits = words(settings.seed, Stream.WAREHOUSE_PRODUCT, np.arange(len(product)))
    lead = _LEADS[products.supplier[product], field(bits, 0, 10)].astype(np.int8)
    # Products differ in popularity; each warehouse's customers differ a little from that.
    share = products.popularity[product].astype(np.int64) * (600 + field(bits, 10, 10).astype(np.int64))
    warehouse = np.repeat(np.arange(settings.warehouses), np.diff(offsets))
    cell = warehouse * len(product_names.GROUPS) + products.group[product]
    times = np.maximum(share * _picks_each(len(product)) // 2_000_000, 1)
    by_cell = np.argsort(cell, kind="stable")
    cells = settings.warehouses * len(product_names.GROUPS)
    in_cell = np.bincount(cell, weights=times, minlength=cells).astype(np.int64)
    return Assortment(
        warehouses=settings.warehouses,
        offsets=offsets,
        product=product,
        lead=lead,
        kind=_KINDS[field(bits, 20, 3)],
        warehouse_choices=_warehouse_choices(settings.warehouses),
        group_choices=_group_choices(in_cell.reshape(settings.warehouses, len(product_names.GROUPS))),
        pick_start=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(in_cell)]),
        picks=np.repeat(by_cell.astype(np.int32), times[by_cell]),
    )


def _stocked(settings: SeedSettings, warehouse: int) -> Ints:
    """The products of a warehouse, ascending: 70 to 90 % of them.

    The first two warehouses leave out different stretches of one permutation, so that together they stock everything.
    """
    count = settings.num_products
    bits = words(settings.seed, Stream.WAREHOUSE, np.array([warehouse]))
    if count < _FEW_PRODUCTS:
        kept = 1 + int(below(bits >> np.uint64(32), count)[0])
    else:
        fewest, most = -(-7 * count // 10), 9 * count // 10
        kept = fewest + int(below(bits >> np.uint64(32), most - fewest + 1)[0])
    order = shuffled(settings.seed, Stream.ASSORTMENT, count, salt=max(warehouse - 1, 0))
    return np.sort(order[-kept:] if warehouse == 1 else order[:kept])


def _picks_each(series: int) -> int:
    """Picks for a series of middling demand: fewer where there are many series, to bound the table."""
    for most, each in ((300_000, 16), (2_000_000, 4)):
        if series <= most:
            return each
    return 1


def _warehouse_choices(warehouses: int) -> Small:
    """Warehouses, the first ones more often: a big hub and ever smaller depots."""
    weight = 10 + 60 // (np.arange(warehouses) + 3)
    times = np.maximum(weight * WAREHOUSE_CHOICES // weight.sum(), 1)
    return np.repeat(np.arange(warehouses, dtype=np.int32), times)


def _group_choices(picks: Ints) -> npt.NDArray[np.int8]:
    """The groups of each month and warehouse, by their share of `picks` (warehouses, 8) and the month's factor."""
    choice = np.arange(GROUP_CHOICES)
    tables = []
    for percent in GROUP_PERCENT:
        upto = np.cumsum(picks * percent, axis=1)
        ends = upto * GROUP_CHOICES // upto[:, -1:]
        tables.append(np.sum(choice[:, None] >= ends[:, None, :], axis=2, dtype=np.int8).reshape(-1))
    return np.concatenate(tables)


assert QUANTITIES.size == len(_QUANTITIES) * COUNT  # noqa: S101  # ten bits pick a quantity
