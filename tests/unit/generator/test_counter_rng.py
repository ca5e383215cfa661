"""Counter-based random numbers: known bits, independent of slicing, and evenly distributed where they should be."""

import numpy as np
import pytest

from supplychain.dataset import splitmix64
from supplychain.generator import counter_rng
from supplychain.generator.counter_rng import Stream


def test_the_hash_is_splitmix64():
    """The first outputs for state 0 are those published with Vigna's reference implementation."""
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [splitmix64.next_output(splitmix64.GAMMA * step) for step in range(3)] == expected


def test_bits_depend_on_seed_stream_and_index_only():
    """A slice of the indices gives the same bits as all of them; another stream or seed gives others."""
    index = np.arange(1000)
    bits = counter_rng.random_bits(7, Stream.SALES_LINE, index)
    key = counter_rng.stream_key(7, Stream.SALES_LINE)
    assert bits[500] == splitmix64.next_output(key + 499 * splitmix64.GAMMA)
    assert np.array_equal(counter_rng.random_bits(7, Stream.SALES_LINE, index[300:310]), bits[300:310])
    assert not np.any(counter_rng.random_bits(7, Stream.SALES_ORDER, index) == bits)
    assert not np.any(counter_rng.random_bits(8, Stream.SALES_LINE, index) == bits)


def test_one_index_is_marked_in_every_run():
    """Exactly one of every seven consecutive indices is marked, and not always at the same place."""
    marked = counter_rng.one_in_every(3, Stream.LATE, np.arange(7000), 7).reshape(-1, 7)
    assert np.array_equal(marked.sum(axis=1), np.ones(1000))
    assert marked.any(axis=0).all()


@pytest.mark.parametrize("limit", [1, 2, 3, 1000, 2**31])
def test_numbers_below_a_limit_fill_their_range(limit: int):
    """The smallest bits give 0, and the largest give the limit − 1."""
    assert counter_rng.below(np.array([0, 2**32 - 1], dtype=np.uint64), limit).tolist() == [0, limit - 1]
