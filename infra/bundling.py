"""The function's code: its dependencies and the `supplychain` package in one zip, built without Docker.

It is a zip because the CDK would copy a folder on every synth and compress it on every deployment. The dependencies are
zipped once; when the package changes, its sources are added to a copy of that zip.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_

from infra import CACHE, ROOT

REQUIREMENTS: Final = ROOT / "lambda" / "requirements.txt"
PACKAGE: Final = ROOT / "lambda" / "supplychain"
BUNDLES: Final = CACHE / "bundle"

UV_TARGETS: Final = {
    "aws": ("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13"),
    "twin": ("--python-platform", "x86_64-manylinux_2_28", "--python-version", "3.13"),  # for tests on x86-64
    "host": ("--python", sys.executable),
}
"""uv's options for the machine that the code will run on."""

BOTOCORE_SERVICES: Final = ("cloudformation", "redshift-data", "redshift-serverless", "s3", "secretsmanager", "sts")
"""The AWS services that the function calls. botocore's models of the other 400 or so are left out."""

EXCLUDED: Final = re.compile(
    "|".join(
        (
            # Not read at run time.
            r"(^|.*/)(tests?|__pycache__|include|includes|examples)/.*",
            r".*\.(pyi|pyx|pxi|pxd|h|hpp|c|cc|cpp|a|cmake|pyc)",
            r"[^/]*\.dist-info/(RECORD|INSTALLER|REQUESTED|WHEEL|entry_points\.txt|top_level\.txt|sboms/.*)",
            r"bin/.*",
            r"numpy/(f2py|_pyinstaller)/.*",
            # Arrow's RPC, and unused file systems and formats. libarrow_substrait stays: the import needs it.
            r"pyarrow/(lib)?(arrow|arrow_python)?_(flight|s3|s3fs|azurefs|gcsfs|hdfs|orc|dataset_orc|pyarrow_cpp_tests)\..*",
            # The same library under three names; only the one with the major version is linked against.
            r"pyarrow/libarrow_python[a-z_]*\.so(\.[0-9]+\.[0-9]+\.[0-9]+)?",
            rf"botocore/data/(?!({'|'.join(BOTOCORE_SERVICES)})/)[^/]+/.*",
        )
    )
)
"""Paths of dependencies to leave out; matches the whole path."""

NOT_IN_FUNCTION: Final = ("cli", "invariants")
"""Folders of the package that only the command line uses."""

_KEPT_PER_KIND: Final = 4
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16


class BundlingError(Exception):
    """The function's code could not be built."""


def function_code(target: str) -> lambda_.Code:
    """The function's code for `target`, ``aws`` or ``host``, as an asset whose hash is that of its inputs."""
    bundle = make_bundle(target)
    digest = bundle.stem.partition("-")[2]
    return lambda_.Code.from_asset(str(bundle), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM)


def make_bundle(target: str, *, bundles: Path = BUNDLES) -> Path:
    """Build the zip of the function's code in `bundles`, unless it is there already, and return its path.

    Raises
    ------
    BundlingError
        Where the dependencies cannot be downloaded, or this is not a checkout.
    """
    if not REQUIREMENTS.is_file():
        raise BundlingError(
            f"{REQUIREMENTS} is missing: the function is built from a checkout of the project. Clone it, install it "
            "with pip install --editable, and put the checkout on PYTHONPATH"
        )
    sources = sorted(_package_sources())
    bundle = bundles / f"{target}-{_digest(_dependencies_key(target), *_named_contents(sources))}.zip"
    if not bundle.exists():
        dependencies = _dependencies(target, bundles)
        with _atomic_replacement(bundle) as draft:
            shutil.copyfile(dependencies, draft)
            _add(draft, ((f"{PACKAGE.name}/{path.relative_to(PACKAGE).as_posix()}", path) for path in sources))
        _delete_old(bundles)
    return bundle


def _package_sources() -> Iterator[Path]:
    for path in PACKAGE.rglob("*"):
        relative = path.relative_to(PACKAGE).parts
        if path.is_file() and "__pycache__" not in relative and relative[0] not in NOT_IN_FUNCTION:
            yield path


def _dependencies(target: str, bundles: Path) -> Path:
    """The zip of the pruned dependencies."""
    archive = bundles / f"dependencies-{target}-{_digest(_dependencies_key(target))}.zip"
    if archive.exists():
        return archive
    sys.stderr.write(f"Bundling the function's dependencies for {target} …\n")
    bundles.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bundles) as folder:
        _install(target, Path(folder))
        with _atomic_replacement(archive) as draft:
            _add(draft, _included(Path(folder)))
    return archive


def _install(target: str, folder: Path) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--target", str(folder), *UV_TARGETS[target], "--requirement", str(REQUIREMENTS)]
    environment = {"UV_CACHE_DIR": str(CACHE / "uv"), **os.environ}
    done = subprocess.run(  # noqa: S603  # nothing in the command comes from outside
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BundlingError(f"uv could not download the function's dependencies for {target}:\n{done.stderr.strip()}")


def _included(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(".") and not EXCLUDED.fullmatch(name):
            yield name, path


def _add(archive: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Append `files` to a zip, reproducibly: fixed times and permissions."""
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as zipped:
        for name, path in files:
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _READABLE
            zipped.writestr(entry, path.read_bytes())


@contextmanager
def _atomic_replacement(path: Path) -> Iterator[Path]:
    """A temporary file that replaces `path` on success, so that no half-written zip is ever there."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        yield draft
        draft.replace(path)


def _dependencies_key(target: str) -> str:
    """All that determines the dependencies' zip: their versions, the target machine, and the rules of this module."""
    machine = " ".join(UV_TARGETS[target]) if target == "aws" else f"{sysconfig.get_platform()} {sys.version}"
    return _digest(REQUIREMENTS.read_text(), machine, Path(__file__).read_text())


def _named_contents(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        yield path.relative_to(PACKAGE).as_posix()
        yield hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()[:32]


def _delete_old(bundles: Path) -> None:
    """Keep the newest zips of each kind only: every change of the package adds one."""
    for kind in (*UV_TARGETS, "dependencies"):
        of_kind = sorted(bundles.glob(f"{kind}-*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in of_kind[_KEPT_PER_KIND:]:
            path.unlink(missing_ok=True)
