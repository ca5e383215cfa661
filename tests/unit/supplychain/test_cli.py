"""The `supplychain` command: what it writes, what it says, how it fails."""

import csv
import dataclasses
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from supplychain.cli import connection, terminal
from supplychain.cli.main import main
from supplychain.invariants import CHECKS
from supplychain.schema import TABLES
from supplychain.settings import SeedSettings
from supplychain.warehouse.results import Result, ResultColumn

TINY = ["--num-products", "12", "--days", "9", "--as-of", "2026-01-31"]


def run(*arguments: str):
    """Run the command as a shell would; standard output and standard error apart."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def no_sandbox(monkeypatch, tmp_path):
    """A checkout in which no sandbox was started."""
    monkeypatch.setattr(connection, "SANDBOX_ENV", tmp_path / "env")


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_generate_writes_six_csv_files_and_a_manifest(tmp_path):
    """Each with its header and as many rows as the manifest says; the summary names the digest."""
    done = run("generate", "--output-dir", str(tmp_path), *TINY)
    assert done.exit_code == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["as_of"], manifest["settings"]["as_of"], manifest["seed"]) == ("2026-01-31", "2026-01-31", 42)
    assert sorted(files(tmp_path)) == sorted([*(f"{table.name}.csv" for table in TABLES), "manifest.json"])
    for table in TABLES:
        with (tmp_path / f"{table.name}.csv").open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header == list(table.column_names)
        assert len(rows) == manifest["tables"][table.name]["rows"] > 0
    assert "digest " in done.stdout
    assert "rows" in done.stderr


def test_generate_twice_writes_the_same_bytes(tmp_path):
    """Into the same folder or another, with the files of the first run replaced."""
    for folder in ("one", "two", "one"):
        assert run("generate", "--output-dir", str(tmp_path / folder), *TINY).exit_code == 0
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_csv_and_parquet_hold_the_same_rows(tmp_path):
    """Their digests are equal, and a change of format leaves no file of the other behind."""
    digests = []
    for form in ("csv", "parquet"):
        assert run("generate", "--output-dir", str(tmp_path), "--format", form, *TINY).exit_code == 0
        tables = json.loads((tmp_path / "manifest.json").read_text())["tables"]
        digests.append({name: table["digest"] for name, table in tables.items()})
    assert digests[0] == digests[1]
    assert not list(tmp_path.glob("*.csv"))
    assert len(list(tmp_path.glob("*/part-*.parquet"))) == len(TABLES)


def test_generate_spares_a_file_that_it_did_not_write(tmp_path):
    """One line names it, and it is as it was."""
    (tmp_path / "product.csv").write_text("precious")
    done = run("generate", "--output-dir", str(tmp_path), *TINY)
    assert done.exit_code == 1
    assert "product.csv exists and no manifest.json beside it lists it: remove it, or give --overwrite" in done.stderr
    assert files(tmp_path) == {"product.csv": b"precious"}


def test_overwrite_replaces_files_that_it_did_not_write(tmp_path):
    """Those of the tables' names and the manifest, and no others."""
    for name in ("product.csv", "manifest.json", "notes.txt", "warehouse_product.csv"):
        (tmp_path / name).write_text("precious")
    assert run("generate", "--output-dir", str(tmp_path), *TINY).exit_code == 1
    assert (tmp_path / "product.csv").read_text() == "precious"
    assert run("generate", "--output-dir", str(tmp_path), "--overwrite", "--format", "parquet", *TINY).exit_code == 0
    assert (tmp_path / "notes.txt").read_text() == "precious"
    assert not list(tmp_path.glob("*.csv"))
    assert json.loads((tmp_path / "manifest.json").read_text())["tables"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_number_of_processes_changes_nothing(tmp_path, form):
    """Not even for data that one block holds."""
    for count in ("1", "2"):
        folder = str(tmp_path / count)
        assert run("generate", "--output-dir", folder, "--format", form, "--processes", count, *TINY).exit_code == 0
    assert files(tmp_path / "1") == files(tmp_path / "2")


def test_a_manifest_that_lists_files_elsewhere_is_not_followed(tmp_path):
    """What a manifest lists is replaced: so it may only list what generations have."""
    (tmp_path / "precious").write_text("mine")
    folder = tmp_path / "folder"
    assert run("generate", "--output-dir", str(folder), *TINY).exit_code == 0
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"product.csv"', '"../precious"'))
    done = run("generate", "--output-dir", str(folder), *TINY)
    assert done.exit_code == 1
    assert done.stderr == f"Error: {manifest} is somebody's: give --overwrite to replace it\n"
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    """What it is and why, exit code 1."""
    (tmp_path / "file").write_text("")
    done = run("generate", "--output-dir", str(tmp_path / "file" / "folder"), *TINY)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == f"Error: {tmp_path / 'file' / 'folder'}: Not a directory"


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_full_disk_is_one_line_and_leaves_no_manifest(tmp_path, processes):
    """Whichever process meets it; a limit on the size of a file stands for the disk's."""
    command = [sys.executable, "-c", FULL_DISK, "generate", "--output-dir", str(tmp_path), "--processes", processes]
    done = subprocess.run([*command, *TINY, "--days", "200"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"Error: {tmp_path}: File too large"
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from supplychain.cli.main import main
if __name__ == "__main__":
    main()
"""


def test_copy_of_a_folder_is_refused(tmp_path):
    """COPY reads S3 alone: one line, before anything is generated or asked of AWS."""
    for command in (
        ["load", "--from", str(tmp_path), "--load-method", "copy"],
        ["generate", "--output-dir", str(tmp_path / "new"), "--load-redshift", "--load-method", "copy"],
    ):
        done = run(*command)
        assert done.exit_code == 2
        assert done.stderr == (
            "Error: load_method: 'copy' is not accepted for a folder; "
            "COPY reads Parquet files in S3 and nothing else: use auto or insert\n"
        )
    assert not (tmp_path / "new").exists()


def test_verify_says_what_holds_in_files(tmp_path):
    """Every check by its number and name, for CSV and Parquet."""
    for form in ("csv", "parquet"):
        assert run("generate", "--output-dir", str(tmp_path / form), "--format", form, *TINY).exit_code == 0
        done = run("verify", "--from", str(tmp_path / form))
        assert done.exit_code == 0
        assert done.stdout.endswith(f"all {len(CHECKS)} checks hold\n")
        assert sum(" holds" in line for line in done.stdout.splitlines()) == len(CHECKS)
        assert all(check.name in done.stdout for check in CHECKS)


def test_verify_says_what_is_broken(tmp_path, monkeypatch):
    """The check, its first rows, exit code 1; files that are not their manifest's are said before."""
    assert run("generate", "--output-dir", str(tmp_path), *TINY).exit_code == 0
    product = tmp_path / "product.csv"
    product.write_text(product.read_text().replace(",SUP001,", ",SUP999,"))
    changed = run("verify", "--from", str(tmp_path))
    assert changed.exit_code == 1
    assert "product.csv was changed after manifest.json was written" in changed.stderr
    monkeypatch.setattr("supplychain.cli.commands.verify.check_files", lambda *_: None)
    done = run("verify", "--from", str(tmp_path))
    assert done.exit_code == 1
    line = next(
        line for line in done.stdout.splitlines() if "product.supplier_code: only the documented values" in line
    )
    assert "broken" in line
    assert "SUP999" in line
    assert done.stderr.endswith(f"of {len(CHECKS)} checks are broken\n")


def test_verify_takes_one_source(tmp_path):
    """Files or a warehouse."""
    done = run("verify", "--from", str(tmp_path), "--database", "db")
    assert (done.exit_code, done.stderr) == (2, "Error: use just one of --from and --workgroup or --database\n")


def test_every_command_has_its_help():
    """The list of commands says what each is for, and each explains its options."""
    listed = run("--help").stdout
    for name in ("generate", "load", "export", "catalog", "query", "verify", "show"):
        assert f"  {name} " in listed
        told = run(name, "--help")
        assert told.exit_code == 0
        assert "Usage:" in told.stdout


def test_a_command_that_does_not_exist_is_a_usage_error():
    """Exit code 2, as click says it."""
    assert run("deploy").exit_code == 2


def test_a_random_seed_is_printed_and_repeats_the_data(tmp_path):
    """What `random` drew can be given the next time."""
    first = run("generate", "--output-dir", str(tmp_path / "a"), "--seed", "random", *TINY)
    seed = first.stderr.split()[1]
    assert run("generate", "--output-dir", str(tmp_path / "b"), "--seed", seed, *TINY).exit_code == 0
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_bad_setting_is_one_line_and_writes_nothing(tmp_path):
    """Exit code 2, as for every bad argument."""
    done = run("generate", "--output-dir", str(tmp_path / "new"), "--days", "0")
    assert done.exit_code == 2
    assert done.stderr == "Error: days: '0' is not accepted; a whole number from 1 to 3,650\n"
    assert not (tmp_path / "new").exists()


def test_every_setting_is_an_option():
    """What the deployment takes, the command takes by the same name."""
    told = run("generate", "--help").stdout
    for definition in dataclasses.fields(SeedSettings):
        assert f"--{definition.name.replace('_', '-')} " in told


@pytest.mark.usefixtures("no_sandbox")
def test_a_query_without_a_sandbox_says_how_to_start_one():
    """One line, exit code 1."""
    done = run("query", "--local", "select 1")
    assert (done.exit_code, done.stderr) == (1, "Error: no sandbox is running here: start it with `make local`\n")


def test_a_query_to_a_sandbox_that_died_says_the_same(monkeypatch, tmp_path):
    """The exports are there, but nobody answers."""
    env = tmp_path / "env"
    env.write_text(
        "export AWS_ENDPOINT_URL=http://127.0.0.1:9\nexport AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
        "export AWS_REGION=us-east-1\nunset AWS_PROFILE\n"
    )
    monkeypatch.setattr(connection, "SANDBOX_ENV", env)
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = run("query", "--local", "select 1")
    assert (done.exit_code, done.stderr) == (1, "Error: no sandbox answers here: start it with `make local`\n")


@pytest.mark.usefixtures("no_sandbox")
def test_local_and_a_profile_exclude_each_other():
    """The sandbox has credentials of its own."""
    done = run("query", "--local", "--profile", "work", "select 1")
    assert (done.exit_code, done.stderr) == (1, "Error: --local has its own credentials: leave --profile out\n")


def test_a_profile_that_does_not_exist_is_one_line():
    """The words of the AWS SDK, without a traceback."""
    done = run("query", "--profile", "no-such-profile", "select 1")
    assert (done.exit_code, done.stderr) == (1, "Error: The config profile (no-such-profile) could not be found\n")


RESULT = Result(
    (
        ResultColumn("name", "varchar", 0, 0),
        ResultColumn("n", "int8", 0, 0),
        ResultColumn("cost", "numeric", 10, 2),
        ResultColumn("open", "bool", 0, 0),
    ),
    [("a, b", 1234, "1.50", True), (None, None, None, None)],
)


def test_a_result_as_a_table_aligns_numbers_and_shows_null(capsys):
    """Numbers to the right, NULL in words, the count of rows below."""
    terminal.print_result(RESULT, "table")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "n", "cost", "open"]
    assert lines[2].split() == ["a,", "b", "1234", "1.50", "true"]
    assert lines[3].split() == ["NULL"] * 4
    assert lines[4] == "(2 rows)"


def test_a_result_as_csv(capfdbinary):
    """Quoted where needed, empty for NULL."""
    terminal.print_result(RESULT, "csv")
    assert capfdbinary.readouterr().out == b'name,n,cost,open\n"a, b",1234,1.50,true\n,,,\n'


def test_a_result_as_json(capsys):
    """Numbers are numbers, NULL is null."""
    terminal.print_result(RESULT, "json")
    assert json.loads(capsys.readouterr().out) == [
        {"name": "a, b", "n": 1234, "cost": 1.5, "open": True},
        {"name": None, "n": None, "cost": None, "open": None},
    ]
