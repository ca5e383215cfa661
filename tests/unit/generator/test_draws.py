"""Draws by counter: known bits, whatever the slice, and even where they are meant to be."""

import numpy as np
import pytest
from datasets import AS_OF

from supplychain.generator import draws, make_plan
from supplychain.generator.calendar import make_calendar
from supplychain.generator.draws import Stream
from supplychain.generator.products import make_products, product_rows
from supplychain.settings import SeedSettings, Span


def test_the_mixer_is_splitmix64():
    """The first outputs of SplitMix64 for state 0, as published with Vigna's reference implementation."""
    golden = 0x9E3779B97F4A7C15
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [draws._mix_one(golden * step % 2**64) for step in range(3)] == expected


def test_bits_depend_on_seed_stream_and_index_only():
    """An array's bits are those of each index alone; another stream or seed has others."""
    index = np.arange(1000)
    bits = draws.words(7, Stream.SALES_LINE, index)
    key = draws.key(7, Stream.SALES_LINE)
    golden = 0x9E3779B97F4A7C15
    assert bits[500] == draws._mix_one((key + 499 * golden) % 2**64)
    assert np.array_equal(draws.words(7, Stream.SALES_LINE, index[300:310]), bits[300:310])
    assert not np.any(draws.words(7, Stream.SALES_ORDER, index) == bits)
    assert not np.any(draws.words(8, Stream.SALES_LINE, index) == bits)


def test_each_run_has_one_marked_index():
    """Of each seven in a row exactly one is marked, not always at the same place."""
    marked = draws.one_in(3, Stream.LATE, np.arange(7000), 7).reshape(-1, 7)
    assert np.array_equal(marked.sum(axis=1), np.ones(1000))
    assert marked.any(axis=0).all()


@pytest.mark.parametrize("limit", [1, 2, 3, 1000, 2**31])
def test_numbers_below_a_limit_fill_their_range(limit: int):
    """The smallest bits give 0, the largest the limit less one."""
    assert draws.below(np.array([0, 2**32 - 1], dtype=np.uint64), limit).tolist() == [0, limit - 1]


def test_orders_stay_within_their_range_on_every_day():
    """The ends of a range are not passed in any month, and a range of one number is that number."""
    for span in (Span(3, 8), Span(300, 800), Span(7, 7), Span(1, 10_000_000)):
        orders = np.diff(make_calendar(SeedSettings(days=3650, orders_per_day=span, as_of=AS_OF)).orders_before)
        assert span.low <= orders.min() <= orders.max() <= span.high


def test_product_names_are_unique_and_codes_of_one_width():
    """Twenty thousand products have as many names; their codes are five digits wide."""
    settings = SeedSettings(num_products=20_000, as_of=AS_OF)
    products = make_products(settings, make_calendar(settings))
    rows = product_rows(products, range(products.count))
    assert len(set(rows["product_name"].to_pylist())) == 20_000
    assert rows["product_code"][0].as_py() == "PROD00001"
    assert rows["product_code"][19_999].as_py() == "PROD20000"


def test_codes_beyond_a_dictionary_are_plain_text():
    """With very many products a block does not carry them all: the codes come as text, and are right."""
    settings = SeedSettings(num_products=70_000, warehouses=1, days=1, as_of=AS_OF)
    products = make_plan(settings).products
    assert product_rows(products, range(69_998, 70_000))["product_code"].to_pylist() == ["PROD69999", "PROD70000"]
