"""Runs every shell block of the documentation in order on one deployment, as a new user does in a fresh clone.

The teardown section of the README runs after all other documents.
"""

import json
import re
from textwrap import indent

import pytest

from supplychain.schema import TABLES
from tests.e2e.conftest import ROOT
from tests.e2e.deployment import change_as_admin, consistent_rows, contents, locations, outputs, stack, warehouse_rows
from tests.e2e.documents import OTHER, SHELL, Reader, documents, fences, shell_blocks
from tests.e2e.inventory import inventory
from tools import picture

COLUMNS = {table.name: len(table.columns) for table in TABLES}
QUICK_START = "Quick start"
WHAT_YOU_GET = "What you get"
TEARDOWN = "Teardown"
FIRST_DEPLOYMENT = "docs/first-deployment.md"
ALONE = {"README.md", "local/README.md", FIRST_DEPLOYMENT}
"""Documents that have tests of their own."""

pytestmark = pytest.mark.usefixtures("deployed")


@pytest.fixture(scope="module")
def reader(project):
    """A reader who follows the documentation."""
    return Reader(project)


@pytest.fixture(scope="module")
def deployed(reader):
    """The output of the quick start of the README."""
    return reader.follow("README.md", QUICK_START)


def test_the_quick_start_shows_what_was_deployed(project, deployed):
    """`make local` ends with the workgroup, the database, the generation and the rows of each table."""
    assert re.search(r"^workgroup +supply-chain-mvp$", deployed, re.MULTILINE)
    assert re.search(r"^database +supply_chain_db$", deployed, re.MULTILINE)
    assert re.search(rf"^generation +{outputs(project)['Generation']}$", deployed, re.MULTILINE)
    for name, rows in warehouse_rows(project).items():
        assert re.search(rf"^\s*{name} +{rows:,}\s*$", deployed, re.MULTILINE)


def test_the_stack_and_the_catalog_exist(project):
    """The stack is CREATE_COMPLETE, and Glue has the six tables with their columns."""
    assert stack(project)["StackStatus"] == "CREATE_COMPLETE"
    tables = project.client("glue").get_tables(DatabaseName="supply_chain_catalog")["TableList"]
    assert {table["Name"]: len(table["StorageDescriptor"]["Columns"]) for table in tables} == COLUMNS


def test_lake_and_warehouse_hold_the_same_rows_in_the_documented_ranges(project):
    """150 products, 315–405 warehouse products, 270–720 sales orders of 1–5 lines, purchase orders of 2–8."""
    rows = consistent_rows(project)
    assert rows["product"] == 150
    assert 315 <= rows["warehouse_product"] <= 405
    assert 270 <= rows["sales_order_header"] <= 720
    assert rows["sales_order_header"] <= rows["sales_order_line"] <= 5 * rows["sales_order_header"]
    assert 2 * rows["purchase_order_header"] <= rows["purchase_order_line"] <= 8 * rows["purchase_order_header"]


def printed_in_readme(section: str) -> str:
    """Return the output that a section of the README shows."""
    (printed,) = [f.text for f in fences("README.md") if f.section == section and f.language == "text"]
    return printed


def test_the_first_query_prints_what_the_readme_shows(deployed):
    """Except for the counts, which depend on the date, and the order of the rows, which depends on them."""

    def without_counts(printed: str) -> list[str]:
        return sorted(re.sub(r" +\d+$", "", line) for line in printed.splitlines())

    shown = printed_in_readme(QUICK_START)
    assert without_counts(shown) == without_counts("".join(deployed.splitlines(keepends=True)[-shown.count("\n") :]))


def test_a_query_prints_a_table(project, deployed):
    """The query of the README shows the statuses with their counts."""
    lines = deployed.splitlines()
    printed = lines[next(number for number, line in enumerate(lines) if line.split() == ["status", "count"]) :]
    assert printed[0].split() == ["status", "count"]
    statuses = [line.split() for line in printed[2:-1]]
    counts = [int(count) for _, count in statuses]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == warehouse_rows(project)["sales_order_header"]
    assert {status for status, _ in statuses} <= {"Pending", "Processing", "Shipped", "Delivered", "Cancelled"}


