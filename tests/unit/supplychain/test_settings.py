"""Settings: accepted values, error messages, and the id of the generation."""

import datetime as dt

import pytest

from supplychain.settings import (
    Grantee,
    LoadSettings,
    PlaceSettings,
    SeedSettings,
    SettingError,
    Span,
    names,
    read,
    refuse_unknown,
    render,
)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("num_products", "abc", "num_products: 'abc' is not accepted; a whole number from 1 to 10,000,000"),
        ("num_products", "1.5", "num_products: '1.5' is not accepted; a whole number from 1 to 10,000,000"),
        ("num_products", "", "num_products: '' is not accepted; a whole number from 1 to 10,000,000"),
        ("days", "0", "days: '0' is not accepted; a whole number from 1 to 3,650"),
        ("orders_per_day", "8-3", "orders_per_day: '8-3' is not accepted; a range a-b of whole numbers"),
        ("orders_per_day", "0-3", "orders_per_day: '0-3' is not accepted; a range a-b of whole numbers"),
        ("seed", "-1", "seed: '-1' is not accepted; a whole number from 0 to 9,223,372,036,854,775,807"),
        ("as_of", "2026-02-30", "as_of: '2026-02-30' is not accepted; a date such as 2026-01-31"),
        ("as_of", "tomorrow", "as_of: 'tomorrow' is not accepted; a date such as 2026-01-31"),
        ("reseed", "x" * 65, "at most 64 characters"),
    ],
)
def test_a_bad_value_is_reported_with_the_accepted_values(name, value, message):
    """In one line: the setting, its value, the accepted values."""
    with pytest.raises(SettingError) as error:
        read(SeedSettings, {name: value})
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (LoadSettings, "load_method", "upsert"),
        (LoadSettings, "batch_rows", "0"),
        (LoadSettings, "statement_timeout", "9"),
        (LoadSettings, "grant_select_to", "everyone"),
        (LoadSettings, "grant_select_to", 'role:a"b'),
        (PlaceSettings, "workgroup", "Upper"),
        (PlaceSettings, "workgroup", "ab"),
        (PlaceSettings, "database", "1st"),
        (PlaceSettings, "catalog_database", "a-b"),
    ],
)
def test_values_that_aws_does_not_accept_are_refused(cls, name, value):
    """Names and choices are checked before a deployment starts."""
    with pytest.raises(SettingError, match=name):
        read(cls, {name: value})


def test_text_and_json_values_mean_the_same():
    """The CDK context has numbers from cdk.json and text from -c."""
    assert read(SeedSettings, {"num_products": 5, "orders_per_day": "1-2"}) == read(
        SeedSettings, {"num_products": "5", "orders_per_day": "1-2"}
    )


@pytest.mark.parametrize("cls", [SeedSettings, LoadSettings, PlaceSettings])
def test_settings_are_read_back_as_written(cls):
    """The round trip through text preserves them."""
    settings = cls()
    assert read(cls, render(settings)) == settings


def test_grantees_are_parsed_in_order_without_duplicates():
    """Grantees are separated by commas; spaces and duplicates are ignored; empty grants to nobody."""
    read_one = read(LoadSettings, {"grant_select_to": "role:analysts, public,user:IAM:eve,role:analysts"})
    assert read_one.grant_select_to == (Grantee("role", "analysts"), Grantee("public"), Grantee("user", "IAM:eve"))
    assert read(LoadSettings, {"grant_select_to": ""}).grant_select_to == ()


def test_the_number_of_warehouse_products_is_limited():
    """A ledger that would not fit into memory is refused, with the number in the message."""
    with pytest.raises(SettingError, match="1,000,000 x 11 = 11,000,000 is not accepted; at most 10,000,000"):
        SeedSettings(num_products=1_000_000, warehouses=11)


def test_purchase_orders_scale_with_sales():
    """The default range scales with orders_per_day; an explicit range does not."""
    assert SeedSettings().purchase_orders == Span(2, 5)
    assert SeedSettings(orders_per_day=Span(30, 80)).purchase_orders == Span(20, 50)
    assert SeedSettings(orders_per_day=Span(30, 80), purchase_orders_per_week=Span(1, 1)).purchase_orders == Span(1, 1)
    assert SeedSettings(num_products=2, warehouses=3, orders_per_day=Span(300, 800)).purchase_orders == Span(6, 6)


@pytest.mark.parametrize(
    "change",
    [
        {"num_products": "151"},
        {"days": "91"},
        {"warehouses": "2"},
        {"orders_per_day": "3-9"},
        {"purchase_orders_per_week": "2-6"},
        {"seed": "43"},
        {"as_of": "2026-01-31"},
        {"reseed": "again"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_seed_setting_changes_the_generation(change):
    """A change of any seed setting changes the id."""
    assert read(SeedSettings, change).generation != SeedSettings().generation


def test_an_explicit_default_is_the_same_generation():
    """Setting a default explicitly does not change the id."""
    assert SeedSettings(purchase_orders_per_week=Span(2, 5)).generation == SeedSettings().generation


def test_a_new_format_version_changes_the_generation(monkeypatch):
    """A generator that makes other data has another format version."""
    before = SeedSettings().generation
    monkeypatch.setattr("supplychain.settings.FORMAT_VERSION", 1_000_000)
    assert SeedSettings().generation != before


def test_today_is_resolved_once():
    """`today` becomes the given day; a date is kept."""
    day = dt.date(2026, 1, 31)
    assert SeedSettings().resolved(day).last_day == day
    assert SeedSettings(as_of=dt.date(2025, 1, 1)).resolved(day).last_day == dt.date(2025, 1, 1)
    with pytest.raises(ValueError, match="resolve"):
        _ = SeedSettings().last_day


def test_an_unknown_key_is_refused_with_a_suggestion():
    """A misspelled key is not ignored."""
    with pytest.raises(SettingError, match="num_product: no such setting; did you mean num_products\\?"):
        refuse_unknown(["days", "num_product"], names(SeedSettings))
    refuse_unknown(["days"], names(SeedSettings))
