"""Whatever a command is given, it fails with one line and the right exit code: 2 for usage, 1 for everything else."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from supplychain.cli import sandbox
from supplychain.cli.main import main

TINY = ["--num-products", "12", "--days", "9", "--as-of", "2026-01-31"]
OUTPUTS = {
    "WorkgroupName": "supply-chain-mvp",
    "DatabaseName": "supply_chain_db",
    "CatalogDatabaseName": "catalog",
    "LakeBucketName": "lake",
    "Generation": "0123456789abcdef",
    "AsOf": "2026-01-31",
    "Seed": "42",
}
NESTED = "[" * 100_000
BINARY = bytes(range(256)) * 16
HUGE = 1 << 40
"""The size of a sparse file: reading it would end the process."""

USAGE = [
    ["--nonsense"],
    ["nonsense"],
    ["query"],
    ["query", ""],
    ["query", " \n"],
    ["query", "select 1", "select 2"],
    ["query", "--format", "xml", "select 1"],
    ["tables", "--workgroup", "Not a name"],
    ["tables", "product"],
    ["schema"],
    ["schema", "product", "--database", "a;b"],
    ["query", "-f", "missing.sql"],
    ["query", "-f", "{new}", "select 1"],
    ["query", "--param", "no value", "select :a"],
    ["query", "--param", "=1", "select :a"],
    ["query", "--param", "a=1", "--param", "a=2", "select :a"],
    ["query", "--expanded", "maybe", "select 1"],
    ["query", "--workgroup", "Not a name", "select 1"],
    ["query", "--database", "a;b", "select 1"],
    ["generate"],
    ["generate", "--output-dir", ""],
    ["generate", "--output-dir", "{file}"],
    ["generate", "--output-dir", "{new}", "--format", "xml"],
    ["generate", "--output-dir", "{new}", "--processes", "0"],
    ["generate", "--output-dir", "{new}", "--processes", "257"],
    ["generate", "--output-dir", "{new}", "--processes", "two"],
    ["generate", "--output-dir", "{new}", "--days", "0"],
    ["generate", "--output-dir", "{new}", "--days", "1e3"],
    ["generate", "--output-dir", "{new}", "--days", "9" * 5000],
    ["generate", "--output-dir", "{new}", "--seed", "-1"],
    ["generate", "--output-dir", "{new}", "--seed", "\udcff"],
    ["generate", "--output-dir", "{new}", "--as-of", "2026-02-30"],
    ["generate", "--output-dir", "{new}", "--orders-per-day", "5-3"],
    ["generate", "--output-dir", "{new}", "--reseed", "\x1b[31m"],
    ["generate", "--output-dir", "{new}", "--reseed", "x" * 65],
    ["generate", "--output-dir", "{new}", "--num-products", "10000000", "--warehouses", "1000"],
    ["generate", "--output-dir", "{new}", "--num-products", "1", "--orders-per-day", "10000000-10000000"],
    ["generate", "--output-dir", "{new}", "--load-redshift", "--load-method", "copy"],
    ["generate", "--output-dir", "{new}", "--grant-select-to", "everyone"],
    ["load"],
    ["load", "--from", ""],
    ["load", "--from", "{new}", "--batch-rows", "0"],
    ["load", "--from", "{new}", "--load-method", "copy"],
    ["verify", "--from", ""],
    ["verify", "--from", "{new}", "--database", "db"],
    ["export", "--output-dir", ""],
    ["export", "--output-dir", "{file}"],
    ["export", "--output-dir", "{new}", "--database", "1"],
    ["catalog", "--location", ""],
    ["catalog", "--location", "s3://"],
    ["catalog", "--location", "{new}"],
    ["catalog", "--location", "s3://bucket/", "--database", "A"],
    ["show", "--outputs", "{file}", "--stack-name", "Other"],
    ["show", "--outputs", ""],
    ["show", "--outputs", "{new}"],
    ["show", "--outputs", "{folder}"],
    ["show", "--outputs", "x" * 5000],
    ["doctor", "--base-capacity", "eight"],
    ["doctor", "--collect", "{folder}"],
    ["doctor", "--workgroup", "\N{SNOWMAN}"],
    ["repair", "--nonsense"],
]
FAILURES = [
    ["generate", "--output-dir", "{file}/below"],
    ["generate", "--output-dir", "{folder}/" + "x" * 300],
    ["load", "--from", "{new}"],
    ["load", "--from", "{file}"],
    ["load", "--from", "s3:///prefix"],
    ["verify", "--from", "{folder}"],
    ["verify", "--from", "x" * 5000],
    ["query", "--profile", "no-such-profile", "select 1"],
    ["query", "--region", "not a region", "select 1"],
    ["query", "--local", "--profile", "work", "select 1"],
    ["query", "select '\udcff'"],
    ["export", "--output-dir", "{new}", "--stack-name", ""],
    ["export", "--output-dir", "{new}", "--bucket", ""],
    ["export", "--output-dir", "{new}", "--stack-name", "\x1b[31mred"],
    ["catalog", "--location", "s3://Not A Bucket/"],
    ["doctor", "--collect", "{new}/below"],
    ["repair", "--stack-name", ""],
    ["repair"],
    ["verify"],
    ["show", "--outputs", "/dev/zero"],
    ["show", "--outputs", "/proc/self/mem"],  # which cannot be read, not even by root
]
OUTPUTS_FILES = [
    b"",
    BINARY,
    HUGE,
    NESTED.encode(),
    b"null",
    b"1",
    b"[]",
    b"{}",
    b'{"Stack": null}',
    b'{"Stack": []}',
    b'{"Stack": {}}',
    b'{"Stack": "WorkgroupName"}',
    json.dumps({"One": OUTPUTS, "Two": OUTPUTS}).encode(),
    json.dumps({"Stack": OUTPUTS | {"Seed": 42}}).encode(),
    json.dumps({"Stack": OUTPUTS | {"WorkgroupName": {"Ref": "Workgroup"}}}).encode(),
    json.dumps({"Stack": OUTPUTS | {"WorkgroupName": "\x1b[31m"}}).encode(),
    json.dumps({"Stack": {"WorkgroupName": "supply-chain-mvp"}}).encode(),
    json.dumps({"Stack": OUTPUTS}).encode(),  # nothing answers there
]
MANIFESTS: list[Callable[[dict], object]] = [
    lambda _: HUGE,
    lambda _: BINARY,
    lambda _: b"",
    lambda _: NESTED.encode(),
    lambda _: b'{"tables": ' * 50_000,
    lambda _: b"null",
    lambda _: b"[]",
    lambda _: b"{}",
    lambda manifest: manifest | {"generation": None},
    lambda manifest: manifest | {"generation": "x'||(select 1)||'"},
    lambda manifest: manifest | {"generation": "\x1b]0;title\x07"},
    lambda manifest: manifest | {"settings": None},
    lambda manifest: manifest | {"settings": {"days": [9]}},
    lambda manifest: manifest | {"settings": {"days": "nine"}},
    lambda manifest: manifest | {"as_of": 20260131},
    lambda manifest: manifest | {"as_of": "today"},
    lambda manifest: manifest | {"seed": 4.2},
    lambda manifest: manifest | {"seed": True},
    lambda manifest: manifest | {"seed": 10**4000},
    lambda manifest: manifest | {"format_version": 10**6},
    lambda manifest: manifest | {"format_version": "1"},
    lambda manifest: manifest | {"schema": []},
    lambda manifest: manifest | {"schema": "0" * 16},
    lambda manifest: manifest | {"tables": []},
    lambda manifest: manifest | {"tables": {}},
    lambda manifest: manifest | {"tables": dict.fromkeys(manifest["tables"])},
    lambda manifest: manifest | {"tables": manifest["tables"] | {"product": {"rows": 1}}},
    lambda manifest: (
        manifest | {"tables": manifest["tables"] | {"product": manifest["tables"]["product"] | {"files": 1}}}
    ),
    lambda manifest: manifest | {"unknown": 1},
    lambda manifest: b'{"seed": Infinity, "as_of": NaN}',  # noqa: ARG005
]
DATA_FILES = [None, "folder", b"", BINARY, b"\xff\xfe,\n", b"product_code\n", b"PAR1", b"PAR1" + bytes(64) + b"PAR1"]
EXPORTS = [BINARY, b"export A='", b"export =x", b"export A=\x00", b"export AWS_ENDPOINT_URL=nonsense"]
ENVIRONMENTS = [
    {"AWS_CONFIG_FILE": "{binary}"},
    {"AWS_SHARED_CREDENTIALS_FILE": "{binary}", "AWS_ACCESS_KEY_ID": ""},
    {"AWS_CA_BUNDLE": "{new}", "AWS_ENDPOINT_URL": "https://127.0.0.1:9"},
    {"AWS_MAX_ATTEMPTS": "many"},
    {"AWS_RETRY_MODE": "nonsense"},
    {"AWS_ENDPOINT_URL": "nonsense"},
    {"AWS_REGION": "\x1b[31m"},
]


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch, tmp_path):
    """Nothing answers at the endpoint of AWS, and no sandbox is running."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sandbox, "_PACKAGE", tmp_path / "site-packages" / "supplychain")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def places(tmp_path) -> dict[str, str]:
    """What the arguments name: an existing file and folder, a binary file, and a path of which nothing exists."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "binary").write_bytes(BINARY)
    return {name: str(tmp_path / name) for name in ("folder", "file", "binary", "new")}


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A data set in each format, by name."""
    folder = tmp_path_factory.mktemp("generated")
    for form in ("csv", "parquet"):
        command = ["generate", "--output-dir", str(folder / form), "--format", form, *TINY]
        assert CliRunner().invoke(main, command, catch_exceptions=False).exit_code == 0
    return folder


