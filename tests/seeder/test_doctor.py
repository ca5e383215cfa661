"""`supplychain doctor` on deployments that are whole, and on broken ones, each fault found by name."""

import dataclasses
import json

import boto3
import pytest
from click.testing import CliRunner

from supplychain.cli.doctor import contents, deployment
from supplychain.cli.doctor.deployment import Deployment
from supplychain.cli.doctor.stack import Stack
from supplychain.cli.main import main
from tests.seeder.harness import BUCKET

CHECKS = (*deployment.CHECKS, *contents.CHECKS)


@pytest.fixture
def deployed(place):
    """A place that the seeder has filled, with its Glue tables, as a stack's outputs describe it."""
    answer = place.create()["Data"]
    outputs = {
        "WorkgroupName": place.workgroup,
        "DatabaseName": place.database,
        "CatalogDatabaseName": f"{place.database}_catalog",
        "LakeBucketName": BUCKET,
        **{key: answer[key] for key in ("Generation", "AsOf", "Seed", "TotalRows")},
    }
    made = Deployment(boto3.Session(), Stack("Warehouse", "CREATE_COMPLETE", outputs))
    run("catalog", "--location", made.lake.location, "--database", outputs["CatalogDatabaseName"])
    return made


def run(*arguments: str):
    """Run the command as a shell would."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def findings(deployed):
    """What all checks find, asked anew."""
    fresh = dataclasses.replace(deployed)
    return {check.name: check.run(fresh) for check in CHECKS}


def problems(deployed) -> dict[str, str]:
    """The checks that find a problem, with what they find."""
    return {name: finding.found for name, finding in findings(deployed).items() if finding.status == "problem"}


def follow(fix: str) -> None:
    """Run the command that a finding gives."""
    command, *arguments = fix.split()
    assert command == "supplychain"
    done = run(*arguments)
    assert done.exit_code == 0, done.stderr


def test_a_whole_deployment(deployed):
    """Every check is ok, and there is nothing to do."""
    for finding in findings(deployed).values():
        assert (finding.status, finding.fix) == ("ok", ""), finding


def test_a_glue_table_that_is_missing(deployed):
    """It is named, and the command that is given makes it again."""
    glue, database = boto3.client("glue"), deployed.outputs["CatalogDatabaseName"]
    glue.delete_table(DatabaseName=database, Name="sales_order_line")
    assert problems(deployed) == {"Glue tables": "sales_order_line is missing"}
    follow(findings(deployed)["Glue tables"].fix)
    assert not problems(deployed)


def test_glue_tables_that_differ(deployed):
    """Other columns, and another generation's files."""
    glue, database = boto3.client("glue"), deployed.outputs["CatalogDatabaseName"]
    for name, change in (("product", {"Columns": []}), ("purchase_order_line", {"Location": "s3://elsewhere/"})):
        table = glue.get_table(DatabaseName=database, Name=name)["Table"]
        storage = table["StorageDescriptor"] | change
        glue.update_table(DatabaseName=database, TableInput={"Name": name, "StorageDescriptor": storage})
    assert problems(deployed) == {
        "Glue tables": "product has different columns; purchase_order_line has the location s3://elsewhere/"
    }


def test_a_glue_database_that_is_missing(deployed):
    """No table is there."""
    boto3.client("glue").delete_database(Name=deployed.outputs["CatalogDatabaseName"])
    found = findings(deployed)["Glue tables"]
    assert found.status == "problem"
    assert found.found.startswith("product is missing; warehouse_product is missing; ")
    follow(found.fix)
    assert not problems(deployed)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda s3, key: s3.delete_object(Bucket=BUCKET, Key=key), "product/part-00000.parquet is missing"),
        (
            lambda s3, key: s3.put_object(Bucket=BUCKET, Key=key, Body=b""),
            "product/part-00000.parquet has a different size",
        ),
        (
            lambda s3, key: s3.put_object(Bucket=BUCKET, Key=f"{key}.bak", Body=b""),
            "product/part-00000.parquet.bak is not in manifest.json",
        ),
    ],
)
def test_a_lake_whose_files_differ(deployed, spoil, told):
    """Each file is held against the manifest; one that is not listed would be read by Athena too."""
    spoil(boto3.client("s3"), f"{deployed.lake.prefix}product/part-00000.parquet")
    assert problems(deployed) == {"lake": f"{deployed.lake.location}: {told}"}


def test_a_lake_without_a_manifest(deployed):
    """What cannot be compared is unknown."""
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=f"{deployed.lake.prefix}manifest.json")
    found = findings(deployed)
    assert found["lake"].status == "problem"
    assert "has no manifest.json" in found["lake"].found
    assert found["rows"].status == "unknown"
    assert found["record"].status == "ok"


