"""The function's code: complete, small, reproducible and cached."""

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution

import pytest

from infra import ROOT, bundling
from infra.bundling import BundlingError, make_bundle
from tests.infra.synthesis import synthesise
from tools.sbom import locked, normalized

MOST_BYTES = 180 * 2**20
"""Unpacked. Lambda's limit is 250 MiB, which leaves room for new dependencies."""

CHECK_IMPORTS = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import supplychain
for module in pkgutil.walk_packages(supplychain.__path__, "supplychain."):
    importlib.import_module(module.name)
import io
import boto3, numpy, pyarrow, pyarrow.compute, pyarrow.csv, pyarrow.dataset, pyarrow.parquet
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent
file = io.BytesIO()
pyarrow.parquet.write_table(pyarrow.table({"n": numpy.arange(3)}), file, compression="snappy")
assert pyarrow.parquet.read_table(io.BytesIO(file.getvalue())).num_rows == 3
for service in sys.argv[2:]:
    boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
outside = {path for module in sys.modules.values() if "site-packages" in (path := str(getattr(module, "__file__", "")))}
assert not outside, outside
"""


def _files(bundle):
    with zipfile.ZipFile(bundle) as zipped:
        return {entry.filename: entry for entry in zipped.infolist()}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the package that tests may change, with the project's own zips of the dependencies."""
    package = tmp_path / "supplychain"
    shutil.copytree(bundling.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(bundling, "PACKAGE", package)
    bundles = tmp_path / "bundles"
    bundles.mkdir()
    for path in bundling.BUNDLES.glob("dependencies-*.zip"):
        (bundles / path.name).symlink_to(path)
    return package, bundles


def test_the_function_gets_the_bundle(stack):
    """The code in the template is a zip asset."""
    assert stack.only("AWS::Lambda::Function")["Code"]["S3Key"].endswith(".zip")


@pytest.mark.parametrize("target", ["aws", "twin", "host"])
def test_it_fits_lambda(target):
    """Unpacked, it is far below Lambda's limit."""
    size = sum(entry.file_size for entry in _files(make_bundle(target)).values())
    assert size < MOST_BYTES


def test_the_sizes_in_the_documentation_are_correct():
    """docs/operations.md gives the sizes of the zip, of its contents, and of its x86-64 twin, to within a MiB."""
    said = (ROOT / "docs" / "operations.md").read_text()
    aws, twin = make_bundle("aws"), make_bundle("twin")
    unpacked = {bundle: sum(entry.file_size for entry in _files(bundle).values()) for bundle in (aws, twin)}
    for row, size in (
        ("zip", aws.stat().st_size),
        ("unpacked", unpacked[aws]),
        ("the x86-64 twin, unpacked", unpacked[twin]),
    ):
        (figure,) = re.findall(rf"^\| {row} \| ([0-9.]+) MiB", said, re.MULTILINE)
        assert abs(float(figure) - size / 2**20) < 1, row


def test_it_contains_only_what_runs():
    """The handler, its settings and libraries are included; the CLI, tests, headers and other services are not."""
    names = _files(make_bundle("aws"))
    for needed in (
        "supplychain/settings.py",
        "supplychain/schema.py",
        "boto3/__init__.py",
        "botocore/data/endpoints.json",
        "aws_lambda_powertools/__init__.py",
    ):
        assert needed in names
    assert any(name.startswith("botocore/data/redshift-data/") for name in names)
    assert any(name.startswith("pyarrow/libarrow_substrait") for name in names)
    unwanted = (
        "supplychain/cli/",
        "supplychain/invariants/",
        "click/",
        "botocore/data/ec2/",
        "pyarrow/include/",
        "numpy/tests/",
        "bin/",
    )
    assert not [name for name in names if name.startswith(unwanted) or name.endswith((".pyc", ".pyi", ".h"))]


def test_the_aws_bundle_is_for_lambda():
    """Compiled modules are for Python 3.13 on arm64, wherever the bundle is built."""
    compiled = [name for name in _files(make_bundle("aws")) if ".cpython-" in name]
    assert compiled
    assert all(".cpython-313-aarch64-linux-gnu" in name for name in compiled)


def test_the_x86_64_twin_differs_in_compiled_files_only():
    """It has the same Python files as Lambda's bundle, so tests of one apply to the other."""
    aws, twin = (
        {name: entry.CRC for name, entry in _files(make_bundle(target)).items() if name.endswith(".py")}
        for target in ("aws", "twin")
    )
    differing = {name for name in aws.keys() | twin.keys() if aws.get(name) != twin.get(name)}
    assert differing <= {"numpy/__config__.py"}  # it names the compiler
    assert len(aws) > 500


def test_the_host_bundle_runs_by_itself(tmp_path):
    """In an interpreter with nothing else installed, all modules can be imported, and all clients created."""
    with zipfile.ZipFile(make_bundle("host")) as zipped:
        zipped.extractall(tmp_path)
    command = [sys.executable, "-I", "-S", "-c", CHECK_IMPORTS, str(tmp_path), *bundling.BOTOCORE_SERVICES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_same_inputs_give_the_same_bytes(project):
    """Built twice, with different modification times, the bundle is the same file."""
    package, bundles = project
    first = make_bundle("aws", bundles=bundles)
    before = first.read_bytes()
    first.unlink()
    for path in package.rglob("*.py"):
        path.touch()
    again = make_bundle("aws", bundles=bundles)
    assert again == first
    assert again.read_bytes() == before


def test_the_dependencies_are_the_same_bytes_too(tmp_path):
    """Downloaded, pruned and compressed again in another folder, they are the same file with the same asset hash."""
    assert make_bundle("aws", bundles=tmp_path).name == make_bundle("aws").name
    assert make_bundle("aws", bundles=tmp_path).read_bytes() == make_bundle("aws").read_bytes()


@pytest.fixture
def _offline(monkeypatch):
    """Downloading anything fails."""

    def download(*_):
        raise AssertionError("the dependencies would be downloaded again")

    monkeypatch.setattr(bundling, "_install", download)


@pytest.mark.usefixtures("_offline")
def test_a_change_of_the_package_adds_its_sources_only(project):
    """An edit gives a bundle with another hash, without downloading or compressing the dependencies again."""
    package, bundles = project
    first = make_bundle("aws", bundles=bundles)
    (package / "schema.py").write_text("# changed\n")
    second = make_bundle("aws", bundles=bundles)
    assert second.name != first.name
    with zipfile.ZipFile(second) as zipped:
        assert zipped.read("supplychain/schema.py") == b"# changed\n"


def test_a_change_of_the_command_line_changes_nothing(project):
    """Files that are not in the bundle cause no deployment."""
    package, bundles = project
    first = make_bundle("aws", bundles=bundles)
    (package / "cli" / "main.py").write_text("# changed\n")
    assert make_bundle("aws", bundles=bundles) == first


def test_an_unchanged_bundle_is_not_built_again():
    """The second synthesis reuses the file of the first."""
    made = make_bundle("aws").stat()
    again = make_bundle("aws").stat()
    assert (again.st_ino, again.st_mtime_ns) == (made.st_ino, made.st_mtime_ns)


def test_old_bundles_are_deleted(project):
    """A day of edits does not fill the disk, and the dependencies stay cached."""
    package, bundles = project
    dependencies = set(bundles.glob("dependencies-*.zip"))
    for number in range(6):
        (package / "schema.py").write_text(f"# {number}\n")
        newest = make_bundle("host", bundles=bundles)
    assert newest.exists()
    assert len(list(bundles.glob("host-*.zip"))) == 4
    assert dependencies <= set(bundles.glob("dependencies-*.zip"))


def test_every_file_belongs_to_a_locked_package():
    """Its content is that of the package's wheel; all other files are the project's."""
    recorded = {
        str(path): path.hash.value
        for name in locked(bundling.REQUIREMENTS)
        for path in distribution(name).files or ()
        if path.hash is not None
    }
    with zipfile.ZipFile(make_bundle("host")) as zipped:
        for name in zipped.namelist():
            if not name.startswith("supplychain/"):
                digest = base64.urlsafe_b64encode(hashlib.sha256(zipped.read(name)).digest()).decode().rstrip("=")
                assert recorded.get(name) == digest, name


@pytest.mark.parametrize("target", ["aws", "host"])
def test_the_packages_are_those_of_the_lock_file(target):
    """All of them, in their versions, for every target."""
    found = {name.partition(".dist-info/")[0] for name in _files(make_bundle(target)) if ".dist-info/" in name}
    versions = {normalized(name): {version} for name, _, version in (one.rpartition("-") for one in found)}
    assert versions == locked(bundling.REQUIREMENTS)


def test_a_download_with_another_hash_is_refused(tmp_path, monkeypatch):
    """The file that an index serves must be the one that was locked."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"six==1.17.0 --hash=sha256:{64 * '0'}\n")
    monkeypatch.setattr(bundling, "REQUIREMENTS", requirements)
    with pytest.raises(BundlingError, match=r"(?is)hash.*six==1\.17\.0"):
        make_bundle("aws", bundles=tmp_path / "bundles")


def test_a_failed_download_is_reported(tmp_path, monkeypatch):
    """The error contains uv's message, and no incomplete file is left behind."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("not a requirement\n")
    monkeypatch.setattr(bundling, "REQUIREMENTS", requirements)
    with pytest.raises(BundlingError, match="could not download") as error:
        make_bundle("aws", bundles=tmp_path / "bundles")
    assert "not a requirement" in str(error.value)
    assert list((tmp_path / "bundles").iterdir()) == []


def test_the_sandbox_gets_the_same_template_except_for_the_code(stack):
    """bundle_for=host changes the asset and nothing else in the template."""
    host = synthesise(bundle_for="host")
    function = stack.only_id("AWS::Lambda::Function")
    changed = [name for name in stack.resources if stack.resources[name] != host.resources[name]]
    assert changed == [function]
    assert stack.only("AWS::Lambda::Function")["Runtime"] == host.only("AWS::Lambda::Function")["Runtime"]