def fails(*arguments: str, exit_code: int = 1) -> str:
    """Run a command that must fail with one line, apart from its progress; return that line."""
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("generating: ", "checking: "))]
    assert (done.exit_code, len(lines)) == (exit_code, 1), done.stderr
    assert lines[0].startswith("Error: ")
    assert lines[0].isprintable(), ascii(lines[0])
    return lines[0]


def write(file: Path, contents: object) -> None:
    """Write bytes, JSON, or a sparse file of that size."""
    if isinstance(contents, int):
        file.touch()
        os.truncate(file, contents)
    else:
        file.write_bytes(contents if isinstance(contents, bytes) else json.dumps(contents).encode())


@pytest.mark.parametrize(
    ("arguments", "exit_code"), [*((one, 2) for one in USAGE), *((one, 1) for one in FAILURES)], ids=str
)
def test_arguments(places, arguments, exit_code):
    """Values of other types, empty ones, files in the place of folders: nothing is written then."""
    if arguments[-1].startswith(("/dev/", "/proc/")) and not Path(arguments[-1]).exists():
        pytest.skip("this system has no such file")
    before = sorted(Path(places["folder"]).parent.rglob("*"))
    fails(*(one.format(**places) if "{" in one else one for one in arguments), exit_code=exit_code)
    assert sorted(Path(places["folder"]).parent.rglob("*")) == before


