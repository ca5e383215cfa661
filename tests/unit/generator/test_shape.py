"""The statistics of a year of trade lie where those of real companies do."""

import datetime as dt

import pytest
from datasets import AS_OF, facts, made
from oracle.judge import unanswered
from oracle.statistics import CHI_SQUARED_6_AT_P_0_001, Shape

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.settings import SeedSettings, Span

YEAR = SeedSettings(num_products=500, days=365, orders_per_day=Span(300, 800), as_of=AS_OF)
SUMMER = SeedSettings(num_products=500, days=365, orders_per_day=Span(300, 800), as_of=dt.date(2024, 7, 15), seed=7)

RANGES = {
    "revenue share of the top 20 % of products": (0.70, 0.85),
    "weekday effect on orders, chi squared": (CHI_SQUARED_6_AT_P_0_001, float("inf")),
    "December": (1.06, 1.16),
    "January": (0.87, 0.97),
    "February": (0.83, 0.93),
    "Electronics in December": (1.30, 1.44),
    "share of smooth series": (0.05, 1),
    "share of erratic series": (0.05, 1),
    "share of intermittent series": (0.05, 1),
    "share of lumpy series": (0.05, 1),
    "share of over-dispersed series": (0.70, 1),
    "fill rate of what was shipped": (0.92, 0.99),
    "fill rate with cancelled orders": (0.92, 0.99),
    "out of stock": (0.03, 0.10),
    "above maximum": (0.005, 0.05),
    "open of what was promised in 14 days": (0.02, 0.10),
    "cancelled": (0.02, 0.08),
    "purchases on time": (0.70, 0.95),
    "on time, worst supplier": (0.70, 0.88),
    "on time, best supplier": (0.88, 0.97),
    "variation of lead times, least of suppliers": (0.2, 0.5),
    "variation of lead times, most of suppliers": (0.2, 0.5),
    "skew of lead times, least of suppliers": (0.1, float("inf")),
    "lines raised at or below the reorder point": (0.95, 1),
    "bullwhip": (1.05, 3),
    "Benford deviation of order values": (0, 0.015),
}


@pytest.mark.parametrize("chosen", [YEAR, SUMMER], ids=["winter", "summer"])
def test_a_year_has_the_shape_of_real_trade(chosen: SeedSettings):
    """Every figure lies in its range, and there is a range for every figure."""
    figures = Shape(made(chosen), facts(chosen)).figures()
    assert figures.keys() == RANGES.keys()
    assert {name: figure for name, figure in figures.items() if not RANGES[name][0] <= figure <= RANGES[name][1]} == {}


@pytest.mark.parametrize("seed", [0, 1, 42, 1322 * 7919, 2**63 - 1])
@pytest.mark.parametrize("weekday", range(7))
def test_the_default_data_set_answers_every_question(seed: int, weekday: int):
    """Whatever the seed and the weekday of as_of, each question of the three kinds of users finds something."""
    chosen = SeedSettings(seed=seed, as_of=AS_OF + dt.timedelta(days=weekday))
    assert unanswered(made(chosen), facts(chosen)) == []


def test_a_question_without_answer_is_noticed():
    """Where nothing has been bought, the questions about purchases are the ones without an answer."""
    chosen = SeedSettings(as_of=AS_OF)
    empty = {
        table.name: arrow_schema(table).empty_table()
        for table in schema.TABLES
        if table.name.startswith("purchase_order")
    }
    missing = unanswered(made(chosen) | empty, facts(chosen))
    assert missing
    assert all(name.startswith("procurement: ") for name in missing)


def test_the_defaults_make_as_many_rows_as_the_documents_say():
    """150 products, 315 to 405 warehouse products, 270 to 720 sales orders."""
    rows = {name: table.num_rows for name, table in made(SeedSettings(as_of=AS_OF)).items()}
    assert rows["product"] == 150
    assert 315 <= rows["warehouse_product"] <= 405
    assert 270 <= rows["sales_order_header"] <= 720
