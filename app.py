"""The CDK app: reads the settings and synthesises the stack."""
# ruff: noqa: E402, I001  # the signal handler comes first; infra before aws_cdk, as it sets which Node that starts

import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback

from infra.bundling import BundlingError
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack
from supplychain.settings import SettingError
from aws_cdk import App

if __name__ == "__main__":
    app = App()
    try:
        settings = Settings.read(app.node.get_all_context())
        stack = SupplyChainWarehouseStack(app, settings.deploy.stack_name, settings=settings)
        if settings.deploy.checks:
            from infra.checks import check  # cdk-nag is slow to load

            check(app, stack)
    except (SettingError, BundlingError) as error:
        sys.exit(str(error))
    app.synth()
