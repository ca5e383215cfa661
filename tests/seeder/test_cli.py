"""`load`, `export`, `catalog` and the rest of the command, against the sandbox."""

import json

import boto3
import pytest
from click.testing import CliRunner

from supplychain.cli.main import main
from supplychain.invariants import CHECKS
from supplychain.schema import TABLE_NAMES, TABLES, glue_table
from supplychain.warehouse.deadline import Deadline
from supplychain.warehouse.place import Place, Warehouse
from tests.seeder.harness import BUCKET
from tests.seeder.harness import TINY as TINY_SETTINGS

TINY = ["--num-products", "12", "--days", "9", "--as-of", "2026-01-31"]


def run(*arguments: str):
    """Run the command as a shell would; standard output and standard error apart."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def succeed(*arguments: str) -> str:
    """Run the command, which must succeed; gives what it printed."""
    done = run(*arguments)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def place(world) -> list[str]:
    """The options that name a place."""
    return ["--workgroup", world.workgroup, "--database", world.database]


@pytest.fixture
def empty(world):
    """A place whose database is there and empty."""
    clients = boto3.client("redshift-serverless"), boto3.client("redshift-data")
    home = Warehouse(*clients, Place(world.workgroup, "supply_chain_db"), Deadline.after(30)).connect()
    home.execute(f"create database {world.database}")
    return world


@pytest.fixture
def generated(tmp_path):
    """A folder with a generation, as CSV, and what it holds as Parquet beside it."""
    for form in ("csv", "parquet"):
        succeed("generate", "--output-dir", str(tmp_path / form), "--format", form, *TINY)
    return tmp_path


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_generate_wrote_is_loaded(empty, generated, form):
    """The warehouse holds the files' rows, and each step was told."""
    told = succeed("load", "--from", str(generated / form), *place(empty))
    manifest = json.loads((generated / form / "manifest.json").read_text())
    assert empty.rows() == {name: table["rows"] for name, table in manifest["tables"].items()}
    for step in ("checked", f"connected to {empty.workgroup}/{empty.database}", "tables are there", "verified", "rows"):
        assert step in told


def test_csv_loads_the_same_rows_as_the_lake(world, tmp_path):
    """The seeder's rows, exported as CSV and loaded elsewhere, are the same, NULL and all."""
    world.create()
    before = world.contents()
    succeed("export", "--output-dir", str(tmp_path), "--bucket", BUCKET, *place(world))
    succeed("load", "--from", str(tmp_path), *place(world))
    assert world.contents() == before
    assert any(None in row for row in before["purchase_order_header"])


def test_generate_and_load_in_one_go(empty, tmp_path):
    """As `generate` and then `load`; anybody may read the rows."""
    told = succeed("generate", "--output-dir", str(tmp_path), *TINY, "--load-redshift", *place(empty))
    assert "digest" in told
    assert "verified" in told
    assert empty.anybody.execute("select count(*) from product").rows == [(12,)]


def test_copy_from_s3(empty, generated):
    """Parquet files in S3 are copied; CSV files there are inserted, or refused where COPY was asked for."""
    client = boto3.client("s3")
    for name, body in files(generated).items():
        client.put_object(Bucket=BUCKET, Key=f"uploads/{name}", Body=body)
    role = ["--copy-role", "arn:aws:iam::000000000000:role/copy"]
    copied = ["load", "--from", f"s3://{BUCKET}/uploads/parquet", *place(empty), "--load-method", "copy", *role]
    succeed(*copied)
    held = empty.contents()
    succeed("load", "--from", f"s3://{BUCKET}/uploads/csv/", *place(empty))
    assert empty.contents() == held
    refused = run("load", "--from", f"s3://{BUCKET}/uploads/csv/", *place(empty), "--load-method", "copy", *role)
    assert refused.exit_code == 1
    assert "holds CSV files; COPY reads Parquet files in S3" in refused.stderr
    client.delete_object(Bucket=BUCKET, Key="uploads/parquet/product/part-00000.parquet")
    missing = run(*copied)
    assert missing.exit_code == 1
    assert missing.stderr.splitlines()[-1] == (
        f"Error: s3://{BUCKET}/uploads/parquet/product/part-00000.parquet is missing: manifest.json lists it"
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "product.csv").unlink(), "product.csv is missing: manifest.json lists it"),
        (lambda folder: (folder / "manifest.json").unlink(), "holds no manifest.json: it is no complete generation"),
        (
            lambda folder: (folder / "product.csv").write_text(
                (folder / "product.csv").read_text().replace("PROD0001", "PROD0002")
            ),
            "product.csv was changed after manifest.json was written",
        ),
        (lambda folder: (folder / "product.csv").write_text("a,b\n1,2\n"), "product.csv cannot be read as product"),
    ],
)
def test_files_that_were_changed_change_nothing(world, generated, spoil, said):
    """One line says what is wrong, and the warehouse is as it was."""
    world.create()
    before = world.contents()
    spoil(generated / "csv")
    done = run("load", "--from", str(generated / "csv"), *place(world))
    assert done.exit_code == 1
    assert said in done.stderr.splitlines()[-1]
    assert world.contents() == before


