"""The series of each warehouse and supplier: a purchase order combines lines of one such group."""

from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import Int8Array, Int64Array
from supplychain.generator.assortment import Assortment
from supplychain.generator.products import Products
from supplychain.generator.reference_data import SUPPLIER_NAMES

SUPPLIER_COUNT = len(SUPPLIER_NAMES)

_LEAD_TIME_RANKS = 32
"""More than the longest lead time in days."""


@dataclass(frozen=True)
class SupplierGroups:
    """All series in one order, by group and then by lead time; a series' place in it is its rank.

    So a group is a range of ranks, and neighbours within it have similar lead times.
    """

    series: Int64Array
    """The series at each rank."""
    rank: Int64Array
    """The rank of each series."""
    start: Int64Array
    """First rank of each group."""
    size: Int64Array
    """Series in each group."""
    warehouse_supplier: Int64Array
    """Warehouse × SUPPLIER_COUNT + supplier of each group."""

    def group_of(self, rank: Int64Array) -> Int64Array:
        """The group that contains each rank."""
        return np.searchsorted(self.start, rank, side="right") - 1


def make_supplier_groups(products: Products, assortment: Assortment, lead_time: Int8Array) -> SupplierGroups:
    """The groups of all series, given their planned lead times in days."""
    warehouse_supplier = (
        assortment.warehouse_of_series() * np.int64(SUPPLIER_COUNT) + products.supplier[assortment.product]
    )
    series = np.argsort(warehouse_supplier * _LEAD_TIME_RANKS + lead_time, kind="stable")
    rank = np.empty_like(series)
    rank[series] = np.arange(len(series))
    ranked = warehouse_supplier[series]
    start = np.flatnonzero(np.diff(ranked, prepend=-1))
    return SupplierGroups(
        series=series,
        rank=rank,
        start=start,
        size=np.diff(start, append=len(ranked)),
        warehouse_supplier=ranked[start],
    )
