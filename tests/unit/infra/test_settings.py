"""The settings of a deployment, read from the CDK context."""

import re

import pytest

from infra.settings import Settings
from supplychain.settings import SettingError, Span


def _refusal(**context):
    with pytest.raises(SettingError) as error:
        Settings.read(context)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_without_context_everything_has_its_default():
    """A plain `cdk deploy` works."""
    settings = Settings.read({})
    assert settings.deploy.stack_name == "SupplyChainWarehouse"
    assert (settings.deploy.base_capacity, settings.deploy.max_capacity) == (8, 16)
    assert settings.place.workgroup == "supply-chain-mvp"
    assert settings.seed.num_products == 150
    assert settings.deploy.bundle_for == "aws"
    assert not settings.deploy.termination_protection


def test_text_and_json_values_mean_the_same():
    """`-c days=30` passes text and cdk.json a number; `-c checks=on` and true are equal."""
    assert Settings.read({"days": "30", "checks": "on"}) == Settings.read({"days": 30, "checks": True})
    assert Settings.read({"orders_per_day": "1-2"}).seed.orders_per_day == Span(1, 2)


def test_the_cdk_s_own_keys_are_ignored():
    """Feature flags, cached lookups and the CLI's own keys are not settings."""
    Settings.read(
        {
            "@aws-cdk/core:stackRelativeExports": True,
            "aws:cdk:enable-path-metadata": True,
            "availability-zones:account=1:region=us-east-1": ["us-east-1a"],
            "cli-telemetry": False,
        }
    )


def test_an_unknown_key_is_an_error_with_a_suggestion():
    """A typo does not silently deploy the default."""
    assert _refusal(num_product="5") == "num_product: no such setting; did you mean num_products?"
    assert "the settings are num_products" in _refusal(zzz="5")


@pytest.mark.parametrize("capacity", ["4", "8", "16", "512", "544", "1024"])
def test_capacities_that_redshift_serverless_offers(capacity):
    """4, then steps of 8 to 512, then steps of 32."""
    settings = Settings.read({"base_capacity": capacity, "max_capacity": "1024"})
    assert settings.deploy.base_capacity == int(capacity)


@pytest.mark.parametrize("capacity", ["0", "-8", "5", "12", "520", "1056", "8.0", "٨", "lots"])
def test_other_capacities_are_rejected(capacity):
    """AWS would reject them after minutes; the settings do at once."""
    assert _refusal(base_capacity=capacity) == (
        f"base_capacity: {capacity!r} is not accepted; 4, 8 to 512 in steps of 8, or 544 to 1024 in steps of 32"
    )


def test_the_ceiling_is_not_below_the_base():
    """AWS rejects such a pair; the message names the setting to raise."""
    assert _refusal(base_capacity="32") == "max_capacity: '16' is not accepted; at least base_capacity, 32"


def test_a_topic_without_alarms_is_rejected():
    """It would never be notified."""
    topic = "arn:aws:sns:us-east-1:000000000000:alarms"
    assert _refusal(alarm_topic=topic) == f"alarm_topic: '{topic}' is not accepted without alarms; set monitoring=on"
    assert Settings.read({"alarm_topic": topic, "monitoring": "on"}).deploy.alarm_topic == topic


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("availability_zones", "1"),
        ("enhanced_vpc_routing", "yes"),
        ("availability_zones", "4"),
        ("stack_name", "1st"),
        ("stack_name", "under_score"),
        ("checks", "yes"),
        ("monitoring", "1"),
        ("customer_managed_key", ""),
        ("termination_protection", "maybe"),
        ("bundle_for", "windows"),
        ("alarm_topic", "arn:aws:sqs:us-east-1:000000000000:queue"),
        ("workgroup", "Upper"),
        ("load_method", "upsert"),
        ("days", "0"),
    ],
)
def test_a_bad_value_is_named_with_what_is_accepted(name, value):
    """Settings of every kind are rejected with the same wording."""
    assert _refusal(**{name: value}).startswith(f"{name}: {value!r} is not accepted; ")


def test_a_random_seed_is_rejected_with_the_reason():
    """The same template must mean the same data; only the CLI accepts it."""
    assert _refusal(seed="random") == (
        "seed: 'random' is not accepted on deploy, where the same template must mean the same data; "
        "give a number, or a new value for reseed"
    )


def test_more_rows_than_a_function_can_load_are_rejected():
    """The message states the expected and the maximum number of rows."""
    message = _refusal(orders_per_day="100000-100000", num_products="10000")
    assert re.search(r"about 38,\d\d\d,\d\d\d rows", message)
    assert "at most 20,000,000" in message
