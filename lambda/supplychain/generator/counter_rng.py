"""Counter-based random numbers: the bits at any index of any stream, in any order and in any process.

The bits at an index are ``mix(stream_key + index * GAMMA)``, with the finaliser of SplitMix64. They depend on the
seed, stream and index, so an order's draws do not depend on any other order. Integers only: the same bits with every
machine, Python and numpy.
"""

from enum import IntEnum, auto
from functools import cache
from typing import Final

import numpy as np

from supplychain.dataset import splitmix64
from supplychain.generator.arrays import BoolArray, Int64Array, IntegerArray, UInt64Array


class Stream(IntEnum):
    """What a draw is for. The numbers are part of the data format: append new streams, never reorder them."""

    PRODUCT_GROUP = auto()
    PRODUCT = auto()
    PRICE_RANK = auto()
    DEMAND_RANK = auto()
    WAREHOUSE = auto()
    ASSORTMENT = auto()
    WAREHOUSE_PRODUCT = auto()
    ORDERS_PER_DAY = auto()
    SALES_ORDER = auto()
    SALES_LINE = auto()
    SALES_HEADER = auto()
    CANCELLED = auto()
    LATE = auto()
    BULK_PURCHASE = auto()
    OPENING_STOCK = auto()
    SUPPLY_OUTAGE = auto()
    WEEKLY_QUOTA = auto()
    PURCHASE_ORDER = auto()
    PURCHASE_LINE = auto()
    SHORT_RECEIPT = auto()
    WEEKLY_BUDGET = auto()
    FILLER_ORDER = auto()
    SHIPPING_PROGRESS = auto()


@cache
def stream_key(seed: int, stream: Stream) -> int:
    """The number that distinguishes the bits of one stream of one seed."""
    return splitmix64.next_output(splitmix64.next_output(seed) + stream * splitmix64.GAMMA)


_WORD_BITS: Final = 64


def random_bits(seed: int, stream: Stream, index: IntegerArray) -> UInt64Array:
    """64 random bits for each index, in an array of the same shape."""
    states = index.astype(np.uint64)  # a copy, as the rest works in place
    states *= np.uint64(splitmix64.GAMMA)
    states += np.uint64(stream_key(seed, stream))
    return splitmix64.mix(states)


def bit_field(bits: UInt64Array, low: int, width: int) -> UInt64Array:
    """The `width` bits from bit `low` up, as numbers."""
    shifted = bits >> np.uint64(low)
    return shifted if low + width == _WORD_BITS else shifted & np.uint64((1 << width) - 1)


def below(bits32: UInt64Array, limit: IntegerArray | int) -> Int64Array:
    """Numbers from 0 to limit − 1 from 32 random bits each, by multiply and shift (Lemire, 2019); limit up to 2^31."""
    factor = np.uint64(limit) if isinstance(limit, int) else limit.astype(np.uint64)
    return ((bits32 * factor) >> np.uint64(32)).astype(np.int64)


def one_in_every(seed: int, stream: Stream, index: Int64Array, size: int) -> BoolArray:
    """Mark exactly one index of every `size` consecutive ones, so that the share is the same for every seed."""
    run = index // size
    marked_place = below(bit_field(random_bits(seed, stream, run), 32, 32), size)
    marked: BoolArray = (index - run * size) == marked_place
    return marked


def low_discrepancy(seed: int, stream: Stream, index: IntegerArray) -> UInt64Array:
    """32 bits for each index, spread evenly over their range: multiples of the golden ratio from a random start."""
    start = random_bits(seed, stream, np.zeros(1, dtype=np.int64))
    return (index.astype(np.uint64) * np.uint64(splitmix64.GAMMA >> 32) + start) & np.uint64(0xFFFFFFFF)


def permutation(seed: int, stream: Stream, count: int, *, salt: int = 0) -> Int64Array:
    """A permutation of 0 … count − 1; a different one for each `salt`."""
    index = np.arange(count, dtype=np.uint64) + np.uint64(salt << 32)
    return np.argsort(random_bits(seed, stream, index), kind="stable").astype(np.int64)
