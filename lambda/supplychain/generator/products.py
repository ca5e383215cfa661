"""The products: group, supplier, cost, price, and how much of the demand each has."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from supplychain.generator import columns, names, product_names
from supplychain.generator.calendar import Calendar
from supplychain.generator.draws import Ints, Small, Stream, below, field, shuffled, words
from supplychain.generator.quantiles import COUNT, lognormal
from supplychain.settings import SeedSettings

CODE_PREFIX = "PROD"
_CODE_WIDTH = 4

_PRICE_CENTS = lognormal("3000", "1.05")
_GROUP_PRICE_PERCENT = np.array([210, 70, 150, 80, 50, 130, 85, 45])
"""Price level of each of product_names.GROUPS. Prices far apart let order values follow Benford's law."""

_POPULARITY = lognormal("1000", "1.00")
"""How often products are ordered, by quantile: with the prices, a fifth makes three quarters of revenue."""

_SUPPLIER_STEPS = np.array([0, 0, 0, 1, 1, 3, 4, 6])
"""Suppliers of a group's products, from its own supplier on: most come from that one."""

_LARGE_CENTS = 10_000

_RANGE_AGE_DAYS = 1_500
"""Products were created at most this long before the history."""


@dataclass(frozen=True)
class Products:
    """The products by index from 0; money in cents."""

    group: npt.NDArray[np.int8]
    supplier: npt.NDArray[np.int8]
    cost: Small
    price: Small
    popularity: Small
    created: Small
    """Days since 1970-01-01; at most the first day of the history, so that nothing is sold before."""
    updated: Small

    @property
    def count(self) -> int:
        """Number of products."""
        return len(self.group)

    @property
    def code_width(self) -> int:
        """Digits of the product code: one width per generation."""
        return max(_CODE_WIDTH, len(str(self.count)))

    def codes(self, index: Small) -> pa.Array:
        """The product codes of some indices."""
        return columns.code(index, prefix=CODE_PREFIX, width=self.code_width, known=self.count)


def make_products(settings: SeedSettings, calendar: Calendar) -> Products:
    """The products of resolved settings."""
    seed, count = settings.seed, settings.num_products
    index = np.arange(count)
    eight = len(product_names.GROUPS)
    group = (index + below(words(seed, Stream.PRODUCT_GROUP, index // eight) >> np.uint64(32), eight)) % eight
    bits = words(seed, Stream.PRODUCT, index)
    supplier = (group + _SUPPLIER_STEPS[field(bits, 0, 3)]) % len(names.SUPPLIERS)
    price = _charm(
        _by_rank(_PRICE_CENTS, shuffled(seed, Stream.PRICE_RANK, count)) * _GROUP_PRICE_PERCENT[group] // 100
    )
    created = calendar.first - below(field(bits, 3, 20) << np.uint64(12), _RANGE_AGE_DAYS)
    as_of = calendar.first + calendar.last
    updated = created + below(field(bits, 23, 20) << np.uint64(12), as_of - created + 1)
    return Products(
        group=group.astype(np.int8),
        supplier=supplier.astype(np.int8),
        cost=_cost(price, _markup(field(bits, 43, 10), field(bits, 53, 10))).astype(np.int32),
        price=price.astype(np.int32),
        popularity=_by_rank(_POPULARITY, shuffled(seed, Stream.DEMAND_RANK, count)).astype(np.int32),
        created=created.astype(np.int32),
        updated=updated.astype(np.int32),
    )


def product_rows(products: Products, some: range) -> dict[str, pa.Array]:
    """The columns of the products of a range."""
    index = np.arange(some.start, some.stop, dtype=np.int32)
    rows = slice(some.start, some.stop)
    return {
        "product_code": products.codes(index),
        "product_name": _names(products, index),
        "product_group": columns.category(products.group[rows], product_names.GROUPS),
        "unit_cost": columns.money(products.cost[rows]),
        "unit_price": columns.money(products.price[rows]),
        "supplier_code": columns.category(products.supplier[rows], names.SUPPLIER_CODES),
        "supplier_name": columns.category(products.supplier[rows], names.SUPPLIERS),
        "created_date": columns.dates(products.created[rows]),
        "updated_date": columns.dates(products.updated[rows]),
    }


def _by_rank(table: Small, rank: Ints) -> Ints:
    """Values of a quantile table for ranks 0 … n − 1: the distribution is the same for each seed."""
    return table[(2 * rank + 1) * COUNT // (2 * len(rank))].astype(np.int64)


def _charm(cents: Ints) -> Ints:
    """Prices as shops write them: …9 cents, whole tens less one cent above 100."""
    small = cents // 10 * 10 + 9
    large = cents // 1000 * 1000 + 999
    return np.where(cents < _LARGE_CENTS, small, large)


def _markup(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> Ints:
    """Price over cost in percent, 120 to 250, low mark-ups more often: the smaller of two even draws of ten bits."""
    return 120 + np.minimum(first, second).astype(np.int64) * 130 // 1023


def _cost(price: Ints, markup: Ints) -> Ints:
    """The cost whose mark-up is nearest, within 1.20 ≤ price / cost ≤ 2.50 to the cent."""
    nearest = (price * 200 + markup) // (2 * markup)
    cost: Ints = np.clip(nearest, -(-2 * price // 5), 5 * price // 6)
    return cost


def _names(products: Products, index: Small) -> pa.Array:
    """The catalogue's names, each once: the second time round with a line's ending, the ninth with a mark's number."""
    groups, size, lines = (
        len(product_names.GROUPS),
        len(next(iter(product_names.CATALOGUE.values()))),
        len(product_names.LINES),
    )
    time_round, place = np.divmod(index // groups, size)  # no two products of a group share index // groups
    mark, line = np.divmod(time_round, lines)
    known = [
        name + line
        for line in product_names.LINES
        for group in product_names.GROUPS
        for name in product_names.CATALOGUE[group]
    ]
    plain = columns.category((line * groups + products.group[index]) * size + place, known)
    if not mark.any():
        return plain
    text = plain.cast(pa.string())
    numbered = pc.binary_join_element_wise(text, pa.array(mark + 1).cast(pa.string()), " Mk ")
    return pc.if_else(pa.array(mark > 0), numbered, text)
