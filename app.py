"""The CDK app: reads the settings and synthesises the stack."""
# ruff: noqa: I001  # infra comes before aws_cdk, to say which Node that is to start

import sys

from infra.bundling import BundlingError
from infra.checks import check
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack
from supplychain.settings import SettingError
from aws_cdk import App

if __name__ == "__main__":
    app = App()
    try:
        settings = Settings.read(app.node.get_all_context())
        stack = SupplyChainWarehouseStack(app, settings.deploy.stack_name, settings=settings)
    except (SettingError, BundlingError) as error:
        sys.exit(str(error))
    if settings.deploy.checks:
        check(app, stack)
    app.synth()