def test_a_load_that_fails_leaves_the_rows_that_were_there(world, generated):
    """The transaction is undone, and the line says at which step it failed."""
    world.create()
    before = world.contents()
    done = run("load", "--from", str(generated / "csv"), *place(world), "--grant-select-to", "role:nobody_s")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("Error: granting SELECT (grant_select_to) failed")
    assert world.contents() == before


def test_a_place_that_is_not_there_is_one_line(workgroup, generated):
    """A workgroup, and a database."""
    nowhere = run("load", "--from", str(generated / "csv"), "--workgroup", "no-such", "--database", "db")
    assert nowhere.exit_code == 1
    assert "no-such" in nowhere.stderr.splitlines()[-1]
    absent = run("load", "--from", str(generated / "csv"), "--workgroup", workgroup, "--database", "absent")
    assert absent.exit_code == 1
    assert "absent" in absent.stderr.splitlines()[-1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_is_what_generate_writes(world, generated, tmp_path, form):
    """File by file, manifest included."""
    world.create()
    folder = tmp_path / "exported"
    succeed("export", "--output-dir", str(folder), "--format", form, "--bucket", BUCKET, *place(world))
    assert files(folder) == files(generated / form)


def test_export_spares_other_people_s_files(world, tmp_path):
    """As generate does."""
    (tmp_path / "product.csv").write_text("precious")
    done = run("export", "--output-dir", str(tmp_path), "--bucket", BUCKET, *place(world))
    assert done.exit_code == 1
    assert files(tmp_path) == {"product.csv": b"precious"}


def test_a_stack_that_is_not_there_is_one_line(workgroup, tmp_path):
    """It is named."""
    done = run("export", "--output-dir", str(tmp_path), "--stack-name", "Nowhere", "--workgroup", workgroup)
    assert done.exit_code == 1
    assert "Nowhere" in done.stderr.splitlines()[-1]


def test_verify_says_what_holds_in_a_warehouse(world):
    """All of it, in what the seeder has loaded, then one rule less."""
    world.but(seed=TINY_SETTINGS | {"reseed": "it's a \\ test"}).create()
    told = succeed("verify", *place(world))
    assert told.endswith(f"all {len(CHECKS)} checks hold\n")
    world.admin.execute("update sales_order_line set fulfilled_quantity = 51 where sales_order_number = '000001'")
    done = run("verify", *place(world))
    assert done.exit_code == 1
    broken = [line for line in done.stdout.splitlines() if "broken" in line]
    assert any("0 to ordered is fulfilled" in line and "000001" in line for line in broken)


def test_verify_of_a_place_without_data_is_one_line(empty):
    """Nothing was loaded there."""
    done = run("verify", *place(empty))
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("workgroup")
def test_the_catalog_is_made_once_and_then_left_alone():
    """Created, then unchanged, then updated where it differs: the tables are those of the stack."""
    location, name = f"s3://{BUCKET}/somewhere/", "made_by_command"
    command = ["catalog", "--database", name, "--location", location]
    assert succeed(*command).split()[::2] == ["created"] * 7
    assert succeed(*command).split()[::2] == ["unchanged"] * 7
    glue = boto3.client("glue")
    made = {table["Name"]: table for table in glue.get_tables(DatabaseName=name)["TableList"]}
    assert sorted(made) == sorted(TABLE_NAMES)
    for table in TABLES:
        assert glue_table(table, location).items() <= made[table.name].items()
    glue.update_table(DatabaseName=name, TableInput={"Name": "product", "Description": "somebody's words"})
    assert succeed(*command).split()[::2] == ["unchanged", "updated", *["unchanged"] * 5]
    moved = succeed("catalog", "--database", name, "--location", f"s3://{BUCKET}/elsewhere")
    assert moved.split()[::2] == ["unchanged", *["updated"] * 6]


def test_a_catalog_over_something_else_is_refused():
    """Not S3: a usage error."""
    done = run("catalog", "--location", "somewhere")
    assert (done.exit_code, done.stderr) == (
        2,
        "Error: location: 'somewhere' is not accepted; s3://bucket/prefix/\n",
    )
