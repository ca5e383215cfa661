"""Data sets written by this process or by several: the files are the same."""

import datetime as dt
import os
import signal
import subprocess
import sys
from functools import partial

import psutil
import pyarrow as pa
import pytest

from supplychain import generator
from supplychain.dataset import parquet_writer, reader, workers, writer
from supplychain.dataset.blocks import Blocks
from supplychain.dataset.manifest import Manifest
from supplychain.dataset.storage import FolderStorage
from supplychain.generator import generate_dataset
from supplychain.schema import TABLE_NAMES
from supplychain.settings import SeedSettings, Span

AS_OF = dt.date(2026, 1, 31)
SEVERAL = SeedSettings(num_products=60, days=40, orders_per_day=Span(3400, 4400), as_of=AS_OF)


def generate(folder, form: writer.Format, processes: int) -> tuple[Manifest, dict[str, bytes]]:
    """Generate a data set in a folder and return its manifest and files."""
    manifest = generate_dataset(FolderStorage(folder), SEVERAL, AS_OF, files=form, processes=processes)
    return manifest, {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_files_do_not_depend_on_the_number_of_processes(tmp_path, form, monkeypatch):
    """One, two and five processes write the same bytes, also for Parquet in several files."""
    monkeypatch.setattr(parquet_writer, "PART_ROWS", 150_000)
    one = generate(tmp_path / "1", form, 1)
    assert generate(tmp_path / "2", form, 2) == one
    assert generate(tmp_path / "5", form, 5) == one
    lines = one[0].tables["sales_order_line"]
    assert (len(lines.files) > 2) == (form == "parquet")
    assert sum(file.rows for file in lines.files) == lines.rows
    assert len(generator.make_plan(SEVERAL).blocks) > 2


def test_csv_and_parquet_have_one_digest(tmp_path):
    """Reading either back gives the same digest."""
    manifests = {form: generate(tmp_path / form, form, 1)[0] for form in ("csv", "parquet")}
    assert manifests["csv"].digest == manifests["parquet"].digest
    for form, manifest in manifests.items():
        reader.check_files(FolderStorage(tmp_path / form), manifest)


def failing(_plan: generator.Plan, block: int) -> dict[str, pa.Table]:
    """Fail to make any block but the first."""
    if block:
        raise ValueError(f"block {block} cannot be made")
    return generator.make_block(_plan, block)


def killed(_plan: generator.Plan, _block: int) -> dict[str, pa.Table]:
    """Kill the process, as the kernel does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def blocks(make) -> Blocks:
    plan = generator.make_plan(SEVERAL)
    return Blocks([block.rows for block in plan.blocks], partial(make, plan))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_in_a_process_is_raised_here_and_leaves_no_file(tmp_path, form, processes):
    """No other process waits for the block that failed."""
    with pytest.raises(ValueError, match="cannot be made"), workers.start_workers(processes) as pool:
        writer.write_tables(FolderStorage(tmp_path), blocks(failing), form, pool)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".parquet"] == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_killed_process_is_an_error_and_leaves_no_file(tmp_path, form):
    """The error is raised at once, in one line."""
    with pytest.raises(workers.ProcessLostError, match="a worker process was killed"), workers.start_workers(2) as pool:
        writer.write_tables(FolderStorage(tmp_path), blocks(killed), form, pool)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_parquet_files_are_limited_in_rows(monkeypatch):
    """A run has as many blocks as fit into a file, and a table without rows has one empty file."""
    monkeypatch.setattr(parquet_writer, "PART_ROWS", 5)
    sizes = [{"product": 3}, {"product": 2, "sales_order_line": 1}, {"sales_order_line": 4}, {"sales_order_line": 2}]
    runs = list(parquet_writer._runs([dict.fromkeys(TABLE_NAMES, 0) | rows for rows in sizes]))
    assert [run.blocks for run in runs] == [range(3), range(3, 4)]
    assert runs[0].file_numbers == {"product": 0, "sales_order_line": 0}
    assert runs[1].first_rows["sales_order_line"] == 5
    empty = set(TABLE_NAMES) - {"product", "sales_order_line"}
    assert runs[1].file_numbers == {"sales_order_line": 1} | dict.fromkeys(empty, 0)


def test_a_block_larger_than_the_limit_is_one_file(monkeypatch):
    """Blocks are never split."""
    monkeypatch.setattr(parquet_writer, "PART_ROWS", 5)
    runs = list(parquet_writer._runs([dict.fromkeys(TABLE_NAMES, 0) | {"product": rows} for rows in (9, 1, 9)]))
    assert [run.blocks for run in runs] == [range(1), range(1, 2), range(2, 3)]


ORPHAN = """
import sys, time
from supplychain.dataset.workers import start_workers
if __name__ == "__main__":
    with start_workers(2) as pool:
        print(*pool.map(pow, 0, [1]), flush=True)
        print(*(process.pid for process in pool._executor._processes.values()), flush=True)
        time.sleep(60)
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    """Otherwise the processes of an executor would wait for calls forever."""
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    parent.stdout.readline()
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert pids
    parent.kill()
    parent.wait()
    gone, left = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=20)
    assert left == [], gone


def test_small_data_sets_are_generated_by_one_process():
    """Starting more processes would take longer."""
    assert workers.default_processes(SeedSettings()) == 1
    assert workers.default_processes(SeedSettings(orders_per_day=Span(50_000, 50_000))) == (workers.available_cpus())


@pytest.mark.parametrize(("processes", "form"), [(1, "csv"), (1, "parquet"), (2, "csv"), (5, "parquet")])
def test_the_default_data_set_has_the_published_digest(tmp_path, processes, form):
    """For every format and number of processes; a new FORMAT_VERSION has another digest."""
    asked = SeedSettings(seed=42, as_of=AS_OF)
    manifest = generate_dataset(FolderStorage(tmp_path), asked, AS_OF, files=form, processes=processes)
    assert manifest.digest == "f6f14a18ab097fe6911758965438b793aa42c3b48e227b2b2b3a2239aec5a7e8"
