"""The `supplychain` command: files, output and error messages."""

import csv
import dataclasses
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from supplychain.cli import sandbox
from supplychain.cli.main import main
from supplychain.invariants import CHECKS
from supplychain.schema import TABLES
from supplychain.settings import SeedSettings

TINY = ["--num-products", "12", "--days", "9", "--as-of", "2026-01-31"]


def run(*arguments: str):
    """Run the command as a shell would, with standard output and standard error separate."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def no_sandbox(monkeypatch, tmp_path):
    """An installed package, and a current folder without a sandbox."""
    monkeypatch.setattr(sandbox, "_PACKAGE", tmp_path / "site-packages" / "supplychain")
    monkeypatch.chdir(tmp_path)


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_generate_writes_six_csv_files_and_a_manifest(tmp_path):
    """Each has its header and the number of rows in the manifest; the summary has the digest."""
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
    """Into another folder or the same, where the files of the first run are replaced."""
    for folder in ("one", "two", "one"):
        assert run("generate", "--output-dir", str(tmp_path / folder), *TINY).exit_code == 0
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_csv_and_parquet_hold_the_same_rows(tmp_path):
    """Their digests are equal, and a change of format leaves no file of the other format behind."""
    digests = []
    for form in ("csv", "parquet"):
        assert run("generate", "--output-dir", str(tmp_path), "--format", form, *TINY).exit_code == 0
        tables = json.loads((tmp_path / "manifest.json").read_text())["tables"]
        digests.append({name: table["digest"] for name, table in tables.items()})
    assert digests[0] == digests[1]
    assert not list(tmp_path.glob("*.csv"))
    assert len(list(tmp_path.glob("*/part-*.parquet"))) == len(TABLES)


def test_generate_keeps_a_file_that_it_did_not_write(tmp_path):
    """The error names the file, which is unchanged."""
    (tmp_path / "product.csv").write_text("unrelated")
    done = run("generate", "--output-dir", str(tmp_path), *TINY)
    assert done.exit_code == 1
    assert "product.csv exists, but no manifest.json lists it: remove it, or use --overwrite" in done.stderr
    assert files(tmp_path) == {"product.csv": b"unrelated"}


def test_overwrite_replaces_files_that_it_did_not_write(tmp_path):
    """Only the manifest and files with the name of a table are replaced."""
    for name in ("product.csv", "manifest.json", "notes.txt", "warehouse_product.csv"):
        (tmp_path / name).write_text("unrelated")
    assert run("generate", "--output-dir", str(tmp_path), *TINY).exit_code == 1
    assert (tmp_path / "product.csv").read_text() == "unrelated"
    assert run("generate", "--output-dir", str(tmp_path), "--overwrite", "--format", "parquet", *TINY).exit_code == 0
    assert (tmp_path / "notes.txt").read_text() == "unrelated"
    assert not list(tmp_path.glob("*.csv"))
    assert json.loads((tmp_path / "manifest.json").read_text())["tables"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_number_of_processes_does_not_change_the_files(tmp_path, form):
    """Not even if all data is in one block."""
    for count in ("1", "2"):
        folder = str(tmp_path / count)
        assert run("generate", "--output-dir", folder, "--format", form, "--processes", count, *TINY).exit_code == 0
    assert files(tmp_path / "1") == files(tmp_path / "2")


def test_a_manifest_that_lists_files_elsewhere_is_not_followed(tmp_path):
    """The files in a manifest are replaced, so it may only list files of a generation."""
    (tmp_path / "unrelated").write_text("mine")
    folder = tmp_path / "folder"
    assert run("generate", "--output-dir", str(folder), *TINY).exit_code == 0
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"product.csv"', '"../unrelated"'))
    done = run("generate", "--output-dir", str(folder), *TINY)
    assert done.exit_code == 1
    assert done.stderr == f"Error: {manifest} was not written by this app: remove it, or use --overwrite\n"
    assert (tmp_path / "unrelated").read_text() == "mine"


def test_an_unwritable_folder_is_an_error_of_one_line(tmp_path):
    """The error names the folder and the cause; exit code 1."""
    (tmp_path / "file").write_text("")
    done = run("generate", "--output-dir", str(tmp_path / "file" / "folder"), *TINY)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == f"Error: {tmp_path / 'file' / 'folder'}: Not a directory"


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_full_disk_is_an_error_of_one_line_and_leaves_no_manifest(tmp_path, processes):
    """In any process. A limit on the file size simulates the full disk."""
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
    """COPY reads only S3: an error of one line, before anything is generated and before any call of AWS."""
    for command in (
        ["load", "--from", str(tmp_path), "--load-method", "copy"],
        ["generate", "--output-dir", str(tmp_path / "new"), "--load-redshift", "--load-method", "copy"],
    ):
        done = run(*command)
        assert done.exit_code == 2
        assert done.stderr == (
            "Error: --load-method: 'copy' is not accepted for a folder; "
            "COPY reads only Parquet files in S3: use auto or insert\n"
        )
    assert not (tmp_path / "new").exists()


def test_verify_lists_the_checks_that_hold_in_files(tmp_path):
    """Every check is listed, for CSV and Parquet."""
    for form in ("csv", "parquet"):
        assert run("generate", "--output-dir", str(tmp_path / form), "--format", form, *TINY).exit_code == 0
        done = run("verify", "--from", str(tmp_path / form))
        assert done.exit_code == 0
        assert done.stdout.endswith(f"all {len(CHECKS)} checks hold\n")
        assert sum(" holds" in line for line in done.stdout.splitlines()) == len(CHECKS)
        assert all(check.name in done.stdout for check in CHECKS)


def test_verify_shows_broken_checks(tmp_path, monkeypatch):
    """The check and its first rows are shown, with exit code 1. Files that differ from the manifest are an error."""
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
    """Either files or a warehouse."""
    for option in ("--database", "--workgroup", "--stack-name"):
        done = run("verify", "--from", str(tmp_path), option, "name")
        assert (done.exit_code, done.stderr) == (
            2,
            "Error: use either --from, or --stack-name, --workgroup and --database\n",
        )


def test_every_command_has_its_help():
    """The list of commands describes each, and each describes its options."""
    listed = run("--help").stdout
    for name in (
        "generate",
        "load",
        "export",
        "catalog",
        "query",
        "tables",
        "schema",
        "verify",
        "repair",
        "show",
        "doctor",
    ):
        assert f"  {name} " in listed
        shown = run(name, "--help")
        assert shown.exit_code == 0
        assert "Usage:" in shown.stdout


def test_a_command_that_does_not_exist_is_a_usage_error():
    """Exit code 2, with click's message."""
    assert run("deploy").exit_code == 2


