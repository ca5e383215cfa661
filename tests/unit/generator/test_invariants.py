"""The invariants hold for every accepted setting, judged by an oracle that shares no code with the generator."""

import datetime as dt

import pytest
from datasets import AS_OF, facts, generated
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.judge import violations

from supplychain.settings import SeedSettings, Span


def spans(highest: int) -> st.SearchStrategy[Span]:
    """Ranges of numbers from 1 to `highest`."""
    return st.tuples(st.integers(1, highest), st.integers(1, highest)).map(lambda ends: Span(min(ends), max(ends)))


@given(
    chosen=st.builds(
        SeedSettings,
        num_products=st.one_of(st.integers(1, 30), st.integers(1, 400)),
        days=st.one_of(st.integers(1, 30), st.integers(1, 200)),
        warehouses=st.one_of(st.integers(1, 4), st.integers(1, 25)),
        orders_per_day=spans(20),
        purchase_orders_per_week=st.one_of(st.none(), spans(40)),
        seed=st.integers(0, 2**63 - 1),
        as_of=st.dates(dt.date(1950, 1, 1), dt.date(2199, 12, 31)),
    )
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_every_invariant_holds_for_drawn_settings(chosen: SeedSettings):
    """No row violates a check, whatever the settings."""
    assert violations(generated.__wrapped__(chosen), facts(chosen)) == []


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(SeedSettings(as_of=AS_OF), id="the defaults"),
        pytest.param(
            SeedSettings(num_products=1, days=1, warehouses=1, orders_per_day=Span(1, 1), as_of=AS_OF),
            id="one of each",
        ),
        pytest.param(SeedSettings(num_products=1, days=30, warehouses=3, as_of=AS_OF), id="one product"),
        pytest.param(SeedSettings(num_products=2, days=400, warehouses=1, as_of=AS_OF), id="two products"),
        pytest.param(SeedSettings(days=1, as_of=AS_OF), id="one day, a Saturday"),
        pytest.param(SeedSettings(days=366, as_of=dt.date(2024, 2, 29)), id="leap day"),
        pytest.param(SeedSettings(num_products=12, days=30, warehouses=1000, as_of=AS_OF), id="a thousand warehouses"),
        pytest.param(SeedSettings(num_products=20_000, days=20, warehouses=1, as_of=AS_OF), id="many products"),
        pytest.param(
            SeedSettings(num_products=10, days=3650, warehouses=2, orders_per_day=Span(1, 2), as_of=AS_OF),
            id="ten years",
        ),
        pytest.param(
            SeedSettings(num_products=3, days=3, warehouses=1, orders_per_day=Span(3000, 9000), as_of=AS_OF),
            id="long days, few products",
        ),
        pytest.param(
            SeedSettings(num_products=5, days=15, purchase_orders_per_week=Span(300, 3000), as_of=AS_OF),
            id="many purchase orders",
        ),
        pytest.param(
            SeedSettings(num_products=60, days=40, orders_per_day=Span(1, 700), as_of=AS_OF), id="a wide range"
        ),
    ],
)
def test_every_invariant_holds_for_extreme_settings(chosen: SeedSettings):
    """No row violates a check at the limits of the settings."""
    assert violations(generated(chosen), facts(chosen)) == []
