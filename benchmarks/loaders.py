"""Both loaders next to PostgreSQL's COPY of the same rows into the same server, and their memory use."""

import os
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import boto3

from benchmarks.units import MIB
from local.tests.engine import engine
from redshift_sandbox import testing as sandboxes
from redshift_sandbox.testing import Sandbox
from supplychain import settings
from supplychain.dataset import csv_encoder, workers
from supplychain.dataset.manifest import Manifest, read_manifest
from supplychain.dataset.reader import read_rows
from supplychain.dataset.storage import FolderStorage, S3Storage
from supplychain.generator import generate_dataset
from supplychain.schema import TABLES
from supplychain.settings import LoadSettings, SeedSettings
from supplychain.warehouse.data_api import DataApi
from supplychain.warehouse.loader import Loader
from tests.seeder.harness import BUCKET, COPY_ROLE, DATABASE, WORKGROUP, make_workgroup

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient

Result = TypeVar("Result")

AS_OF = {"as_of": "2026-01-31"}
TEN_MILLION = AS_OF | {"num_products": "500", "days": "365", "orders_per_day": "6600-7000"}

NANOSECONDS = 1e9

COPY_GOAL = 1.5
MEMORY_GOAL_MIB = 300


@dataclass(frozen=True)
class Loaded:
    """The time and memory that a process used to load a generation."""

    seconds: float
    """From the first statement to the last."""
    filling_seconds: float
    """The part of the statements that fill the tables: COPY, or INSERT with its staging."""
    peak_bytes: int


def run() -> None:
    """Load the default data by INSERT and 10 million rows by COPY, next to COPY of the engine."""
    with tempfile.TemporaryDirectory() as folder, sandboxes.sandbox(Path(folder) / "state") as sandbox:
        os.environ.update(sandbox.env)
        make_workgroup()
        print(f"{'':<24} {'rows':>11} {'wall s':>7} {'filling s':>9} {'engine s':>10} {'ratio':>6} {'peak MiB':>9}")
        _compare("insert", AS_OF, Path(folder), sandbox)
        ratio, peak = _compare("copy", TEN_MILLION, Path(folder), sandbox)
        print(f"copy: {ratio:.2f} times the time of the engine; goal: at most {COPY_GOAL}")
        print(f"copy: the process of the loader used {peak / MIB:,.0f} MiB; goal: under {MEMORY_GOAL_MIB}")


def _compare(method: str, values: dict[str, str], folder: Path, sandbox: Sandbox) -> tuple[float, int]:
    """Return the ratio of the times to fill the tables with a data set, and the peak memory of the loader."""
    seed = settings.read(SeedSettings, values)
    manifest = _in_new_process(_generate, seed, folder / method)
    engine_seconds = _in_new_process(_engine_seconds, FolderStorage(folder / method), manifest, sandbox)
    loaded = _in_new_process(_load, method, manifest.generation)
    ratio = loaded.filling_seconds / engine_seconds
    print(
        f"{f'supplychain {method}':<24} {manifest.rows:>11,} {loaded.seconds:>7.2f} {loaded.filling_seconds:>9.2f} "
        f"{engine_seconds:>10.2f} {ratio:>6.2f} {loaded.peak_bytes / MIB:>9,.0f}",
        flush=True,
    )
    return ratio, loaded.peak_bytes


def _in_new_process(work: Callable[..., Result], *arguments: object) -> Result:
    """Run work in a new process, to measure its peak memory."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def _generate(seed: SeedSettings, folder: Path) -> Manifest:
    """Generate a data set in a folder and upload it to the lake."""
    storage = FolderStorage(folder)
    manifest = generate_dataset(storage, seed, seed.last_day, processes=workers.default_processes(seed))
    s3 = boto3.client("s3")
    for file in (*(file.path for table in manifest.tables.values() for file in table.files), "manifest.json"):
        s3.upload_file(str(folder / file), BUCKET, f"{manifest.generation}/{file}")
    return manifest


def _engine_seconds(storage: FolderStorage, manifest: Manifest, sandbox: Sandbox) -> float:
    """Return how long COPY of the server takes for the same rows as CSV into tables with the same columns."""
    files = {}
    for table in TABLES:
        files[table.name] = storage.folder / f"{table.name}.csv"
        with files[table.name].open("wb") as lines:
            for rows in read_rows(storage, manifest, table):
                lines.writelines(csv_encoder.csv_lines(rows))
    with engine(sandbox, WORKGROUP) as connection:
        for table in TABLES:
            columns = ", ".join(f"{column.name} {column.type.redshift}" for column in table.columns)
            connection.execute(f"create table {table.name} ({columns})")
        started = time.perf_counter()
        with connection.transaction():
            for table in TABLES:
                copy = f"copy {table.name} from stdin (format csv)"
                with connection.cursor().copy(copy) as stream, files[table.name].open("rb") as lines:
                    while chunk := lines.read(MIB):
                        stream.write(chunk)
        seconds = time.perf_counter() - started
        for table in TABLES:
            connection.execute(f"drop table {table.name}")
    for file in files.values():
        file.unlink()
    return seconds


def _load(method: str, generation: str) -> Loaded:
    """Load a generation from the lake as the seeder does."""
    namespace = boto3.client("redshift-serverless").get_namespace(namespaceName=WORKGROUP)["namespace"]
    data = boto3.client("redshift-data")
    storage = S3Storage(boto3.client("s3"), BUCKET, f"{generation}/")
    manifest = read_manifest(storage)
    assert manifest is not None  # noqa: S101  # it was just written
    api = DataApi(data, WORKGROUP, DATABASE, namespace["adminPasswordSecretArn"])
    loader = Loader(api, settings.read(LoadSettings, {"load_method": method}), str(uuid.uuid4()), COPY_ROLE)
    state = loader.prepare()
    before = _statements(data)
    started = time.perf_counter()
    loader.load(storage, manifest, state)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    filling = sum(
        part["Duration"] / NANOSECONDS
        for identifier in _statements(data) - before
        for part in data.describe_statement(Id=identifier)["SubStatements"]
        if part["QueryString"].startswith(("copy ", "insert into "))
    )
    return Loaded(seconds, filling, peak)


def _statements(data: "RedshiftDataAPIServiceClient") -> set[str]:
    pages = data.get_paginator("list_statements").paginate(Status="FINISHED", WorkgroupName=WORKGROUP)
    return {statement["Id"] for page in pages for statement in page["Statements"]}
