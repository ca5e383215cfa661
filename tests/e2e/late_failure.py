"""The app with an additional resource that is created last and fails."""

# ruff: noqa: I001  # import the packages of the copy, and infra before aws_cdk, because it sets the Node.js to use

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack

from aws_cdk import App, aws_glue

app = App()
settings = Settings.read(app.node.get_all_context())
stack = SupplyChainWarehouseStack(app, settings.deploy.stack_name, settings=settings)
late = aws_glue.CfnTable(
    stack,
    "Late",
    catalog_id=stack.account,
    database_name="no_such_database",
    table_input=aws_glue.CfnTable.TableInputProperty(name="late"),
)
late.node.add_dependency(stack.catalog)
app.synth()