@pytest.mark.parametrize("contents", OUTPUTS_FILES, ids=lambda one: ascii(one)[:60])
def test_outputs_files(places, contents):
    """`show` names the file, unless AWS does not answer."""
    write(Path(places["file"]), contents)
    message = fails("show", "--outputs", places["file"])
    assert message.startswith((f"Error: {places['file']}", "Error: cannot connect to AWS"))


@pytest.mark.parametrize("number", range(len(MANIFESTS)))
def test_manifests(tmp_path, generated, number):
    """`verify`, `load` and `generate` refuse each, and `generate` keeps the folder."""
    folder = tmp_path / "data"
    shutil.copytree(generated / "csv", folder)
    manifest = folder / "manifest.json"
    contents = MANIFESTS[number](json.loads(manifest.read_text()))
    write(manifest, contents)
    for command in (["verify", "--from", str(folder)], ["load", "--from", str(folder)]):
        message = fails(*command)
        assert "manifest.json" in message or "another version" in message
    before = sorted((path, path.stat().st_size) for path in folder.rglob("*"))
    if "another version" not in message:
        fails("generate", "--output-dir", str(folder), *TINY)
        assert sorted((path, path.stat().st_size) for path in folder.rglob("*")) == before


@pytest.mark.parametrize("contents", DATA_FILES, ids=ascii)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_data_files(tmp_path, generated, form, contents):
    """`verify` names the file."""
    folder = tmp_path / "data"
    shutil.copytree(generated / form, folder)
    file = folder / ("product.csv" if form == "csv" else "product/part-00000.parquet")
    file.unlink()
    if contents == "folder":
        file.mkdir()
    elif contents is not None:
        file.write_bytes(contents)
    assert str(file) in fails("verify", "--from", str(folder))


