"""A new data set replaces the old one when it is complete; until then, and after any failure, the old one is there."""

import datetime as dt
import fcntl
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from supplychain.cli import output_folder
from supplychain.cli.interrupts import deferred_interrupts
from supplychain.cli.main import main
from supplychain.cli.output_folder import replaceable_files, replacement
from supplychain.dataset.manifest import MANIFEST, File, Manifest, TableContents
from supplychain.dataset.storage import FolderStorage
from supplychain.schema import TABLE_NAMES
from supplychain.settings import SeedSettings

TINY = ["--num-products", "12", "--days", "9", "--as-of", "2026-01-31"]
LARGE = ["--orders-per-day", "20000-20000", "--days", "60", "--as-of", "2026-01-31"]
"""Takes seconds to generate, so that a signal arrives before the end."""


def generate(folder, *options: str):
    return CliRunner().invoke(main, ["generate", "--output-dir", str(folder), *options], catch_exceptions=False)


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["csv", "parquet"])
def generated(tmp_path, request):
    """A folder with a data set."""
    folder = tmp_path / "data"
    assert generate(folder, "--format", request.param, *TINY).exit_code == 0
    return folder


def start(folder, *options: str, code: str = "") -> subprocess.Popen:
    """Start `generate` in a process of its own, after running `code`."""
    script = f"{code}\nfrom supplychain.cli.main import main\nif __name__ == '__main__':\n    main()\n"
    command = [sys.executable, "-c", script, "generate", "--output-dir", str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def drafts(folder) -> list:
    return list(folder.glob(".unfinished-*"))


def wait_for_draft(folder, process) -> None:
    """Wait until the process has begun to write."""
    deadline = time.monotonic() + 60
    while not any(any(draft.iterdir()) for draft in drafts(folder) if draft.is_dir()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_settings_that_are_refused_late_keep_the_old_data_set(generated):
    """Figures that do not fit their columns are found when the data set is planned."""
    before = files(generated)
    done = generate(generated, "--num-products", "1", "--warehouses", "1", "--orders-per-day", "10000000-10000000")
    assert (done.exit_code, done.stderr.startswith("Error: --orders-per-day: ")) == (2, True)
    assert files(generated) == before
    assert drafts(generated) == []


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_full_disk_keeps_the_old_data_set(generated, processes):
    """A limit on the file size simulates the full disk."""
    before = files(generated)
    limit = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    process = start(generated, "--processes", processes, *TINY, "--days", "200", code=limit)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors.splitlines()[-1]) == (1, f"Error: {generated}: File too large")
    assert files(generated) == before
    assert drafts(generated) == []


@pytest.mark.parametrize(
    ("processes", "number", "exit_code", "message"),
    [
        ("1", signal.SIGTERM, 143, []),
        ("2", signal.SIGTERM, 143, []),
        ("1", signal.SIGHUP, 129, []),
        ("2", signal.SIGINT, 1, ["Aborted!"]),
    ],
)
def test_a_signal_keeps_the_old_data_set(tmp_path, processes, number, exit_code, message):
    """And leaves no unfinished file; Ctrl-C says that the command was aborted."""
    assert generate(tmp_path, *TINY).exit_code == 0
    before = files(tmp_path)
    process = start(tmp_path, "--processes", processes, "--format", "parquet", *LARGE)
    wait_for_draft(tmp_path, process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == exit_code
    assert [line for line in errors.splitlines() if line and not line.startswith("generating")] == message
    assert files(tmp_path) == before
    assert drafts(tmp_path) == []


def test_the_next_run_removes_what_a_killed_run_left(tmp_path):
    """The killed run keeps the old data set, too."""
    assert generate(tmp_path, *TINY).exit_code == 0
    before = files(tmp_path)
    process = start(tmp_path, *LARGE)
    wait_for_draft(tmp_path, process)
    process.kill()
    process.communicate()
    assert len(drafts(tmp_path)) == 1
    (tmp_path / ".unfinished-file-of-an-older-version").touch()
    assert {name: body for name, body in files(tmp_path).items() if not name.startswith(".")} == before
    assert generate(tmp_path, *TINY).exit_code == 0
    assert files(tmp_path) == before


def test_a_failed_move_is_undone(generated, monkeypatch):
    """Whichever of the moves fails: the files, and their folders, are as before."""
    before, folders = files(generated), sorted(path for path in generated.rglob("*") if path.is_dir())
    rename = type(generated).rename
    until_failure = 0

    def failing(self, target):
        nonlocal until_failure
        until_failure -= 1
        if until_failure == 0:
            raise PermissionError(1, "Operation not permitted", str(self))
        return rename(self, target)

    monkeypatch.setattr(type(generated), "rename", failing)
    for number in (1, 2, 7, 8, 14):
        until_failure = number
        done = generate(generated, "--format", "csv", *TINY, "--seed", "7")
        assert (done.exit_code, done.stderr.splitlines()[-1][:7]) == (1, "Error: ")
        assert files(generated) == before
        assert sorted(path for path in generated.rglob("*") if path.is_dir()) == folders


def test_a_folder_that_did_not_exist_does_not_exist_after_a_failure(tmp_path):
    """Nor do its parents."""
    folder = tmp_path / "one" / "two"

    def fail() -> None:
        with replacement(FolderStorage(folder)) as draft:
            draft.begin().close()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_two_runs_do_not_write_into_one_folder(tmp_path):
    """The second is refused, and the files of the first stay."""
    (tmp_path / ".unfinished-1").mkdir()
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        done = generate(tmp_path, *TINY)
    finally:
        os.close(descriptor)
    message = f"Error: {tmp_path}: another run is writing into this folder; wait until it has ended\n"
    assert (done.exit_code, done.stderr) == (1, message)
    assert len(drafts(tmp_path)) == 1


def test_a_file_that_appears_during_the_run_is_kept(tmp_path):
    """It is refused at the end as it would have been at the start."""

    def write_beside() -> None:
        with replacement(FolderStorage(tmp_path)) as draft:
            write(draft, "product.csv", b"new")
            (tmp_path / "product.csv").write_text("mine")

    with pytest.raises(FileExistsError, match=r"product\.csv exists"):
        write_beside()
    assert files(tmp_path) == {"product.csv": b"mine"}


def test_a_folder_inside_the_folder_of_a_table_is_never_replaced(tmp_path):
    """Not even with --overwrite."""
    (tmp_path / "product" / "mine").mkdir(parents=True)
    (tmp_path / "product" / "mine" / "file").touch()
    done = generate(tmp_path, "--overwrite", *TINY)
    message = f"Error: {tmp_path}/product/mine is a folder with files: remove it\n"
    assert (done.exit_code, done.stderr) == (1, message)
    assert files(tmp_path) == {"product/mine/file": b""}


def test_an_interrupt_during_the_swap_is_delivered_after_it():
    """The files are never half moved."""
    done = []

    def move() -> None:
        with deferred_interrupts():
            signal.raise_signal(signal.SIGINT)
            done.append("all moved")

    with pytest.raises(KeyboardInterrupt):
        move()
    assert done == ["all moved"]


def test_the_swap_is_deferred(generated, monkeypatch):
    """Ctrl-C in the middle of it leaves the new data set, complete."""
    remove_empty = output_folder._remove_empty

    def interrupted(folders) -> None:
        signal.raise_signal(signal.SIGINT)
        remove_empty(folders)

    monkeypatch.setattr(output_folder, "_remove_empty", interrupted)
    assert generate(generated, *TINY, "--seed", "7").exit_code == 1
    monkeypatch.undo()
    assert generate(generated.parent / "other", *TINY, "--seed", "7").exit_code == 0
    assert files(generated) == files(generated.parent / "other")


def write(storage: FolderStorage, path: str, body: bytes) -> None:
    file = storage.begin()
    file.write(body)
    storage.commit(file, path)


def manifest() -> Manifest:
    """Return a manifest in which every table has one CSV file."""
    contents = {name: TableContents(1, "0" * 64, (File(f"{name}.csv", size=1, rows=1),)) for name in TABLE_NAMES}
    return Manifest.of(SeedSettings(), dt.date(2026, 1, 31), contents)


def test_an_earlier_generation_may_be_replaced(tmp_path):
    """The files that its manifest lists may be replaced."""
    storage = FolderStorage(tmp_path)
    assert replaceable_files(storage) == []
    write(storage, "product.csv", b"x")
    write(storage, MANIFEST, manifest().to_json())
    assert replaceable_files(storage) == [MANIFEST, "product.csv"]


@pytest.mark.parametrize("name", ["product.csv", "sales_order_line/part-00000.parquet"])
def test_an_unlisted_file_is_not_overwritten(tmp_path, name):
    """A file with the name of a table, in a folder without a manifest, is refused by name."""
    storage = FolderStorage(tmp_path)
    write(storage, name, b"unrelated")
    with pytest.raises(FileExistsError, match=name.split("/")[0]):
        replaceable_files(storage)
