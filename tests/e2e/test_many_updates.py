"""Update after update, a sandbox needs no more memory, processes, files or room in its database."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from redshift_sandbox.process import family
from redshift_sandbox.state_folder import StateFolder
from redshift_sandbox.testing import sandbox
from tests.e2e.direct import Deployment

WARM_UP = 3
MIB = 1 << 20


@dataclass(frozen=True)
class Size:
    """What a sandbox takes: memory and databases in bytes, and numbers of the rest."""

    memory: int
    processes: int
    threads: int
    open_files: int
    files: int
    databases: int
    lake: int


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment that has been updated a few times."""
    folder = tmp_path_factory.mktemp("updates")
    with sandbox(folder / "state") as running:
        made = Deployment(folder)
        assert made.create(running) == "CREATE_COMPLETE"
        for number in range(WARM_UP):
            update(made, f"warm-up-{number}")
        yield made


def update(deployment: Deployment, reseed: str) -> None:
    deployment.begin_update(reseed=reseed)
    assert deployment.settled() == "UPDATE_COMPLETE"


def size(deployment: Deployment) -> Size:
    """Measure the sandbox, with the server's memory but not its functions'."""
    state = StateFolder(deployment.aws.state_folder.resolve())
    server = psutil.Process(json.loads(state.server_file.read_text())["pid"])
    folders = [folder for folder in state.path.iterdir() if folder != state.postgres]
    bucket = deployment.output("LakeBucketName")
    pages = deployment.aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return Size(
        memory=server.memory_full_info().uss,
        processes=len(family(state)),
        threads=server.num_threads(),
        open_files=server.num_fds(),
        files=sum(len(list(folder.rglob("*"))) for folder in folders),
        databases=sum(bytes_below(folder) for folder in state.postgres.glob("*/base")),
        lake=sum(len(page.get("Contents", ())) for page in pages),
    )


def bytes_below(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # PostgreSQL removes files at any moment
            total += file.stat().st_size
    return total


@pytest.mark.parametrize("count", [5, pytest.param(200, marks=pytest.mark.slow)])
def test_updates_do_not_accumulate(deployment: Deployment, count: int):
    """After many updates the sandbox is about as large as after the first ones, and the data is the last update's."""
    before = size(deployment)
    for number in range(count):
        update(deployment, f"{count}-{number}")
    after = size(deployment)
    assert deployment.is_whole(deployment.generation)
    # Statements, events and log lines are kept for a day: half a megabyte an update.
    assert after.memory - before.memory < 50 * MIB + count * MIB // 2
    assert after.processes - before.processes < 12  # idle connections that are kept
    assert after.threads - before.threads < 12
    assert after.open_files - before.open_files < 40
    assert after.files - before.files < 20
    assert after.databases - before.databases < 20 * MIB
    assert after.lake == before.lake