@pytest.mark.parametrize("contents", EXPORTS, ids=ascii)
def test_exports_of_a_sandbox(tmp_path, contents):
    """A damaged `.sandbox/env`."""
    (tmp_path / ".sandbox").mkdir()
    (tmp_path / ".sandbox" / "env").write_bytes(contents)
    fails("query", "--local", "select 1")


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=ascii)
def test_environments(monkeypatch, places, environment):
    """Settings of the AWS SDK that it cannot read."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(**places))
    fails("query", "select 1")


def run_in(shell: str, folder, **environment: str) -> subprocess.CompletedProcess:
    """Run a line of a shell in which `supplychain` is the command."""
    command = (
        f"supplychain() {{ {sys.executable} -c 'from supplychain.cli.main import main; main()' \"$@\"; }}\n{shell}"
    )
    return subprocess.run(
        ["/bin/bash", "-c", command], cwd=folder, env=os.environ | environment, capture_output=True, check=False
    )


@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "query --help", "verify --from csv", "generate --output-dir new --days 5"]
)
def test_standard_output_on_a_full_device(generated, arguments):
    """The line names standard output, not a file of the command."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = run_in(f"supplychain {arguments} > /dev/full", generated)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1] == "Error: standard output: No space left on device"
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("arguments", ["--help", "verify --from csv"])
def test_a_pipe_that_its_reader_has_closed(generated, arguments):
    """The command ends without a message."""
    done = run_in(f"{{ sleep 0.1; supplychain {arguments}; echo $? >&2; }} | true", generated)
    lines = [line for line in done.stderr.decode().splitlines() if not line.startswith("checking: ")]
    assert lines == ["1"]


def test_closed_streams(generated):
    """The data set is written; the exit code says so."""
    assert run_in("supplychain generate --output-dir closed --days 5 >&- 2>&-", generated).returncode == 0
    assert (generated / "closed" / "manifest.json").is_file()


def test_a_locale_that_cannot_show_a_name(generated):
    """The name is escaped, in output and in errors."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run_in("supplychain generate --output-dir Läger --days 5", generated, **ascii_only)
    assert done.returncode == 0, done.stderr
    assert rb"in L\udcc3\udca4ger" in done.stdout
    failed = run_in("supplychain verify --from Löst", generated, **ascii_only)
    assert (failed.returncode, failed.stderr.count(b"\n")) == (1, 1)
    assert failed.stderr.startswith(rb"Error: L\udcc3\udcb6st has no manifest.json")