def test_a_random_seed_is_printed_and_repeats_the_data(tmp_path):
    """The seed that `random` drew generates the same data."""
    first = run("generate", "--output-dir", str(tmp_path / "a"), "--seed", "random", *TINY)
    seed = first.stderr.split()[1]
    assert run("generate", "--output-dir", str(tmp_path / "b"), "--seed", seed, *TINY).exit_code == 0
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_bad_setting_is_an_error_of_one_line_and_writes_nothing(tmp_path):
    """Exit code 2, as for every invalid argument."""
    done = run("generate", "--output-dir", str(tmp_path / "new"), "--days", "0")
    assert done.exit_code == 2
    assert done.stderr == "Error: --days: '0' is not accepted; a whole number from 1 to 3,650\n"
    assert not (tmp_path / "new").exists()


def test_every_setting_is_an_option():
    """The settings of a deployment are options with the same names."""
    shown = run("generate", "--help").stdout
    for definition in dataclasses.fields(SeedSettings):
        assert f"--{definition.name.replace('_', '-')} " in shown


@pytest.mark.usefixtures("no_sandbox")
def test_a_query_without_a_sandbox_explains_how_to_start_one():
    """An error of one line, exit code 1."""
    done = run("query", "--local", "select 1")
    assert (done.exit_code, done.stderr) == (1, f"Error: no sandbox is running here: {START}\n")


START = "start it with `make local` in a checkout, or with `redshift-sandbox up`"


@pytest.mark.usefixtures("no_sandbox")
def test_the_sandbox_is_found_from_a_folder_below_it(monkeypatch, tmp_path):
    """The nearest one counts, whether or not the package is in a checkout."""
    for folder in (tmp_path, tmp_path / "project"):
        (folder / ".sandbox").mkdir(parents=True)
        (folder / ".sandbox" / "env").touch()
    below = tmp_path / "project" / "src" / "app"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert sandbox.find_exports() == tmp_path / "project" / ".sandbox" / "env"


