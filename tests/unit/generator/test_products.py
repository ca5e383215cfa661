"""Names and codes of products."""

from datasets import AS_OF

from supplychain.generator import make_plan
from supplychain.generator.calendar import make_calendar
from supplychain.generator.product_names import NAMES_PER_GROUP, PRODUCT_NAMES
from supplychain.generator.products import make_products, product_rows
from supplychain.settings import SeedSettings


def test_product_names_are_unique_and_codes_have_one_width():
    """Twenty thousand products have as many names, and codes of five digits."""
    settings = SeedSettings(num_products=20_000, as_of=AS_OF)
    products = make_products(settings, make_calendar(settings))
    rows = product_rows(products, range(products.count))
    assert len(set(rows["product_name"].to_pylist())) == 20_000
    assert rows["product_code"][0].as_py() == "PROD00001"
    assert rows["product_code"][19_999].as_py() == "PROD20000"


def test_every_group_has_as_many_names():
    """The numbering of names relies on it."""
    assert {len(names) for names in PRODUCT_NAMES.values()} == {NAMES_PER_GROUP}


def test_many_codes_are_plain_strings():
    """With too many products for a dictionary of their codes, the codes are strings, and correct."""
    settings = SeedSettings(num_products=70_000, warehouses=1, days=1, as_of=AS_OF)
    products = make_plan(settings).products
    assert product_rows(products, range(69_998, 70_000))["product_code"].to_pylist() == ["PROD69999", "PROD70000"]
