"""Which warehouse stocks which product, and how the demand at a warehouse is distributed over what it stocks.

A warehouse product is called a series in this package, as its demand is a time series. Series are numbered in key
order: by warehouse, then by product.

Weighted choices are tables that list each item as often as its weight: a random index into the table picks an item.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplychain.generator import columns
from supplychain.generator.arrays import Int8Array, Int32Array, Int64Array, IntegerArray
from supplychain.generator.calendar import SEASONALITY_PERCENT
from supplychain.generator.counter_rng import Stream, below, bit_field, permutation, random_bits
from supplychain.generator.product_names import PRODUCT_GROUPS
from supplychain.generator.products import Products
from supplychain.generator.quantiles import QUANTILE_COUNT, lognormal
from supplychain.settings import SeedSettings

GROUP_CHOICES = 1024
"""Size of the table that picks a line's product group: ten random bits."""

WAREHOUSE_CHOICES = 32_768
"""Approximate size of the table that picks an order's warehouse."""

_MIN_PRODUCTS_FOR_SHARE = 10
"""With fewer products, 70 to 90 % of them may contain no whole number."""

_QUANTITY_TABLES = tuple(
    np.clip(lognormal(median, sigma), 1, 50)
    for median, sigma in (("4", "0.35"), ("12", "0.30"), ("3", "1.10"), ("6", "1.15"))
)
QUANTITIES = np.concatenate(_QUANTITY_TABLES)
"""Units on a line: four tables of 1024 quantiles, two of steady and two of erratic demand."""

_QUANTITY_TABLE_CHOICES = np.array([0, 0, 0, 1, 1, 2, 2, 3], dtype=np.int8)

LEAD_TIME_RANGE = (3, 21)
"""Shortest and longest planned lead time, in days."""

_SUPPLIER_LEAD_TIME_MEDIANS = ("6", "8", "11", "7", "9", "5", "12", "7.5")
_LEAD_TIMES = np.stack([np.clip(lognormal(days, "0.30"), *LEAD_TIME_RANGE) for days in _SUPPLIER_LEAD_TIME_MEDIANS])
"""Planned lead times in days, shape (suppliers, 1024): quantiles of a right-skewed distribution."""


@dataclass(frozen=True)
class Assortment:
    """The warehouse products, and the tables that pick from them."""

    warehouses: int
    warehouse_offsets: Int64Array
    """First series of each warehouse, and the number of series as one item more."""
    product: Int32Array
    """Product of each series."""
    lead_time: Int8Array
    """Planned days from purchase order to receipt, for each series."""
    quantity_table: Int8Array
    """Which of the tables in QUANTITIES a series uses."""
    warehouse_choices: Int32Array
    """Warehouses, weighted by their share of the orders."""
    group_choices: Int8Array
    """Product groups, weighted by season: month × warehouse × 1024 choices, flattened."""
    series_choices: Int32Array
    """Series, weighted by their share of the demand for their group in their warehouse."""
    series_choice_offsets: Int64Array
    """First choice of each warehouse × 8 + group, and the number of choices as one item more."""

    @property
    def series_count(self) -> int:
        """Number of series."""
        return len(self.product)

    def warehouse_of_series(self) -> Int32Array:
        """Warehouse of each series."""
        return np.repeat(np.arange(self.warehouses, dtype=np.int32), np.diff(self.warehouse_offsets))

    def warehouse_codes(self, warehouse: IntegerArray) -> pa.Array:
        """The codes of some warehouses: WH001 and on, all of one width."""
        width = max(3, len(str(self.warehouses)))
        return columns.codes(warehouse, prefix="WH", width=width, total=self.warehouses)


def make_assortment(settings: SeedSettings, products: Products) -> Assortment:
    """The assortment of resolved settings."""
    stocked = [_stocked_products(settings, number) for number in range(settings.warehouses)]
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum([len(chosen) for chosen in stocked])])
    product = np.concatenate(stocked).astype(np.int32)
    bits = random_bits(settings.seed, Stream.WAREHOUSE_PRODUCT, np.arange(len(product)))
    # Products differ in popularity, and the warehouses' customers differ a little in their preferences.
    weight = products.popularity[product].astype(np.int64) * (600 + bit_field(bits, 10, 10).astype(np.int64))
    choices = np.maximum(weight * _mean_choices_per_series(len(product)) // 2_000_000, 1)
    warehouse = np.repeat(np.arange(settings.warehouses), np.diff(offsets))
    cell = warehouse * len(PRODUCT_GROUPS) + products.group[product]
    by_cell = np.argsort(cell, kind="stable")
    cells = settings.warehouses * len(PRODUCT_GROUPS)
    cell_choices = np.bincount(cell, weights=choices, minlength=cells).astype(np.int64)
    return Assortment(
        warehouses=settings.warehouses,
        warehouse_offsets=offsets,
        product=product,
        lead_time=_LEAD_TIMES[products.supplier[product], bit_field(bits, 0, 10)].astype(np.int8),
        quantity_table=_QUANTITY_TABLE_CHOICES[bit_field(bits, 20, 3)],
        warehouse_choices=_warehouse_choices(settings.warehouses),
        group_choices=_group_choices(cell_choices.reshape(settings.warehouses, len(PRODUCT_GROUPS))),
        series_choices=np.repeat(by_cell.astype(np.int32), choices[by_cell]),
        series_choice_offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(cell_choices)]),
    )


def _stocked_products(settings: SeedSettings, warehouse: int) -> Int64Array:
    """The products of a warehouse, ascending: 70 to 90 % of all.

    The first two warehouses leave out different ends of one permutation, so that together they stock every product.
    """
    count = settings.num_products
    bits = bit_field(random_bits(settings.seed, Stream.WAREHOUSE, np.array([warehouse])), 32, 32)
    if count < _MIN_PRODUCTS_FOR_SHARE:
        stocked = 1 + int(below(bits, count)[0])
    else:
        fewest, most = -(-7 * count // 10), 9 * count // 10
        stocked = fewest + int(below(bits, most - fewest + 1)[0])
    order = permutation(settings.seed, Stream.ASSORTMENT, count, salt=max(warehouse - 1, 0))
    return np.sort(order[-stocked:] if warehouse == 1 else order[:stocked])


def _mean_choices_per_series(series_count: int) -> int:
    """Entries in the table of series for one of average demand: fewer the more series, to limit the table's size."""
    for most, choices in ((300_000, 16), (2_000_000, 4)):
        if series_count <= most:
            return choices
    return 1


def _warehouse_choices(warehouses: int) -> Int32Array:
    """Warehouses, weighted: the first is a large hub, and the following ones are ever smaller depots."""
    weight = 10 + 60 // (np.arange(warehouses) + 3)
    choices = np.maximum(weight * WAREHOUSE_CHOICES // weight.sum(), 1)
    return np.repeat(np.arange(warehouses, dtype=np.int32), choices)


def _group_choices(weight: Int64Array) -> Int8Array:
    """Product groups by month and warehouse, weighted by `weight`, shape (warehouses, 8), and by seasonality."""
    choice = np.arange(GROUP_CHOICES)
    months = []
    for percent in SEASONALITY_PERCENT:
        cumulative = np.cumsum(weight * percent, axis=1)
        ends = cumulative * GROUP_CHOICES // cumulative[:, -1:]
        months.append(np.sum(choice[:, None] >= ends[:, None, :], axis=2, dtype=np.int8).reshape(-1))
    return np.concatenate(months)


assert QUANTITIES.size == len(_QUANTITY_TABLES) * QUANTILE_COUNT  # noqa: S101  # ten bits pick a quantity
