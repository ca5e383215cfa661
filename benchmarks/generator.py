"""The generator next to the fastest public generator of comparable data, and its speed-up on two processes."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.units import MIB

BIN = Path(sys.executable).parent
YEAR = ("--num-products", "500", "--days", "365", "--orders-per-day", "32000-48000", "--as-of", "2026-01-31")
"""About 60 million rows, so that start-up, which a second process does not shorten, hardly matters."""

CSV_BYTES = 6_000_000_000
"""More than the size of a data set as CSV."""

RUNS = 2
"""How often each command runs. The best run counts, because other load can only slow a run."""


@dataclass(frozen=True)
class Measured:
    """What a command wrote, and the resources that it used with all its processes, including start-up."""

    name: str
    rows: int
    bytes: int
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    """The peak memory of its largest process."""

    def __str__(self) -> str:
        return (
            f"{self.name:<28} {self.rows:>12,} {self.cpu_seconds:>7.1f} {self.rows / self.cpu_seconds / 1e3:>13,.0f} "
            f"{self.bytes / self.cpu_seconds / 1e6:>9,.0f} {self.wall_seconds:>7.1f} {self.peak_bytes / MIB:>9,.0f}"
        )


def run() -> None:
    """Compare both generators in one process, for Parquet and CSV, and this one in two processes."""
    print(f"{'':<28} {'rows':>12} {'CPU s':>7} {'1,000 rows/s':>13} {'MB/s':>9} {'wall s':>7} {'peak MiB':>9}")
    for form, goal, of in (("parquet", 3.0, "rows"), ("csv", 1.5, "bytes")):
        one, tpch, two = (_best(measure, form) for measure in (_one_process, _tpch, _two_processes))
        print(one, tpch, two, sep="\n")
        ratio = (getattr(one, of) / one.cpu_seconds) / (getattr(tpch, of) / tpch.cpu_seconds)
        print(f"{form}: {ratio:.2f} times the {of} per CPU second; goal: {goal}")
        print(f"{form}: {one.wall_seconds / two.wall_seconds:.2f} times as fast on two processes; goal: 1.8")


def _best(measure: Callable[[str], Measured], form: str) -> Measured:
    return min((measure(form) for _ in range(RUNS)), key=lambda measured: (measured.cpu_seconds, measured.wall_seconds))


def _one_process(form: str) -> Measured:
    return _supplychain(form, 1)


def _two_processes(form: str) -> Measured:
    return _supplychain(form, 2)


def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder in memory if there is space, to exclude the speed of the disk."""
    shared = Path("/dev/shm")  # noqa: S108  # a new folder is created in it
    has_space = shared.is_dir() and shutil.disk_usage(shared).free > CSV_BYTES
    return tempfile.TemporaryDirectory(dir=shared if has_space else None)


def _supplychain(form: str, processes: int) -> Measured:
    with _scratch() as folder:
        command = (BIN / "supplychain", "generate", "--output-dir", folder, "--format", form, *YEAR)
        cpu, wall, peak = _run(*command, "--processes", str(processes))
        tables = json.loads((Path(folder) / "manifest.json").read_text())["tables"].values()
        size = sum(file["size"] for table in tables for file in table["files"])
        name = f"supplychain {form}" + ("" if processes == 1 else f", {processes} processes")
        return Measured(name, sum(table["rows"] for table in tables), size, cpu, wall, peak)


def _tpch(form: str) -> Measured:
    """Generate TPC-H at scale factor 1 with tpchgen-cli in one thread."""
    options = ("--compression", "SNAPPY") if form == "parquet" else ()
    with _scratch() as folder:
        cpu, wall, peak = _run(
            BIN / "tpchgen-cli", form, "-s", "1", "-o", folder, "--num-threads", "1", "--quiet", *options
        )
        files = list(Path(folder).iterdir())
        rows = sum(_rows(file) for file in files)
        return Measured(f"tpchgen-cli {form}", rows, sum(file.stat().st_size for file in files), cpu, wall, peak)


def _rows(file: Path) -> int:
    if file.suffix == ".parquet":
        return int(pq.ParquetFile(file).metadata.num_rows)
    with file.open(newline="") as lines:
        return sum(1 for _ in csv.reader(lines)) - 1


def _run(*command: str | Path) -> tuple[float, float, int]:
    """Return CPU seconds, wall seconds and the peak memory of the largest process of a command."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(map(str, command))} failed")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return usage.ru_utime + usage.ru_stime, wall, peak
