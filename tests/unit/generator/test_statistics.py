"""The statistics of a year of data are those of real companies."""

import datetime as dt

import pytest
from datasets import AS_OF, facts, generated
from oracle.judge import unanswered
from oracle.statistics import CHI_SQUARED_6_AT_P_0_001, Statistics

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.settings import SeedSettings, Span

YEAR = SeedSettings(num_products=500, days=365, orders_per_day=Span(300, 800), as_of=AS_OF)
SUMMER = SeedSettings(num_products=500, days=365, orders_per_day=Span(300, 800), as_of=dt.date(2024, 7, 15), seed=7)

RANGES = {
    "revenue share of the top 20 % of products": (0.70, 0.85),
    "weekday effect on orders, chi-squared": (CHI_SQUARED_6_AT_P_0_001, float("inf")),
    "orders a day in December over the mean": (1.06, 1.16),
    "orders a day in January over the mean": (0.87, 0.97),
    "orders a day in February over the mean": (0.83, 0.93),
    "lines of Electronics in December over the mean": (1.30, 1.44),
    "share of smooth series": (0.05, 1),
    "share of erratic series": (0.05, 1),
    "share of intermittent series": (0.05, 1),
    "share of lumpy series": (0.05, 1),
    "share of over-dispersed series": (0.70, 1),
    "fill rate of shipped orders": (0.92, 0.99),
    "fill rate of shipped and cancelled orders": (0.92, 0.99),
    "warehouse products out of stock": (0.03, 0.10),
    "warehouse products above maximum": (0.005, 0.05),
    "orders promised in the last 14 days and still open": (0.02, 0.10),
    "cancelled orders": (0.02, 0.08),
    "purchase orders on time": (0.70, 0.95),
    "on time, worst supplier": (0.70, 0.88),
    "on time, best supplier": (0.88, 0.97),
    "variation of lead times, lowest of suppliers": (0.2, 0.5),
    "variation of lead times, highest of suppliers": (0.2, 0.5),
    "skew of lead times, lowest of suppliers": (0.1, float("inf")),
    "purchase lines at or below the reorder point": (0.95, 1),
    "bullwhip": (1.05, 3),
    "deviation of order values from Benford's law": (0, 0.015),
}


@pytest.mark.parametrize("chosen", [YEAR, SUMMER], ids=["winter", "summer"])
def test_a_year_has_realistic_statistics(chosen: SeedSettings):
    """Every statistic is within its range, and there is a range for every statistic."""
    statistics = Statistics(generated(chosen), facts(chosen)).all()
    assert statistics.keys() == RANGES.keys()
    outside = {name: value for name, value in statistics.items() if not RANGES[name][0] <= value <= RANGES[name][1]}
    assert outside == {}


@pytest.mark.parametrize("seed", [0, 1, 42, 1322 * 7919, 2**63 - 1])
@pytest.mark.parametrize("weekday", range(7))
def test_the_default_data_set_answers_every_question(seed: int, weekday: int):
    """Whatever the seed and the weekday of as_of, each question of the three kinds of user has an answer."""
    chosen = SeedSettings(seed=seed, as_of=AS_OF + dt.timedelta(days=weekday))
    assert unanswered(generated(chosen), facts(chosen)) == []


def test_a_question_without_an_answer_is_found():
    """Without purchase orders, the procurement specialist's questions have no answer, and only those."""
    chosen = SeedSettings(as_of=AS_OF)
    empty = {
        table.name: arrow_schema(table).empty_table()
        for table in schema.TABLES
        if table.name.startswith("purchase_order")
    }
    missing = unanswered(generated(chosen) | empty, facts(chosen))
    assert missing
    assert all(name.startswith("procurement specialist: ") for name in missing)


def test_the_default_data_set_has_the_documented_size():
    """150 products, 315 to 405 warehouse products, 270 to 720 sales orders."""
    rows = {name: table.num_rows for name, table in generated(SeedSettings(as_of=AS_OF)).items()}
    assert rows["product"] == 150
    assert 315 <= rows["warehouse_product"] <= 405
    assert 270 <= rows["sales_order_header"] <= 720