def test_a_query_prints_csv_and_json(project):
    """The formats for programs have the same rows."""
    sql = "select product_code, unit_price, created_date from product order by 1 limit 2"
    lines = project.run(f'.venv/bin/supplychain query --local --format csv "{sql}"').stdout.splitlines()
    assert lines[0] == "product_code,unit_price,created_date"
    records = json.loads(project.run(f'.venv/bin/supplychain query --local --format json "{sql}"').stdout)
    assert [record["product_code"] for record in records] == [line.split(",")[0] for line in lines[1:]]
    assert float(lines[1].split(",")[1]) == records[0]["unit_price"]


def test_a_wrong_query_shows_the_message_of_the_database(project):
    """In one line, with exit code 1."""
    failed = project.run('.venv/bin/supplychain query --local "select no_such_column from product"', ok=False)
    assert failed.returncode == 1
    assert 'column "no_such_column" does not exist' in failed.stderr
    assert "Traceback" not in failed.stderr


def test_users_may_not_write(project):
    """PUBLIC is granted only SELECT."""
    failed = project.run('.venv/bin/supplychain query --local "delete from product"', ok=False)
    assert failed.returncode == 1
    assert "permission denied" in failed.stderr


def test_bad_input_deploys_nothing(project):
    """The synth fails with an error of one line, and the stack is unchanged."""
    before = stack(project)
    failed = project.run('make local ARGS="-c num_product=5"', ok=False)
    assert failed.returncode != 0
    assert "num_product: no such setting; did you mean num_products?" in failed.stderr + failed.stdout
    assert "Traceback" not in failed.stderr
    assert stack(project) == before


def test_other_settings_are_an_update_that_reseeds(project, reader, readme_output):
    """Counts follow the settings, and the catalog has new locations."""
    before = outputs(project), locations(project)
    readme_output.append(reader.follow("README.md", WHAT_YOU_GET))
    assert stack(project)["StackStatus"] == "UPDATE_COMPLETE"
    rows = consistent_rows(project)
    assert rows["product"] == 200
    assert outputs(project)["Generation"] != before[0]["Generation"]
    assert not set(locations(project).values()) & set(before[1].values())


@pytest.fixture(scope="module")
def readme_output():
    """The output of the update and the query in the README."""
    return []


def test_the_query_prints_what_the_readme_shows(readme_output):
    """The output is identical."""
    assert printed_in_readme(WHAT_YOU_GET) in "".join(readme_output)


def test_the_picture_shows_the_output(readme_output):
    """Its commands are those of the README, its lines those of a real run; only the name of the bucket differs."""
    commands = [line for fence in fences("README.md") for line in fence.text.splitlines()]
    assert {picture.DEPLOY, picture.QUESTION} <= set(commands)
    printed = "".join(readme_output).splitlines()
    shown = picture.shown(printed[: printed.index("(5 rows)") + 1])
    drawn = picture.lines((ROOT / "docs" / "first-run.svg").read_text())
    for lines in (shown, drawn):
        lines[:] = [line.rstrip() for line in lines if not line.startswith("lake ") and line.strip()]
    assert drawn == shown


