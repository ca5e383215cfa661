"""Blocks made and written here, or by several processes: the same files."""

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
from supplychain.dataset import reader, workers, writer
from supplychain.dataset.manifest import Manifest
from supplychain.dataset.storage import FolderStorage
from supplychain.generator import generate_dataset
from supplychain.schema import TABLE_NAMES
from supplychain.settings import SeedSettings, Span

AS_OF = dt.date(2026, 1, 31)
SEVERAL = SeedSettings(num_products=60, days=40, orders_per_day=Span(3400, 4400), as_of=AS_OF)


def made(folder, form: writer.Format, processes: int) -> tuple[Manifest, dict[str, bytes]]:
    """The generation in a folder, and its files."""
    manifest = generate_dataset(FolderStorage(folder), SEVERAL, AS_OF, files=form, processes=processes)
    return manifest, {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_files_do_not_depend_on_the_number_of_processes(tmp_path, form, monkeypatch):
    """One, two and five processes write the same bytes, Parquet in several parts too."""
    monkeypatch.setattr(writer, "PART_ROWS", 150_000)
    one = made(tmp_path / "1", form, 1)
    assert made(tmp_path / "2", form, 2) == one
    assert made(tmp_path / "5", form, 5) == one
    lines = one[0].tables["sales_order_line"]
    assert (len(lines.files) > 2) == (form == "parquet")
    assert sum(file.rows for file in lines.files) == lines.rows
    assert len(generator.make_plan(SEVERAL).blocks) > 2


def test_csv_and_parquet_have_one_digest(tmp_path):
    """And reading either back gives it again."""
    manifests = {form: made(tmp_path / form, form, 1)[0] for form in ("csv", "parquet")}
    assert manifests["csv"].digest == manifests["parquet"].digest
    for form, manifest in manifests.items():
        reader.check_files(FolderStorage(tmp_path / form), manifest)


def failing(_plan: generator.Plan, block: int) -> dict[str, pa.Table]:
    """Make no block but the first."""
    if block:
        raise ValueError(f"block {block} cannot be made")
    return generator.make_block(_plan, block)


def killed(_plan: generator.Plan, _block: int) -> dict[str, pa.Table]:
    """End the process as the kernel does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def blocks(make) -> writer.Blocks:
    plan = generator.make_plan(SEVERAL)
    return writer.Blocks([block.rows for block in plan.blocks], partial(make, plan))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_in_a_process_is_raised_here_and_leaves_no_file(tmp_path, form, processes):
    """No other process waits for the block that could not be made."""
    with pytest.raises(ValueError, match="cannot be made"), workers.start_workers(processes) as pool:
        writer.write_tables(FolderStorage(tmp_path), blocks(failing), form, pool)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".parquet"] == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_killed_process_is_an_error_and_leaves_no_file(tmp_path, form):
    """One line, and no waiting for it."""
    with pytest.raises(workers.ProcessLostError, match="a process was killed"), workers.start_workers(2) as pool:
        writer.write_tables(FolderStorage(tmp_path), blocks(killed), form, pool)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_parts_are_cut_by_rows_alone(monkeypatch):
    """Each run of blocks has as many as fit into a part, and each table without rows has one empty part."""
    monkeypatch.setattr(writer, "PART_ROWS", 5)
    sizes = [{"product": 3}, {"product": 2, "sales_order_line": 1}, {"sales_order_line": 4}, {"sales_order_line": 2}]
    runs = list(writer._runs([dict.fromkeys(TABLE_NAMES, 0) | rows for rows in sizes]))
    assert [run.blocks for run in runs] == [range(3), range(3, 4)]
    assert runs[0].parts == {"product": 0, "sales_order_line": 0}
    assert runs[1].first_rows["sales_order_line"] == 5
    empty = set(TABLE_NAMES) - {"product", "sales_order_line"}
    assert runs[1].parts == {"sales_order_line": 1} | dict.fromkeys(empty, 0)


def test_a_block_larger_than_a_part_is_a_part(monkeypatch):
    """Blocks are never cut."""
    monkeypatch.setattr(writer, "PART_ROWS", 5)
    runs = list(writer._runs([dict.fromkeys(TABLE_NAMES, 0) | {"product": rows} for rows in (9, 1, 9)]))
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
    """An executor's processes would wait for its calls for ever."""
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


def test_small_data_is_made_by_one_process():
    """Starting others would take longer."""
    assert workers.worthwhile_processes(SeedSettings()) == 1
    assert workers.worthwhile_processes(SeedSettings(orders_per_day=Span(50_000, 50_000))) == (
        workers.available_processors()
    )


@pytest.mark.parametrize(("processes", "form"), [(1, "csv"), (1, "parquet"), (2, "csv"), (5, "parquet")])
def test_the_default_data_set_has_the_published_digest(tmp_path, processes, form):
    """Whatever the format and the number of processes; a new FORMAT_VERSION has another."""
    asked = SeedSettings(seed=42, as_of=AS_OF)
    manifest = generate_dataset(FolderStorage(tmp_path), asked, AS_OF, files=form, processes=processes)
    assert manifest.digest == "f6f14a18ab097fe6911758965438b793aa42c3b48e227b2b2b3a2239aec5a7e8"
