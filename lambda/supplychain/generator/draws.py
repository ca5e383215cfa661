"""Random bits by counter: the word at any index of any stream, in any order, in any process.

A draw is ``mix(key + index * GOLDEN)`` with the finaliser of SplitMix64 (Steele, Lea and Flood, 2014), so an order's
draws depend on the seed, the stream and the order's own number, and on no other order. Integers only: the same bits
with every machine, Python and numpy.
"""

from enum import IntEnum, auto

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_GOLDEN = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_MASK = 2**64 - 1


class Stream(IntEnum):
    """What a draw is for. A number stands for one purpose for good: it is part of the format."""

    PRODUCT_GROUP = auto()
    PRODUCT = auto()
    PRICE_RANK = auto()
    DEMAND_RANK = auto()
    WAREHOUSE = auto()
    ASSORTMENT = auto()
    WAREHOUSE_PRODUCT = auto()
    DAY = auto()
    SALES_ORDER = auto()
    SALES_LINE = auto()
    SALES_HEADER = auto()
    CANCELLED = auto()
    LATE = auto()
    BULK = auto()
    OPENING = auto()
    SPELL = auto()
    WEEK = auto()
    PURCHASE_ORDER = auto()
    PURCHASE_LINE = auto()
    SHORT_RECEIPT = auto()
    BUDGET = auto()
    FILLER = auto()
    PROGRESS = auto()


def key(seed: int, stream: Stream) -> int:
    """The key of one stream of one seed."""
    return _mix_one(_mix_one(seed) + stream * _GOLDEN)


def words(seed: int, stream: Stream, index: npt.NDArray[np.integer]) -> Words:
    """64 random bits for each index, an array of any shape."""
    bits = index.astype(np.uint64)  # a copy: the steps below work in place
    bits *= np.uint64(_GOLDEN)
    bits += np.uint64(key(seed, stream))
    buffer = np.empty_like(bits)
    for shift, factor in _MIX:
        np.right_shift(bits, np.uint64(shift), out=buffer)
        bits ^= buffer
        bits *= np.uint64(factor)
    np.right_shift(bits, np.uint64(31), out=buffer)
    bits ^= buffer
    return bits


def field(bits: Words, low: int, width: int) -> Words:
    """The `width` bits from bit `low` up."""
    return (bits >> np.uint64(low)) & np.uint64((1 << width) - 1)


def below(bits32: Words, limit: npt.NDArray[np.integer] | int) -> Ints:
    """A number from 0 to limit − 1 from 32 bits, by multiply and shift (Lemire, 2019); limits up to 2^31."""
    factor = np.uint64(limit) if isinstance(limit, int) else limit.astype(np.uint64)
    return ((bits32 * factor) >> np.uint64(32)).astype(np.int64)


def one_in(seed: int, stream: Stream, index: Ints, run: int) -> Mask:
    """Marks exactly one index in each run of `run`: a share that no seed misses."""
    number = index // run
    place = below(words(seed, stream, number) >> np.uint64(32), run)
    marked: Mask = (index - number * run) == place
    return marked


def evenly(index: npt.NDArray[np.integer], start: Words) -> Words:
    """32 bits for each index that lie evenly over their range: multiples of the golden ratio from `start` on."""
    return (index.astype(np.uint64) * np.uint64(_GOLDEN >> 32) + start) & np.uint64(0xFFFFFFFF)


def shuffled(seed: int, stream: Stream, count: int, *, salt: int = 0) -> Ints:
    """A permutation of 0 … count − 1; another for each `salt`."""
    index = np.arange(count, dtype=np.uint64) + np.uint64(salt << 32)
    return np.argsort(words(seed, stream, index), kind="stable").astype(np.int64)


def _mix_one(number: int) -> int:
    bits = (number + _GOLDEN) & _MASK
    for shift, factor in _MIX:
        bits = ((bits ^ (bits >> shift)) * factor) & _MASK
    return bits ^ (bits >> 31)
