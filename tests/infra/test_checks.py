"""The setting `checks`: what cdk-nag finds stops the synthesis, and what is acknowledged has its reason."""

import pytest

from infra.checks import check
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack

from aws_cdk import App, aws_s3  # isort: skip  # after infra, as in app.py
from tests.infra.synthesis import synthesise


@pytest.mark.parametrize("optional", ["off", "on"])
def test_the_stack_has_no_finding_that_is_not_acknowledged(optional):
    """checks=on synthesises, with the optional parts and without."""
    assert synthesise(checks="on", monitoring=optional, customer_managed_key=optional).resources


def test_a_finding_stops_the_synthesis(tmp_path):
    """Whatever is added to the stack is held to the rules: the acknowledgements cover what they name and no more."""
    app = App(outdir=str(tmp_path))
    stack = SupplyChainWarehouseStack(app, "Stack", settings=Settings.read({}))
    check(app, stack)
    aws_s3.Bucket(stack, "Careless")
    with pytest.raises(RuntimeError, match="Careless") as error:
        app.synth()
    assert "AwsSolutions-S10" in str(error.value)
