"""The products: group, supplier, cost, price, and share of the demand."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplychain.generator import columns, reference_data
from supplychain.generator.arrays import Int8Array, Int32Array, Int64Array, IntegerArray, UInt64Array
from supplychain.generator.calendar import Calendar
from supplychain.generator.counter_rng import Stream, below, bit_field, permutation, random_bits
from supplychain.generator.product_names import NAME_SUFFIXES, NAMES_PER_GROUP, PRODUCT_GROUPS, PRODUCT_NAMES
from supplychain.generator.quantiles import QUANTILE_COUNT, lognormal
from supplychain.settings import SeedSettings

_CODE_PREFIX = "PROD"
_CODE_WIDTH = 4

_PRICE_CENTS = lognormal("3000", "1.05")
_GROUP_PRICE_PERCENT = np.array([210, 70, 150, 80, 50, 130, 85, 45])
"""Price level of each product group. Prices that differ widely make order values follow Benford's law."""

_POPULARITY = lognormal("1000", "1.00")
"""How often products are ordered. With these prices, a fifth of the products makes three quarters of the revenue."""

_SUPPLIER_OFFSETS = np.array([0, 0, 0, 1, 1, 3, 4, 6])
"""Each group has a main supplier; its products' suppliers are so many after that one."""

_HIGH_PRICE_CENTS = 10_000

_MAX_AGE_DAYS = 1_500
"""Products were created at most this long before the history."""


@dataclass(frozen=True)
class Products:
    """The products, one item each; money in cents, dates in days since 1970-01-01."""

    group: Int8Array
    supplier: Int8Array
    cost: Int32Array
    price: Int32Array
    popularity: Int32Array
    created: Int32Array
    """At most the first day of the history, so that no product is sold before it was created."""
    updated: Int32Array

    @property
    def count(self) -> int:
        """Number of products."""
        return len(self.group)

    @property
    def code_width(self) -> int:
        """Digits in a product code; the same for all products of a generation."""
        return max(_CODE_WIDTH, len(str(self.count)))

    def codes(self, index: IntegerArray) -> pa.Array:
        """The product codes at some indices."""
        return columns.codes(index, prefix=_CODE_PREFIX, width=self.code_width, total=self.count)


def make_products(settings: SeedSettings, calendar: Calendar) -> Products:
    """The products of resolved settings."""
    seed, count = settings.seed, settings.num_products
    index = np.arange(count)
    groups = len(PRODUCT_GROUPS)
    rotation = below(bit_field(random_bits(seed, Stream.PRODUCT_GROUP, index // groups), 32, 32), groups)
    group = (index + rotation) % groups
    bits = random_bits(seed, Stream.PRODUCT, index)
    supplier = (group + _SUPPLIER_OFFSETS[bit_field(bits, 0, 3)]) % len(reference_data.SUPPLIER_NAMES)
    base_price = _quantile_by_rank(_PRICE_CENTS, permutation(seed, Stream.PRICE_RANK, count))
    price = _charm_price(base_price * _GROUP_PRICE_PERCENT[group] // 100)
    created = calendar.first_date - below(bit_field(bits, 3, 20) << np.uint64(12), _MAX_AGE_DAYS)
    as_of = calendar.first_date + calendar.last_day
    updated = created + below(bit_field(bits, 23, 20) << np.uint64(12), as_of - created + 1)
    markup = _markup_percent(bit_field(bits, 43, 10), bit_field(bits, 53, 10))
    popularity = _quantile_by_rank(_POPULARITY, permutation(seed, Stream.DEMAND_RANK, count))
    return Products(
        group=group.astype(np.int8),
        supplier=supplier.astype(np.int8),
        cost=_cost(price, markup).astype(np.int32),
        price=price.astype(np.int32),
        popularity=popularity.astype(np.int32),
        created=created.astype(np.int32),
        updated=updated.astype(np.int32),
    )


def product_rows(products: Products, selected: range) -> dict[str, pa.Array]:
    """The columns of table product, for a range of products."""
    index = np.arange(selected.start, selected.stop, dtype=np.int32)
    rows = slice(selected.start, selected.stop)
    return {
        "product_code": products.codes(index),
        "product_name": _product_names(products, index),
        "product_group": columns.categorical(products.group[rows], PRODUCT_GROUPS),
        "unit_cost": columns.money(products.cost[rows]),
        "unit_price": columns.money(products.price[rows]),
        "supplier_code": columns.categorical(products.supplier[rows], reference_data.SUPPLIER_CODES),
        "supplier_name": columns.categorical(products.supplier[rows], reference_data.SUPPLIER_NAMES),
        "created_date": columns.dates(products.created[rows]),
        "updated_date": columns.dates(products.updated[rows]),
    }


def _quantile_by_rank(table: Int32Array, rank: Int64Array) -> Int64Array:
    """Values of a quantile table for a permutation of ranks: the distribution is the same for every seed."""
    return table[(2 * rank + 1) * QUANTILE_COUNT // (2 * len(rank))].astype(np.int64)


def _charm_price(cents: Int64Array) -> Int64Array:
    """Prices with typical endings: 9 cents, or 9.99 from 100.00 on."""
    low = cents // 10 * 10 + 9
    high = cents // 1000 * 1000 + 999
    return np.where(cents < _HIGH_PRICE_CENTS, low, high)


def _markup_percent(first: UInt64Array, second: UInt64Array) -> Int64Array:
    """Price over cost, 120 to 250 %: the lower of two draws of ten bits, as low mark-ups are more common."""
    return 120 + np.minimum(first, second).astype(np.int64) * 130 // 1023


def _cost(price: Int64Array, markup_percent: Int64Array) -> Int64Array:
    """The cost closest to that mark-up, with 1.20 ≤ price / cost ≤ 2.50 to the cent."""
    nearest = (price * 200 + markup_percent) // (2 * markup_percent)
    cost: Int64Array = np.clip(nearest, -(-2 * price // 5), 5 * price // 6)
    return cost


def _product_names(products: Products, index: Int32Array) -> pa.Array:
    """Unique names: the plain names of each group, then the same with each suffix, then numbered marks of these."""
    # No two products of a group share index // groups.
    reuse, position = np.divmod(index // len(PRODUCT_GROUPS), NAMES_PER_GROUP)
    mark, suffix = np.divmod(reuse, len(NAME_SUFFIXES))
    known = [name + ending for ending in NAME_SUFFIXES for group in PRODUCT_GROUPS for name in PRODUCT_NAMES[group]]
    first = (suffix * len(PRODUCT_GROUPS) + products.group[index]) * NAMES_PER_GROUP
    names = columns.categorical(first + position, known)
    if not mark.any():
        return names
    text = names.cast(pa.string())
    numbered = pc.binary_join_element_wise(text, pa.array(mark + 1).cast(pa.string()), " Mk ")
    return pc.if_else(pa.array(mark > 0), numbered, text)
