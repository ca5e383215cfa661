"""`verify` names what is not as it was deployed, and `repair` makes it what a fresh deployment has."""

import io
import json
import re

import boto3
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from supplychain.cli import deployed_settings
from supplychain.cli.deployment_checks import CHECKS, problems
from supplychain.cli.doctor.deployment import Deployment
from supplychain.cli.doctor.stack import Stack
from supplychain.cli.main import main
from supplychain.dataset.storage import S3Storage
from supplychain.invariants import CHECKS as GUARANTEES
from supplychain.schema import TABLE_NAMES
from supplychain.seeder.request import GENERATION_TYPE
from tests.seeder.harness import DATABASE

FILE = "product/part-00000.parquet"
RENAME = "update public.product set product_name = 'Renamed' where product_code = 'PROD0003'"
GRANTS = (
    "select relation_name, privilege_type, identity_name from svv_relation_privileges "
    "where namespace_name = 'public' order by 1, 2, 3"
)


def run(*arguments: str):
    """Run the command as a shell would."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


class Deployed:
    """A place that the seeder has filled, its Glue tables, and a stack with its outputs and settings."""

    def __init__(self, place) -> None:
        self.place = place
        self.name = f"Deployed-{place.database.replace('_', '-')}"
        answer = place.create()["Data"]
        self.outputs = {
            "WorkgroupName": place.workgroup,
            "DatabaseName": place.database,
            "CatalogDatabaseName": f"{place.database}_catalog",
            "LakeBucketName": place.bucket,
            **answer,
        }
        prefix = f"{place.workgroup}/{place.database}/{answer['Generation']}/"
        self.lake = S3Storage(boto3.client("s3"), place.bucket, prefix)
        catalog = ("--location", self.lake.location, "--database", self.outputs["CatalogDatabaseName"])
        assert run("catalog", *catalog).exit_code == 0
        template = {
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {
                "Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
                # Only its properties are read: the seeder has been called directly.
                "Generation": {"Type": GENERATION_TYPE, "Condition": "Never", "Properties": place.properties()},
            },
            "Outputs": {key: {"Value": value} for key, value in self.outputs.items()},
        }
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName=self.name, TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})

    def state(self) -> dict[str, object]:
        """Return all that a deployment holds: files, rows, record, grants and Glue tables."""
        return {
            "files": {path: self.lake.read(path) for path in self.lake.sizes()},
            "rows": self.place.contents(),
            "record": self.sql("select generation, digest, as_of, seed, total_rows, granted_to from {}.generation"),
            "settings": sorted(self.sql("select name, value from {}.settings")),
            "grants": self.place.admin.execute(GRANTS).rows,
            "catalog": [self.table(name) for name in TABLE_NAMES],
        }

    def sql(self, text: str) -> list[tuple]:
        return self.place.admin.execute(text.format("supplychain_meta")).rows

    def table(self, name: str) -> dict[str, object]:
        found = boto3.client("glue").get_table(DatabaseName=self.outputs["CatalogDatabaseName"], Name=name)["Table"]
        return {key: value for key, value in found.items() if "Time" not in key and key != "VersionId"}

    def put(self, path: str, body: bytes) -> None:
        self.lake.client.put_object(Bucket=self.lake.bucket, Key=self.lake.prefix + path, Body=body)


@pytest.fixture(scope="module")
def deployed(make_place):
    """One deployment for all tests, each of which repairs it."""
    return Deployed(make_place())


@pytest.fixture(scope="module")
def fresh(deployed):
    """What it holds before anything is changed."""
    return deployed.state()


def change_rows(deployed) -> None:
    """Rename a product, and delete a whole order."""
    deployed.sql(RENAME)
    for table in ("sales_order_line", "sales_order_header"):
        deployed.sql(f"delete from public.{table} where sales_order_number = '000001'")


def remove_a_file(deployed) -> None:
    """Remove a file of the lake, add another, and change the record."""
    deployed.put("product/part-00001.parquet", deployed.lake.read(FILE))
    deployed.lake.remove(FILE)
    deployed.sql("update {}.generation set seed = 43, granted_to = ''")


def corrupt_the_manifest(deployed) -> None:
    """Corrupt the manifest, delete a Glue table and revoke a grant."""
    deployed.put("manifest.json", b'{"format_version": 1')
    boto3.client("glue").delete_table(DatabaseName=deployed.outputs["CatalogDatabaseName"], Name="product")
    deployed.sql("revoke select on public.product from public")


def replace_a_file(deployed) -> None:
    """Replace a file by one with as many rows and other values, and list its size in the manifest."""
    rows = pq.read_table(io.BytesIO(deployed.lake.read(FILE)))
    place = rows.column_names.index("product_name")
    changed = io.BytesIO()
    pq.write_table(rows.set_column(place, "product_name", pc.utf8_upper(rows.column("product_name"))), changed)
    deployed.put(FILE, changed.getvalue())
    manifest = json.loads(deployed.lake.read("manifest.json"))
    manifest["tables"]["product"]["files"][0]["size"] = len(changed.getvalue())
    deployed.put("manifest.json", json.dumps(manifest, indent=2).encode() + b"\n")


def change_the_settings(deployed) -> None:
    """Change a setting in the manifest, and delete the Glue database."""
    deployed.put("manifest.json", deployed.lake.read("manifest.json").replace(b'"days": "9"', b'"days": "8"'))
    boto3.client("glue").delete_database(Name=deployed.outputs["CatalogDatabaseName"])


def drop_a_table(deployed) -> None:
    """Drop the record and a table."""
    deployed.sql("drop schema {} cascade")
    deployed.sql("drop table public.sales_order_line")


def drop_the_database(deployed) -> None:
    default = deployed.place.with_changes(database=DATABASE)
    default.admin.execute(f"drop database {deployed.place.database} force")


CASES = {
    change_rows: (
        {
            "rows": "product has other rows: PROD0003: product_name is 'Renamed' instead of '.+'; "
            "sales_order_header has .+: SO/000001 is missing; sales_order_line has .+: SO/000001/. is missing; .*"
        },
        ["warehouse: loaded 206 rows from the lake, because product has other rows: PROD0003: product_name is 'Ren"],
    ),
    remove_a_file: (
        {
            "lake": f".+: {FILE} is missing; product/part-00001.parquet is not in manifest.json",
            "record": "the day, seed, rows or settings differ from those of the lake",
        },
        [
            f"lake: wrote {FILE}, which was missing",
            "lake: removed product/part-00001.parquet, which no manifest lists",
            "warehouse: loaded 206 rows from the lake, because the record differed",
        ],
    ),
    corrupt_the_manifest: (
        {
            "lake": ".+: manifest.json is not a manifest of this app: .+",
            "Glue tables": "product is missing",
            "grants": "PUBLIC may not select from product",
        },
        [
            "lake: wrote manifest.json, which was changed",
            "warehouse: granted SELECT, because PUBLIC may not select from product",
            "catalog: created {CatalogDatabaseName}.product",
        ],
    ),
    replace_a_file: (
        {"lake": f".+{FILE} was changed after manifest.json was written: 12 rows with digest .+ instead of 12 rows .+"},
        [f"lake: wrote {FILE}, which was changed", "lake: wrote manifest.json, which was changed"],
    ),
    change_the_settings: (
        {
            "record": "the day, seed, rows or settings differ from those of the lake",
            "Glue tables": "product is missing; warehouse_product is missing; sales_order_header is missing and 3 more",
        },
        ["lake: wrote manifest.json, which was changed", "catalog: created {CatalogDatabaseName}"],
    ),
    drop_a_table: (
        {"rows": '.*sales_order_line" does not exist', "record": ".* does not exist"},
        [
            "warehouse: created sales_order_line",
            "warehouse: loaded 206 rows from the lake, because sales_order_line has 0 rows instead of 106",
            "warehouse: set 10 comments of tables and columns",
        ],
    ),
    drop_the_database: (
        {"rows": ".* does not exist.*", "record": ".* does not exist.*"},
        ["warehouse: created the database {DatabaseName}", "warehouse: created product, warehouse_product, "],
    ),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_what_differs_is_found_named_and_mended(deployed, fresh, case):
    """`verify` fails and names it; `repair` says what it did, a line each; then all is as in a fresh deployment."""
    findings, lines = CASES[case]
    case(deployed)
    verified = run("verify", "--stack-name", deployed.name)
    assert verified.exit_code == 1
    cells = [re.split(r" {2,}", line.strip(), maxsplit=2) for line in verified.stdout.splitlines()]
    found = {check[0]: check[2] for check in cells if len(check) == 3 and check[1] == "problem"}
    for check, finding in findings.items():
        assert re.fullmatch(finding, found[check]), found
    done = run("repair", "--stack-name", deployed.name)
    assert done.exit_code == 0, done.stdout + done.stderr
    printed = [line for line in done.stdout.splitlines() if line.startswith(("lake: ", "warehouse: ", "catalog: "))]
    for line in lines:
        assert any(one.startswith(line.format(**deployed.outputs)) for one in printed), printed
    assert deployed.state() == fresh


def test_a_whole_deployment_is_left_as_it_is(deployed, fresh):
    """`verify` holds, and `repair` has nothing to do, and loads nothing."""
    loaded = deployed.sql("select loaded_at from {}.generation")
    verified = run("verify", "--stack-name", deployed.name)
    assert verified.exit_code == 0, verified.stdout
    assert verified.stdout.endswith(f"all {len(CHECKS) + len(GUARANTEES)} checks hold\n")
    done = run("repair", "--stack-name", deployed.name)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("nothing to repair\n")
    assert deployed.state() == fresh
    assert deployed.sql("select loaded_at from {}.generation") == loaded


def test_show_says_that_the_data_is_not_what_was_deployed(deployed, fresh, tmp_path):
    """It names what differs and the command that mends it, and shows the deployment even without a table."""
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({deployed.name: deployed.outputs}))
    whole = run("show", "--outputs", str(outputs))
    assert (whole.exit_code, whole.stderr) == (0, "")
    assert run("show", "--stack-name", deployed.name).stdout == whole.stdout
    deployed.sql(RENAME)
    renamed = run("show", "--outputs", str(outputs))
    assert renamed.exit_code == 0
    assert renamed.stdout == whole.stdout
    assert "The data is not what was deployed:\n  rows: product has other rows: PROD0003" in renamed.stderr
    assert f"  .venv/bin/supplychain repair --stack-name {deployed.name}\n" in renamed.stderr
    deployed.sql("drop table public.purchase_order_line")
    dropped = run("show", "--outputs", str(outputs))
    assert dropped.exit_code == 0
    assert 'the rows could not be counted: ERROR: relation "purchase_order_line" does not exist' in dropped.stderr
    assert f"lake       {deployed.lake.bucket}" in dropped.stdout
    assert run("repair", "--stack-name", deployed.name).exit_code == 0
    assert deployed.state() == fresh


def test_a_quick_check_of_much_data_compares_counts_and_sizes(deployed, fresh, monkeypatch):
    """And says that values were not compared."""
    monkeypatch.setattr("supplychain.cli.doctor.deployment.QUICK_ROWS", 100)
    stack = Stack(deployed.name, "CREATE_COMPLETE", deployed.outputs)
    deployed.sql(RENAME)
    assert problems(Deployment(boto3.Session(), stack, quick=True)) == []
    change_rows(deployed)
    (found,) = problems(Deployment(boto3.Session(), stack, quick=True))
    assert "sales_order_line has 102 rows instead of 106" in found.found
    assert run("repair", "--stack-name", deployed.name).exit_code == 0
    assert deployed.state() == fresh


@pytest.mark.usefixtures("workgroup")
def test_a_stack_that_is_not_there_is_an_error_of_one_line():
    """For every command, with exit code 1."""
    for command in ("verify", "repair", "show"):
        done = run(command, "--stack-name", "Nowhere")
        assert (done.exit_code, done.stderr) == (
            1,
            "Error: stack Nowhere does not exist: give the name of the deployed one with --stack-name\n",
        )


def test_a_place_that_the_stack_has_not_deployed_is_refused(deployed):
    """It would be compared with the files of another."""
    done = run("verify", "--stack-name", deployed.name, "--database", "other")
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: {deployed.name} has not deployed database other: remove the option, or --stack-name\n",
    )


def test_settings_of_another_version_are_not_guessed(deployed):
    """Data of another generation would be loaded."""
    cloudformation = boto3.client("cloudformation")
    with pytest.raises(deployed_settings.CallError, match="repair it with the version that has deployed it"):
        deployed_settings.deployed_settings(cloudformation, deployed.name, "0123456789abcdef")
    assert deployed_settings.GENERATION_TYPE == GENERATION_TYPE
