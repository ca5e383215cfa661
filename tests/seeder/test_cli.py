"""`load`, `export`, `catalog` and `verify` against the sandbox."""

import json
from decimal import Decimal

import boto3
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from supplychain.cli.main import main
from supplychain.invariants import CHECKS
from supplychain.schema import TABLE_NAMES, TABLES, glue_table
from supplychain.warehouse.deadline import Deadline
from supplychain.warehouse.place import Place, Warehouse
from tests.seeder.harness import BUCKET
from tests.seeder.harness import TINY as TINY_SETTINGS

TINY = ["--num-products", "12", "--days", "9", "--as-of", "2026-01-31"]


def run(*arguments: str):
    """Run the command as a shell would, with standard output and standard error separate."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def succeed(*arguments: str) -> str:
    """Run the command, which must succeed, and return its output."""
    done = run(*arguments)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def place_options(place) -> list[str]:
    """Return the options for a place."""
    return ["--workgroup", place.workgroup, "--database", place.database]


@pytest.fixture
def empty(place):
    """A place with an empty database."""
    clients = boto3.client("redshift-serverless"), boto3.client("redshift-data")
    default = Warehouse(*clients, Place(place.workgroup, "supply_chain_db"), Deadline.after(30)).connect()
    default.execute(f"create database {place.database}")
    return place


@pytest.fixture
def generated(tmp_path):
    """A folder with a generation as CSV and as Parquet."""
    for form in ("csv", "parquet"):
        succeed("generate", "--output-dir", str(tmp_path / form), "--format", form, *TINY)
    return tmp_path


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_generated_data_set_is_loaded(empty, generated, form):
    """The warehouse holds the rows of the files, and each step is printed."""
    output = succeed("load", "--from", str(generated / form), *place_options(empty))
    manifest = json.loads((generated / form / "manifest.json").read_text())
    assert empty.rows() == {name: table["rows"] for name, table in manifest["tables"].items()}
    for step in ("checked", f"connected to {empty.workgroup}/{empty.database}", "tables exist", "verified", "rows"):
        assert step in output


def test_csv_loads_the_same_rows_as_the_lake(place, tmp_path):
    """The rows of the seeder, exported as CSV and loaded again, are the same, including NULL."""
    place.create()
    before = place.contents()
    succeed("export", "--output-dir", str(tmp_path), "--bucket", BUCKET, *place_options(place))
    succeed("load", "--from", str(tmp_path), *place_options(place))
    assert place.contents() == before
    assert any(None in row for row in before["purchase_order_header"])


def test_generate_and_load_in_one_command(empty, tmp_path):
    """As `generate` and then `load`; every user may read the rows."""
    output = succeed("generate", "--output-dir", str(tmp_path), *TINY, "--load-redshift", *place_options(empty))
    assert "digest" in output
    assert "verified" in output
    assert empty.as_caller.execute("select count(*) from product").rows == [(12,)]


def test_copy_from_s3(empty, generated):
    """Parquet files in S3 are loaded by COPY; CSV files by INSERT, or refused if COPY is requested."""
    client = boto3.client("s3")
    for name, body in files(generated).items():
        client.put_object(Bucket=BUCKET, Key=f"uploads/{name}", Body=body)
    role = ["--copy-role", "arn:aws:iam::000000000000:role/copy"]
    copied = ["load", "--from", f"s3://{BUCKET}/uploads/parquet", *place_options(empty), "--load-method", "copy", *role]
    succeed(*copied)
    before = empty.contents()
    succeed("load", "--from", f"s3://{BUCKET}/uploads/csv/", *place_options(empty))
    assert empty.contents() == before
    refused = run(
        "load", "--from", f"s3://{BUCKET}/uploads/csv/", *place_options(empty), "--load-method", "copy", *role
    )
    assert refused.exit_code == 1
    assert "holds CSV files; COPY reads only Parquet files in S3" in refused.stderr
    client.delete_object(Bucket=BUCKET, Key="uploads/parquet/product/part-00000.parquet")
    missing = run(*copied)
    assert missing.exit_code == 1
    assert missing.stderr.splitlines()[-1] == (
        f"Error: s3://{BUCKET}/uploads/parquet/product/part-00000.parquet is missing: manifest.json lists it"
    )


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (lambda folder: (folder / "product.csv").unlink(), "product.csv is missing: manifest.json lists it"),
        (lambda folder: (folder / "manifest.json").unlink(), "has no manifest.json: it is not a complete generation"),
        (
            lambda folder: (folder / "product.csv").write_text(
                (folder / "product.csv").read_text().replace("PROD0001", "PROD0002")
            ),
            "product.csv was changed after manifest.json was written",
        ),
        (lambda folder: (folder / "product.csv").write_text("a,b\n1,2\n"), "product.csv cannot be read as product"),
    ],
)
def test_changed_files_are_not_loaded(place, generated, corrupt, message):
    """The error is one line, and the warehouse is unchanged."""
    place.create()
    before = place.contents()
    corrupt(generated / "csv")
    done = run("load", "--from", str(generated / "csv"), *place_options(place))
    assert done.exit_code == 1
    assert message in done.stderr.splitlines()[-1]
    assert place.contents() == before


def test_a_failed_load_keeps_the_existing_rows(place, generated):
    """The transaction is rolled back, and the error names the failed step."""
    place.create()
    before = place.contents()
    done = run("load", "--from", str(generated / "csv"), *place_options(place), "--grant-select-to", "role:nobody_s")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("Error: granting SELECT (grant_select_to) failed")
    assert place.contents() == before


def test_a_missing_place_is_an_error_of_one_line(workgroup, generated):
    """A missing workgroup, and a missing database."""
    nowhere = run("load", "--from", str(generated / "csv"), "--workgroup", "no-such", "--database", "db")
    assert nowhere.exit_code == 1
    assert "no-such" in nowhere.stderr.splitlines()[-1]
    absent = run("load", "--from", str(generated / "csv"), "--workgroup", workgroup, "--database", "absent")
    assert absent.exit_code == 1
    assert "absent" in absent.stderr.splitlines()[-1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_is_identical_to_generated_files(place, generated, tmp_path, form):
    """All files, including the manifest."""
    place.create()
    folder = tmp_path / "exported"
    succeed("export", "--output-dir", str(folder), "--format", form, "--bucket", BUCKET, *place_options(place))
    assert files(folder) == files(generated / form)


def test_export_keeps_unlisted_files(place, tmp_path):
    """As `generate` does."""
    (tmp_path / "product.csv").write_text("unrelated")
    done = run("export", "--output-dir", str(tmp_path), "--bucket", BUCKET, *place_options(place))
    assert done.exit_code == 1
    assert files(tmp_path) == {"product.csv": b"unrelated"}


def test_a_missing_stack_is_an_error_of_one_line(workgroup, tmp_path):
    """The error names the stack."""
    done = run("export", "--output-dir", str(tmp_path), "--stack-name", "Nowhere", "--workgroup", workgroup)
    assert done.exit_code == 1
    assert "Nowhere" in done.stderr.splitlines()[-1]


def test_verify_checks_a_warehouse(place):
    """All checks hold in the rows of the seeder; a changed row breaks one."""
    place.with_changes(seed=TINY_SETTINGS | {"reseed": "it's a \\ test"}).create()
    output = succeed("verify", *place_options(place))
    assert output.endswith(f"all {len(CHECKS)} checks hold\n")
    place.admin.execute("update sales_order_line set fulfilled_quantity = 51 where sales_order_number = '000001'")
    done = run("verify", *place_options(place))
    assert done.exit_code == 1
    broken = [line for line in done.stdout.splitlines() if "broken" in line]
    assert any("the fulfilled quantity is 0 to the ordered quantity" in line and "000001" in line for line in broken)


def test_verify_of_a_place_without_data_is_an_error_of_one_line(empty):
    """Nothing has been loaded there."""
    done = run("verify", *place_options(empty))
    assert done.exit_code == 1
    assert done.stderr == f"Error: {empty.workgroup}/{empty.database} holds no generation\n"


def test_a_query_from_a_file_with_parameters(empty, tmp_path):
    """Or from standard input, or as the argument; values of parameters are never part of the statement."""
    file = tmp_path / "query.sql"
    sql = "select cast(:amount as decimal(12,2)) as amount, :name as name;\n"
    file.write_text(sql)
    given = ["--param", "amount=1.50", "--param", "name=it's; drop table x", *place_options(empty), "--format", "jsonl"]
    expected = '{"amount": 1.50, "name": "it\'s; drop table x"}\n'
    assert succeed("query", "-f", str(file), *given) == expected
    for arguments in ([], ["-"], ["-f", "-"]):
        done = CliRunner().invoke(main, ["query", *arguments, *given], input=sql, catch_exceptions=False)
        assert (done.stdout, done.stderr) == (expected, "")
    output = tmp_path / "result.parquet"
    succeed("query", sql, *given[:-1], "parquet", "--output", str(output))
    assert parquet.read_table(output).to_pylist() == [{"amount": Decimal("1.50"), "name": "it's; drop table x"}]


def test_tables_and_columns_are_described(place):
    """As the warehouse has them, with keys from the schema."""
    with_data = place.with_changes(seed=TINY_SETTINGS)
    with_data.create()
    lines = succeed("tables", *place_options(place)).splitlines()
    assert [line.split()[0] for line in lines[2:]] == list(TABLE_NAMES)
    counts = with_data.rows()
    for line, table in zip(lines[2:], TABLES, strict=True):
        assert line.split()[1] == f"{counts[table.name]:,}"
        assert table.grain in line
        assert line.rstrip().endswith(table.comment)
    for table in TABLES:
        rows = succeed("schema", table.name, *place_options(place)).splitlines()[2:]
        assert [tuple(row.split()[:2]) for row in rows] == [(one.name, one.type.redshift) for one in table.columns]
        assert all(row.rstrip().endswith(one.comment) for row, one in zip(rows, table.columns, strict=True))
        assert [row.split()[0] for row in rows if "primary key" in row] == list(table.key)
    assert "→ sales_order_header" in succeed("schema", "SALES_ORDER_LINE", *place_options(place))


@pytest.mark.parametrize(
    ("table", "hint"), [("products", ". Did you mean 'product'?"), ("nothing", f"; it has {', '.join(TABLE_NAMES)}")]
)
def test_a_table_that_does_not_exist_is_named(empty, table, hint):
    """With the one that was meant, or with all."""
    done = run("schema", table, *place_options(empty))
    assert done.exit_code == 1
    assert done.stderr == f"Error: {empty.workgroup}/{empty.database} has no table '{table}'{hint}\n"


@pytest.mark.usefixtures("workgroup")
def test_the_catalog_is_created_once_and_then_unchanged():
    """Created, then unchanged, then updated where it differs. The tables are those of the stack."""
    location, name = f"s3://{BUCKET}/somewhere/", "created_by_command"
    command = ["catalog", "--database", name, "--location", location]
    assert succeed(*command).split()[::2] == ["created"] * 7
    assert succeed(*command).split()[::2] == ["unchanged"] * 7
    glue = boto3.client("glue")
    created = {table["Name"]: table for table in glue.get_tables(DatabaseName=name)["TableList"]}
    assert sorted(created) == sorted(TABLE_NAMES)
    for table in TABLES:
        assert glue_table(table, location).items() <= created[table.name].items()
    glue.update_table(DatabaseName=name, TableInput={"Name": "product", "Description": "another description"})
    assert succeed(*command).split()[::2] == ["unchanged", "updated", *["unchanged"] * 5]
    moved = succeed("catalog", "--database", name, "--location", f"s3://{BUCKET}/elsewhere")
    assert moved.split()[::2] == ["unchanged", *["updated"] * 6]


def test_a_catalog_location_outside_s3_is_refused():
    """It is a usage error."""
    done = run("catalog", "--location", "somewhere")
    assert (done.exit_code, done.stderr) == (
        2,
        "Error: --location: 'somewhere' is not accepted; s3://bucket/prefix/\n",
    )
