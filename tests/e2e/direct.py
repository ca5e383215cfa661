"""The stack without the CDK CLI, which takes most of a deployment's time: synthesised once, deployed by the API."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from redshift_sandbox.testing import Sandbox
from supplychain.schema import TABLE_NAMES
from supplychain.settings import SeedSettings, read

ROOT = Path(__file__).resolve().parents[2]
STACK = "SupplyChainWarehouse"
WORKGROUP, DATABASE = "supply-chain-mvp", "supply_chain_db"
SMALL = {"num_products": "20", "days": "10", "as_of": "2026-01-31"}
_ASSETS = "cdk-hnb659fds-assets-000000000000-us-east-1"


class Deployment:
    """A deployment of the stack in a sandbox.

    Parameters
    ----------
    folder
        Where the stack is synthesised, unless it has been.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "out"
        if not self._folder.exists():
            _synthesise(self._folder)
        self._template = json.loads((self._folder / f"{STACK}.template.json").read_text())
        self.generation = ""

    def create(self, aws: Sandbox, **settings: str) -> str:
        """Create the stack in a sandbox, wait, and return its status."""
        self.aws = aws
        self.stacks = aws.client("cloudformation")
        aws.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=_ASSETS)
        for archive in self._folder.glob("asset.*.zip"):
            s3.put_object(Bucket=_ASSETS, Key=archive.name.removeprefix("asset."), Body=archive.read_bytes())
        self.stacks.create_stack(StackName=STACK, TemplateBody=self._with(settings), **_CAPABILITIES)
        return self.settled()

    def begin_update(self, **settings: str) -> None:
        """Begin an update to other settings."""
        self.stacks.update_stack(StackName=STACK, TemplateBody=self._with(settings), **_CAPABILITIES)

    def settled(self, seconds: float = 120) -> str:
        """Wait until nothing is in progress, and return the stack's status."""
        deadline = time.monotonic() + seconds
        while True:
            status = str(self.stacks.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"])
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
                return status
            time.sleep(0.1)

    def last_failure(self) -> str:
        """Return the reason of the last event of a resource that failed."""
        events = self.stacks.describe_stack_events(StackName=STACK)["StackEvents"]
        return next(event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED"))

    def is_whole(self, generation: str) -> bool:
        """Return whether the warehouse holds this generation: the record, and the manifest's number of rows."""
        bucket = self.output("LakeBucketName")
        key = f"{WORKGROUP}/{DATABASE}/{generation}/manifest.json"
        try:
            body = self.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
            counts = {name: self.rows(f"SELECT COUNT(*) FROM {name}")[0][0] for name in TABLE_NAMES}
            record = self.rows("SELECT generation FROM supplychain_meta.generation")
        except (ClientError, StatementFailedError):
            return False
        expected = {name: table["rows"] for name, table in json.loads(body)["tables"].items()}
        return (counts, record) == (expected, [(generation,)])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query as the namespace's admin, and return its rows."""
        namespace = self.aws.client("redshift-serverless").list_namespaces()["namespaces"][0]
        data = self.aws.client("redshift-data")
        target = {"WorkgroupName": WORKGROUP, "Database": DATABASE, "SecretArn": namespace["adminPasswordSecretArn"]}
        made = data.execute_statement(Sql=sql, WaitTimeSeconds=30, **target)
        if made["Status"] != "FINISHED":
            raise StatementFailedError(data.describe_statement(Id=made["Id"]).get("Error", made["Status"]))
        records = data.get_statement_result(Id=made["Id"])["Records"]
        return [tuple(next(iter(field.values())) for field in record) for record in records]

    def output(self, name: str) -> str:
        """Return an output of the stack."""
        outputs = self.stacks.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        return next(str(output["OutputValue"]) for output in outputs if output["OutputKey"] == name)

    def _with(self, settings: dict[str, str]) -> str:
        """Return the template with other settings of the data; ``generation`` is then theirs."""
        template = json.loads(json.dumps(self._template))
        resources = template["Resources"].values()
        custom = next(entry for entry in resources if entry["Type"] == "Custom::SupplyChainGeneration")
        custom["Properties"]["Settings"] |= settings
        self.generation = read(SeedSettings, SMALL | settings).generation
        custom["Properties"]["Generation"] = self.generation
        return json.dumps(template)


class StatementFailedError(Exception):
    """A query of a test failed."""


_CAPABILITIES: dict[str, Any] = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


def _synthesise(folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(SMALL | {"bundle_for": "host"}),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / ".cache" / "jsii"),
    }
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True)
