"""Settings whose numbers would not fit their columns are refused, with the figure."""

import datetime as dt

import pytest
from datasets import AS_OF

from supplychain.generator import make_plan
from supplychain.settings import SeedSettings, SettingError, Span


def test_more_units_than_can_be_accounted_for_are_refused():
    """Ten million orders a day for one product: the message names the setting, the figure and what to do."""
    chosen = SeedSettings(num_products=1, warehouses=1, orders_per_day=Span(10_000_000, 10_000_000), as_of=AS_OF)
    with pytest.raises(
        SettingError, match=r"orders_per_day: 10000000-10000000 .* [0-9,]{13,} units .* at most 1,000,000,000"
    ):
        make_plan(chosen)


def test_the_refusal_comes_before_the_work():
    """It takes no time that grows with the orders."""
    chosen = SeedSettings(days=3650, orders_per_day=Span(10_000_000, 10_000_000), as_of=AS_OF)
    start = dt.datetime.now(dt.UTC)
    with pytest.raises(SettingError):
        make_plan(chosen)
    assert dt.datetime.now(dt.UTC) - start < dt.timedelta(seconds=5)
