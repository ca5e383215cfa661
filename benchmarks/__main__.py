"""`make bench`: the generator beside the fastest public generator of comparable data, in CPU time."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

BIN = Path(sys.executable).parent
YEAR = ("--num-products", "2000", "--days", "365", "--orders-per-day", "2000-3000", "--as-of", "2026-01-31")


@dataclass(frozen=True)
class Measured:
    """What a command wrote, and the CPU seconds that it took, start-up included."""

    name: str
    rows: int
    bytes: int
    cpu_seconds: float

    def __str__(self) -> str:
        rows, size = self.rows / self.cpu_seconds, self.bytes / self.cpu_seconds
        return f"{self.name:<28} {self.rows:>12,} {self.cpu_seconds:>8.1f} {rows / 1e3:>12,.0f} {size / 1e6:>10,.0f}"


def main() -> None:
    """Generate the same volumes in Parquet and CSV with both, in one process each, and print them side by side."""
    print(f"{'':<28} {'rows':>12} {'CPU s':>8} {'1,000 rows/s':>12} {'MB/s':>10}")
    for form, goal, of in (("parquet", 3.0, "rows"), ("csv", 1.5, "bytes")):
        ours, theirs = _ours(form), _tpch(form)
        print(ours, theirs, sep="\n")
        ratio = (getattr(ours, of) / ours.cpu_seconds) / (getattr(theirs, of) / theirs.cpu_seconds)
        print(f"{form}: {ratio:.2f} times the {of} per CPU second; to reach: {goal}")


def _ours(form: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        seconds = _cpu_seconds(BIN / "supplychain", "generate", "--output-dir", folder, "--format", form, *YEAR)
        tables = json.loads((Path(folder) / "manifest.json").read_text())["tables"].values()
        size = sum(file["size"] for table in tables for file in table["files"])
        return Measured(f"supplychain {form}", sum(table["rows"] for table in tables), size, seconds)


def _tpch(form: str) -> Measured:
    """TPC-H at scale factor 1, by tpchgen-cli, in one thread."""
    options = ("--compression", "SNAPPY") if form == "parquet" else ()
    with tempfile.TemporaryDirectory() as folder:
        seconds = _cpu_seconds(
            BIN / "tpchgen-cli", form, "-s", "1", "-o", folder, "--num-threads", "1", "--quiet", *options
        )
        files = list(Path(folder).iterdir())
        rows = sum(_rows(file) for file in files)
        return Measured(f"tpchgen-cli {form}", rows, sum(file.stat().st_size for file in files), seconds)


def _rows(file: Path) -> int:
    if file.suffix == ".parquet":
        return int(pq.ParquetFile(file).metadata.num_rows)
    with file.open(newline="") as lines:
        return sum(1 for _ in csv.reader(lines)) - 1


def _cpu_seconds(*command: str | Path) -> float:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own words
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(map(str, command))} failed")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
