"""What a deployment in a copy of the project holds, as its users see it."""

import hashlib

from supplychain.schema import TABLE_NAMES
from tests.e2e.conftest import Project

SMALL = "-c num_products=20 -c days=10 -c as_of=2026-01-31"
LARGER = "-c num_products=30 -c days=10 -c as_of=2026-01-31"


def contents(project: Project, *options: str) -> str:
    """A digest of every row of every table, as the Data API gives them to anybody."""
    whole = hashlib.sha256()
    for name in TABLE_NAMES:
        command = f'query --local {" ".join(options)} --format csv "select * from {name} order by 1, 2, 3"'
        whole.update(project.run(f".venv/bin/supplychain {command}").stdout.encode())
    return whole.hexdigest()


def stack(project: Project) -> dict:
    (found,) = project.client("cloudformation").describe_stacks(StackName="SupplyChainWarehouse")["Stacks"]
    return found


def outputs(project: Project) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack(project)["Outputs"]}


def locations(project: Project) -> set[str]:
    tables = project.client("glue").get_tables(DatabaseName="supply_chain_catalog")["TableList"]
    return {table["StorageDescriptor"]["Location"] for table in tables}
