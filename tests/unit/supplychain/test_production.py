"""Blocks made and written here, or by several processes: the same files."""

import datetime as dt

import pytest

from supplychain import generator
from supplychain.dataset import lake, reader, workers, writers
from supplychain.dataset.manifest import Manifest
from supplychain.dataset.storage import FolderStore
from supplychain.settings import SeedSettings, Span

AS_OF = dt.date(2026, 1, 31)
SEVERAL = SeedSettings(num_products=60, days=40, orders_per_day=Span(3400, 4400), as_of=AS_OF)


def made(folder, form: writers.Format, processes: int) -> tuple[Manifest, dict[str, bytes]]:
    """The generation in a folder, and its files."""
    manifest = lake.write_generation(FolderStore(folder), SEVERAL, AS_OF, files=form, processes=processes)
    return manifest, {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_files_do_not_depend_on_the_number_of_processes(tmp_path, form, monkeypatch):
    """One, two and five processes write the same bytes, Parquet in several parts too."""
    monkeypatch.setattr(writers, "FILE_BYTES", 500_000)
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
        reader.check_files(FolderStore(tmp_path / form), manifest)


def test_an_error_in_a_process_is_the_command_s_error(tmp_path):
    """What another process could not write is raised here, and nothing is left behind."""
    with workers.crew(2) as crew:
        plan = generator.make_plan(SEVERAL)
        tables = {name: Unwritable(tmp_path) for name in plan.rows}
        with pytest.raises(FileNotFoundError):
            crew.produce(plan, "csv", tables, lambda _: None)


class Unwritable:
    """Places pieces in a file that others do not find."""

    def __init__(self, folder) -> None:
        path = folder / "gone"
        self.file = path.open("wb")
        path.unlink()

    def place(self, _: writers.Piece) -> writers.Target:
        return writers.Target(self.file, 0)


def test_a_process_that_is_killed_is_said(tmp_path):
    """One line, and no waiting for it."""
    with workers.crew(2) as crew:
        plan = generator.make_plan(SEVERAL)
        tables = {name: Unwritable(tmp_path) for name in plan.rows}
        for process in crew._processes:
            process.kill()
        with pytest.raises(workers.ProcessLostError, match="a process was killed"):
            crew.produce(plan, "csv", tables, lambda _: None)


def test_small_data_is_made_by_one_process():
    """Others would start in vain."""
    assert workers.worthwhile_processes(SeedSettings()) == 1
    assert workers.worthwhile_processes(SeedSettings(orders_per_day=Span(50_000, 50_000))) == (
        workers.available_processors()
    )


def test_demand_is_drawn_by_turns():
    """The plan that other processes drew for is the plan that one process makes."""
    with workers.crew(2) as crew:
        plan = generator.make_plan(SEVERAL, crew.draw)
    alone = generator.make_plan(SEVERAL)
    assert plan.blocks == alone.blocks
    last = len(plan.blocks) - 1
    assert generator.make_block(plan, last) == generator.make_block(alone, last)


@pytest.mark.parametrize(("processes", "form"), [(1, "csv"), (1, "parquet"), (2, "csv"), (5, "parquet")])
def test_the_default_data_set_has_the_published_digest(tmp_path, processes, form):
    """Whatever the format and the number of processes; a new FORMAT_VERSION has another."""
    asked = SeedSettings(seed=42, as_of=AS_OF)
    manifest = lake.write_generation(FolderStore(tmp_path), asked, AS_OF, files=form, processes=processes)
    assert manifest.digest == "f6f14a18ab097fe6911758965438b793aa42c3b48e227b2b2b3a2239aec5a7e8"