def test_the_sandbox_of_the_checkout_is_found_from_anywhere(monkeypatch, tmp_path):
    """If the current folder is in no other project with a sandbox."""
    exports = tmp_path / "checkout" / ".sandbox" / "env"
    exports.parent.mkdir(parents=True)
    exports.touch()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(sandbox, "_PACKAGE", tmp_path / "checkout" / "lambda" / "supplychain")
    assert sandbox.find_exports() == exports


@pytest.mark.usefixtures("no_sandbox")
def test_a_query_to_a_sandbox_that_died_explains_how_to_start_one(monkeypatch, tmp_path):
    """Its exports exist, but it does not respond."""
    exports = tmp_path / ".sandbox" / "env"
    exports.parent.mkdir()
    exports.write_text(
        "export AWS_ENDPOINT_URL=http://127.0.0.1:9\nexport AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
        "export AWS_REGION=us-east-1\nunset AWS_PROFILE\n"
    )
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = run("query", "--local", "select 1")
    assert (done.exit_code, done.stderr) == (1, f"Error: the sandbox does not respond: {START}\n")


@pytest.mark.usefixtures("no_sandbox")
def test_a_forgotten_local_is_recognized(monkeypatch, tmp_path):
    """Where AWS cannot be asked and a sandbox is running in the folder; not where another endpoint is configured."""
    failing = ["query", "--profile", "no-such-profile", "select 1"]
    message = "Error: The config profile (no-such-profile) could not be found"
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert run(*failing).stderr == f"{message}\n"
    (tmp_path / ".sandbox").mkdir()
    (tmp_path / ".sandbox" / "env").touch()
    assert run(*failing).stderr == f"{message}; for the sandbox that is running here, add --local\n"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert run(*failing).stderr == f"{message}\n"


@pytest.mark.usefixtures("no_sandbox")
def test_local_and_a_profile_exclude_each_other():
    """The sandbox has its own credentials."""
    done = run("query", "--local", "--profile", "work", "select 1")
    assert (done.exit_code, done.stderr) == (1, "Error: --local has its own credentials: remove --profile\n")


def test_a_profile_that_does_not_exist_is_an_error_of_one_line():
    """The message of the AWS SDK, without a traceback."""
    done = run("query", "--profile", "no-such-profile", "select 1")
    assert (done.exit_code, done.stderr) == (1, "Error: The config profile (no-such-profile) could not be found\n")


@pytest.mark.parametrize(("typed", "meant"), [("quer", "query"), ("vrfy", "verify"), ("shwo", "show")])
def test_a_mistyped_command_is_recognized(typed, meant):
    """As click does for options."""
    done = run(typed)
    line = f"Error: No such command '{typed}'. Did you mean '{meant}'? See main --help\n"
    assert (done.exit_code, done.stderr) == (2, line)


@pytest.mark.parametrize(
    ("words", "completed"), [("supplychain que", "query"), ("supplychain query --expa", "--expanded")]
)
def test_the_shell_completes_commands_and_options(words, completed):
    """As the function that docs/cli.md defines asks for it."""
    asked = {"_SUPPLYCHAIN_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = CliRunner().invoke(main, prog_name="supplychain", env=asked)
    assert done.stdout == f"plain,{completed}\n"


@pytest.mark.parametrize("typed", [["--timeout", "x"], ["--timeout=x"], ["--statement-timeout", "x"]])
def test_an_error_names_the_option_as_typed(typed):
    """Not the setting, which has another spelling, and not the option's other name."""
    done = run("load", "--from", "nowhere", *typed)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {typed[0].partition('=')[0]}: 'x' is not accepted; a whole number from 10")


def test_the_help_lists_options_in_groups():
    """A command's own first, then the settings by what they are for, then the connection."""
    lines = run("load", "--help").stdout.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ") and line.endswith(":")]
    assert headings == ["Options:", "Warehouse:", "Loading:", "Connection:"]
    assert lines.index("Connection:") < lines.index("  --region TEXT   AWS region")
    assert "  -h, --help" in "\n".join(lines[: lines.index("Warehouse:")])
