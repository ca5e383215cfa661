"""`verify` names what is not as it was deployed, and `repair` makes it what a fresh deployment has."""

import io
import json

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


def rename_a_product(deployed) -> None:
    deployed.sql("update public.product set product_name = 'Renamed' where product_code = 'PROD0003'")


def delete_an_order(deployed) -> None:
    for table in ("sales_order_line", "sales_order_header"):
        deployed.sql(f"delete from public.{table} where sales_order_number = '000001'")


def replace_a_file(deployed) -> None:
    rows = pq.read_table(io.BytesIO(deployed.lake.read(FILE)))
    place = rows.column_names.index("product_name")
    changed = io.BytesIO()
    pq.write_table(rows.set_column(place, "product_name", pc.utf8_upper(rows.column("product_name"))), changed)
    deployed.put(FILE, changed.getvalue())
    manifest = json.loads(deployed.lake.read("manifest.json"))
    manifest["tables"]["product"]["files"][0]["size"] = len(changed.getvalue())
    deployed.put("manifest.json", json.dumps(manifest, indent=2).encode() + b"\n")


def change_the_settings(deployed) -> None:
    deployed.put("manifest.json", deployed.lake.read("manifest.json").replace(b'"days": "9"', b'"days": "8"'))


def remove_glue_tables(deployed) -> None:
    boto3.client("glue").delete_table(DatabaseName=deployed.outputs["CatalogDatabaseName"], Name="product")


def remove_the_glue_database(deployed) -> None:
    boto3.client("glue").delete_database(Name=deployed.outputs["CatalogDatabaseName"])


def drop_the_database(deployed) -> None:
    default = deployed.place.with_changes(database=DATABASE)
    default.admin.execute(f"drop database {deployed.place.database} force")


CASES = {
    "a renamed product": (
        rename_a_product,
        ["rows", "product has other rows: PROD0003: product_name is 'Renamed' instead of '"],
        ["warehouse: loaded 206 rows from the lake, because product has other rows: PROD0003: product_name is 'Re"],
    ),
    "a whole order deleted with its lines": (
        delete_an_order,
        ["rows", ": SO/000001 is missing; sales_order_line has 102 rows instead of 106: SO/000001/"],
        ["warehouse: loaded 206 rows from the lake, because sales_order_header has "],
    ),
    "a removed file": (
        lambda deployed: deployed.lake.remove(FILE),
        ["lake", f"{FILE} is missing"],
        [f"lake: wrote {FILE}, which was missing"],
    ),
    "a file of other values, in a manifest that lists its size": (
        replace_a_file,
        ["lake", "was changed after manifest.json was written: 12 rows with digest"],
        [f"lake: wrote {FILE}, which was changed", "lake: wrote manifest.json, which was changed"],
    ),
    "a file that no manifest lists": (
        lambda deployed: deployed.put("product/part-00001.parquet", deployed.lake.read(FILE)),
        ["lake", "product/part-00001.parquet is not in manifest.json"],
        ["lake: removed product/part-00001.parquet, which no manifest lists"],
    ),
    "a corrupt manifest": (
        lambda deployed: deployed.put("manifest.json", b'{"format_version": 1'),
        ["lake", "manifest.json is not a manifest of this app"],
        ["lake: wrote manifest.json, which was changed"],
    ),
    "a manifest of other settings": (
        change_the_settings,
        ["record", "the day, seed, rows or settings differ from those of the lake"],
        ["lake: wrote manifest.json, which was changed"],
    ),
    "a missing Glue table": (
        remove_glue_tables,
        ["Glue tables", "product is missing"],
        ["catalog: created {CatalogDatabaseName}.product"],
    ),
    "a missing Glue database": (
        remove_the_glue_database,
        ["Glue tables", "product is missing; warehouse_product is missing; sales_order_header is missing and 3 more"],
        ["catalog: created {CatalogDatabaseName}", "catalog: created {CatalogDatabaseName}.product"],
    ),
    "a grant that was revoked": (
        lambda deployed: deployed.sql("revoke select on public.product from public"),
        ["grants", "PUBLIC may not select from product"],
        ["warehouse: granted SELECT, because PUBLIC may not select from product"],
    ),
    "a record that was changed": (
        lambda deployed: deployed.sql("update {}.generation set seed = 43, granted_to = ''"),
        ["record", "the day, seed, rows or settings differ from those of the lake"],
        ["warehouse: loaded 206 rows from the lake, because the record differed"],
    ),
    "a record and a table that were dropped": (
        lambda deployed: deployed.sql("drop schema {} cascade") + deployed.sql("drop table public.sales_order_line"),
        ["rows", 'sales_order_line" does not exist'],
        [
            "warehouse: created sales_order_line",
            "warehouse: loaded 206 rows from the lake, because sales_order_line has 0 rows instead of 106",
            "warehouse: set 10 comments of tables and columns",
        ],
    ),
    "a database that was dropped": (
        drop_the_database,
        ["rows", "does not exist"],
        ["warehouse: created the database {DatabaseName}", "warehouse: created product, warehouse_product, "],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_differs_is_found_named_and_mended(deployed, fresh, case):
    """`verify` fails and names it; `repair` says what it did, a line each; then all is as in a fresh deployment."""
    change, (check, finding), lines = CASES[case]
    change(deployed)
    found = run("verify", "--stack-name", deployed.name)
    assert found.exit_code == 1
    named = [line for line in found.stdout.splitlines() if line.startswith(check)]
    assert any(finding in line for line in named), found.stdout
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
    rename_a_product(deployed)
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
    rename_a_product(deployed)
    assert problems(Deployment(boto3.Session(), stack, quick=True)) == []
    delete_an_order(deployed)
    (found,) = problems(Deployment(boto3.Session(), stack, quick=True))
    assert "sales_order_line has 102 rows instead of 106" in found.found
    assert run("repair", "--stack-name", deployed.name).exit_code == 0
    assert deployed.state() == fresh


@pytest.mark.usefixtures("workgroup")
def test_a_stack_that_is_not_there_is_an_error_of_one_line():
    """For both commands, with exit code 1."""
    for command in ("verify", "repair"):
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