def test_generate_writes_the_same_six_files_each_time(project):
    """The command of the README, repeated, writes identical files."""
    folder = project.folder / "sample_data"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    project.run(next(f.text for f in shell_blocks() if "supplychain generate" in f.text))
    assert sorted(first) == sorted([*(f"{name}.csv" for name in COLUMNS), "manifest.json"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_the_same_settings_again_change_nothing_and_repair_does(project):
    """A third deployment reports no changes, and what is not as it was deployed; `repair` puts it back."""
    before, rows = stack(project), contents(project)
    change_as_admin(project, "update product set product_name = 'Renamed' where product_code = 'PROD0007'")
    project.client("glue").delete_table(DatabaseName="supply_chain_catalog", Name="product")
    printed = project.run(picture.DEPLOY)
    assert "no changes" in printed.stdout + printed.stderr
    assert stack(project) == before
    for line in (
        "The data is not what was deployed:",
        "  Glue tables: product is missing",
        "  rows: product has other rows: PROD0007: product_name is 'Renamed' instead of ",
        "  .venv/bin/supplychain repair --local\n",
    ):
        assert line in printed.stderr
    repaired = project.run(".venv/bin/supplychain repair --local").stdout
    assert "catalog: created supply_chain_catalog.product\n" in repaired
    assert contents(project) == rows
    consistent_rows(project)


def test_the_rest_of_the_readme(reader):
    """All sections except the teardown."""
    for section in dict.fromkeys(fence.section for fence in fences("README.md") if fence.language in SHELL):
        if section != TEARDOWN:
            reader.follow("README.md", section)


def test_another_app_gets_its_rows_and_leaves_nothing(project, reader):
    """The example of docs/constructs.md has the rows of its settings in both warehouses, and destroy leaves nothing."""
    before = inventory(project.client)
    reader.follow("docs/constructs.md", "Install")
    printed = reader.follow("docs/constructs.md", "An example")
    assert re.findall(r"^ *(\d+)$", printed, re.MULTILINE) == ["40", "30"]
    assert inventory(project.client) == before


def test_python_in_the_documentation_is_tested_code():
    """A snippet is part of the example that was deployed above; that of local/README.md is part of a sandbox test."""
    example = (ROOT / "examples" / "own_platform" / "app.py").read_text()
    sandbox_example = (ROOT / "local" / "tests" / "test_readme_example.py").read_text()
    for document in documents():
        for fence in fences(document):
            if fence.language == "python" and document == "local/README.md":
                assert fence.text in sandbox_example, fence
            elif fence.language == "python":
                assert indent(fence.text, 8 * " ") in example, fence


@pytest.mark.parametrize("document", [name for name in documents() if name not in ALONE])
def test_every_other_document(reader, document):
    """Its commands work on the same deployment, in their order."""
    reader.follow(document)


def test_destroy_leaves_nothing(project, reader):
    """No stack, table, secret, object, log group, function, role or network is left."""
    reader.follow("README.md", TEARDOWN, blocks=1)
    assert_only_the_bootstrap_is_left(project)


def assert_only_the_bootstrap_is_left(project) -> None:
    left = [entry["StackName"] for entry in project.client("cloudformation").describe_stacks()["Stacks"]]
    assert left == ["CDKToolkit"]
    assert not project.client("glue").get_databases()["DatabaseList"]
    assert not project.client("redshift-serverless").list_namespaces()["namespaces"]
    assert not project.client("redshift-serverless").list_workgroups()["workgroups"]
    assert not project.client("secretsmanager").list_secrets()["SecretList"]
    assert not project.client("lambda").list_functions()["Functions"]
    assert not project.client("logs").describe_log_groups()["logGroups"]
    buckets = [bucket["Name"] for bucket in project.client("s3").list_buckets()["Buckets"]]
    assert all(name.startswith("cdk-") for name in buckets)
    roles = [role["RoleName"] for role in project.client("iam").list_roles()["Roles"]]
    assert all(name.startswith("cdk-") for name in roles)
    ec2 = project.client("ec2")
    assert all(vpc["IsDefault"] for vpc in ec2.describe_vpcs()["Vpcs"])
    assert not ec2.describe_vpc_endpoints()["VpcEndpoints"]


def test_stop_leaves_no_process_and_a_free_port(project, reader):
    """No process runs, the port is free, and a query then explains how to start the sandbox."""
    reader.follow("README.md", TEARDOWN)
    running = project.run(f"grep -lsF {project.folder}/.sandbox /proc/[0-9]*/environ", ok=False)
    assert running.stdout == ""
    failed = project.run('.venv/bin/supplychain query --local "select 1"', ok=False)
    assert failed.returncode == 1
    assert failed.stderr.strip() == (
        "Error: no sandbox is running here: start it with `make local` in a checkout, or with `redshift-sandbox up`"
    )
    project.run(f"! (exec 3<>/dev/tcp/127.0.0.1/{project.port}) 2>/dev/null")


def test_the_sandbox_alone(reader):
    """The commands of local/README.md start, query and stop it."""
    reader.follow("local/README.md")


def test_a_first_deployment(project, reader):
    """docs/first-deployment.md from an empty sandbox to an empty sandbox: each step ends as the page says."""
    project.run("make local-stop", ok=False)
    reader.follow(FIRST_DEPLOYMENT, "Choose where to run it")

    before = doctor(reader.follow(FIRST_DEPLOYMENT, "Check the account"))
    assert before["stack"] == ("ok", "SupplyChainWarehouse is not deployed yet")
    assert "outputs" not in before

    deployed = doctor(reader.follow(FIRST_DEPLOYMENT, "Deploy"))
    assert deployed["stack"] == ("ok", "SupplyChainWarehouse is CREATE_COMPLETE")
    assert {deployed[check][0] for check in OF_A_DEPLOYMENT} == {"ok"}

    printed = reader.follow(FIRST_DEPLOYMENT, "Query")
    assert re.search(r"^Delivered +[0-9]+$", printed, re.MULTILINE)
    assert re.search(r"^all [0-9]+ checks hold$", printed, re.MULTILINE)

    updated = reader.follow(FIRST_DEPLOYMENT, "Update with COPY")
    assert {doctor(updated)[check][0] for check in OF_A_DEPLOYMENT} == {"ok"}
    assert re.search(r"^ *2000$", updated, re.MULTILINE)
    assert '"method":"copy"' in collected(project)

    renamed = reader.follow(FIRST_DEPLOYMENT, "Rename the workgroup")
    assert doctor(renamed)["workgroup"] == ("ok", "supply-chain-renamed is the stack's")
    assert {doctor(renamed)[check][0] for check in OF_A_DEPLOYMENT} == {"ok"}

    failed = reader.follow(FIRST_DEPLOYMENT, "Let an update fail")
    assert "the update failed" in failed
    assert doctor(failed)["stack"][0] == "warning"
    assert "UPDATE_ROLLBACK_COMPLETE" in doctor(failed)["stack"][1]
    assert {doctor(failed)[check][0] for check in OF_A_DEPLOYMENT} == {"ok"}
    assert failed.splitlines()[-2:] == renamed.splitlines()[-2:]
    assert "granting SELECT (grant_select_to) failed" in collected(project)

    gone = doctor(reader.follow(FIRST_DEPLOYMENT, "Destroy", blocks=1))
    assert gone["stack"] == ("ok", "SupplyChainWarehouse is not deployed yet")
    assert {gone[name][1].split()[-1] for name in ("workgroup", "namespace", "Glue database")} == {"free"}
    assert_only_the_bootstrap_is_left(project)
    reader.follow(FIRST_DEPLOYMENT)


def collected(project) -> str:
    """What the page asks a reader to send."""
    (command,) = [fence.text for fence in fences(FIRST_DEPLOYMENT) if "--collect" in fence.text]
    project.run(command.replace("doctor", "doctor --local"))
    return (project.folder / ".cache" / "report.txt").read_text()


OF_A_DEPLOYMENT = ("outputs", "Glue tables", "lake", "record", "rows", "grants", "guarantees")
"""The doctor's checks of a deployment."""


def doctor(printed: str) -> dict[str, tuple[str, str]]:
    """The status and the finding of each check in what was printed."""
    lines = (re.split(r" {2,}", line.strip()) for line in printed.splitlines())
    return {line[1]: (line[0], line[2]) for line in lines if line[0] in {"ok", "warning", "problem", "unknown"}}


def test_every_shell_block_was_run_or_needs_an_account(reader):
    """No block is left out, and every block has a language."""
    left = [fence for fence in shell_blocks() if fence not in reader.done]
    assert not left
    for document in documents():
        for fence in fences(document):
            assert fence.language in (*SHELL, *OTHER), f"{document}, {fence.section}: the block has no known language"