def test_a_row_that_is_missing(place, deployed):
    """Its table is named with both counts and its key, and the command that is given loads it again."""
    rows = place.rows()["purchase_order_line"]
    place.admin.execute(
        "delete from purchase_order_line where purchase_order_number = '000001' and purchase_order_line = 1"
    )
    found = problems(deployed)
    assert found["rows"] == f"purchase_order_line has {rows - 1:,} rows instead of {rows:,}: PO/000001/1 is missing"
    assert set(found) <= {"rows", "guarantees"}
    follow(findings(deployed)["rows"].fix)
    assert not problems(deployed)


def test_a_row_that_was_changed(place, deployed):
    """The counts are right; the row is named, and so is the guarantee that it breaks."""
    place.admin.execute("update sales_order_line set fulfilled_quantity = 51 where sales_order_number = '000001'")
    found = problems(deployed)
    assert set(found) == {"guarantees", "rows"}
    assert "000001" in found["rows"]
    assert found["guarantees"].startswith("broken: ")
    assert "000001" in found["guarantees"]


def test_another_generation_in_the_record(place, deployed):
    """Both are named."""
    place.admin.execute("update supplychain_meta.generation set generation = 'another'")
    assert problems(deployed) == {
        "record": f"the warehouse holds generation another, the stack has deployed {deployed.outputs['Generation']}"
    }
    follow(findings(deployed)["record"].fix)
    assert not problems(deployed)


def test_rows_other_than_the_lake_s(place, deployed):
    """The digest tells."""
    place.admin.execute("update supplychain_meta.generation set digest = 'another'")
    assert problems(deployed) == {"record": "the digest of the loaded rows differs from that of the lake"}


def test_an_empty_record(place, deployed):
    """Nothing was loaded, as far as the warehouse knows."""
    place.admin.execute("delete from supplychain_meta.generation")
    found = problems(deployed)
    assert found["record"] == f"{place.workgroup}/{place.database} holds no generation"


def test_a_table_that_is_missing(place, deployed):
    """The database says which."""
    place.admin.execute("drop table public.purchase_order_line")
    assert 'purchase_order_line" does not exist' in problems(deployed)["rows"]


def test_a_grant_that_was_revoked(place, deployed):
    """Who lacks it, on which table."""
    place.admin.execute("revoke select on public.product from public")
    assert problems(deployed) == {"grants": "PUBLIC may not select from product"}
    follow(findings(deployed)["grants"].fix)
    assert not problems(deployed)


def test_grants_of_others_are_shown(place, deployed):
    """They are nobody's fault."""
    name = f"reader_of_{place.database}"
    place.admin.execute(f"create role {name}")
    place.admin.execute(f"grant select on public.product to role {name}")
    assert findings(deployed)["grants"].found == f"PUBLIC, role:{name} (not granted by this app) may select"


def test_a_workgroup_that_is_gone(deployed):
    """The warehouse's checks say so; the lake's are made all the same."""
    outputs = {**deployed.outputs, "WorkgroupName": "no-such"}
    gone = findings(dataclasses.replace(deployed, stack=dataclasses.replace(deployed.stack, outputs=outputs)))
    assert (gone["record"].status, gone["grants"].status) == ("problem", "problem")
    assert "no-such" in gone["record"].found


@pytest.fixture
def stack(deployed):
    """A stack of CloudFormation's with these outputs, and none of the resources."""
    cloudformation, name = (
        boto3.client("cloudformation"),
        f"Doctor-{deployed.outputs['DatabaseName'].replace('_', '-')}",
    )
    template = {
        "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {key: {"Value": value} for key, value in deployed.outputs.items()},
    }
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    yield name
    cloudformation.delete_stack(StackName=name)


def test_the_command_reports_every_check_and_fails_for_a_problem(deployed, stack, tmp_path):
    """A line each; here the names are not the stack's, and its data is whole. The evidence is written too."""
    done = run("doctor", "--stack-name", stack, "--collect", str(tmp_path / "evidence.txt"))
    assert done.exit_code == 1
    for name in (
        "credentials",
        "availability zones",
        "CDK bootstrap",
        "stack",
        "outputs",
        *(one.name for one in CHECKS),
    ):
        assert f" {name} " in done.stdout
    assert f"{deployed.outputs['WorkgroupName']} exists and is not the stack's" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("Error: 22 checks: ")
    assert done.stderr.splitlines()[-1].endswith(" 3 problems")
    evidence = (tmp_path / "evidence.txt").read_text()
    for part in ("== findings", "== stack's events", "CREATE_COMPLETE", "== function's log"):
        assert part in evidence
    assert "000000000000" not in evidence


@pytest.mark.usefixtures("workgroup")
def test_the_command_before_a_deployment():
    """Nothing is deployed and all names are free: no problem, and exit code 0."""
    done = run("doctor", "--stack-name", "Nowhere", "--workgroup", "is-free", "--catalog-database", "is_free")
    assert done.exit_code == 0, done.stdout
    assert "Nowhere is not deployed yet" in done.stdout
    assert "is-free is free" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(", no problem")
