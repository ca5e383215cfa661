"""Settings whose numbers would not fit their columns are rejected, with the figure."""

import datetime as dt

import pytest
from datasets import AS_OF

from supplychain.generator import make_plan
from supplychain.settings import SeedSettings, SettingError, Span


def test_too_many_units_are_rejected():
    """Ten million orders a day for one product: the message names the setting, the figure, the limit and what to do."""
    settings = SeedSettings(num_products=1, warehouses=1, orders_per_day=Span(10_000_000, 10_000_000), as_of=AS_OF)
    with pytest.raises(
        SettingError,
        match=r"orders_per_day: 10000000-10000000 .* [0-9,]{13,} units .* at most 1,000,000,000 .*: use fewer orders",
    ):
        make_plan(settings)


def test_settings_are_rejected_before_any_work():
    """Rejecting them takes no longer with more orders."""
    settings = SeedSettings(days=3650, orders_per_day=Span(10_000_000, 10_000_000), as_of=AS_OF)
    start = dt.datetime.now(dt.UTC)
    with pytest.raises(SettingError):
        make_plan(settings)
    assert dt.datetime.now(dt.UTC) - start < dt.timedelta(seconds=5)
