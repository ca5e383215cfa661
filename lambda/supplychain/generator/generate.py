"""Generate a data set into a storage: files by table, and the manifest, written last."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial

from supplychain.dataset.blocks import Blocks
from supplychain.dataset.manifest import Manifest, write_manifest
from supplychain.dataset.progress import Progress
from supplychain.dataset.storage import Storage
from supplychain.dataset.workers import start_workers
from supplychain.dataset.writer import Format, write_tables
from supplychain.generator.demand import Demand
from supplychain.generator.history import Chunk, ChunkDemand, draw_chunk
from supplychain.generator.plan import make_block, make_plan
from supplychain.settings import SeedSettings


def generate_dataset(
    storage: Storage,
    asked: SeedSettings,
    today: dt.date,
    *,
    files: Format = "parquet",
    progress: Progress | None = None,
    processes: int = 1,
) -> Manifest:
    """Generate the data set that `asked` names, with `today` for an `as_of` of today, into a storage of its own.

    With several `processes` the storage must be a folder. Memory holds a few blocks of rows for each process.

    Raises
    ------
    SettingError
        If the settings lead to numbers that do not fit their columns; nothing is written then.
    ProcessLostError
        If a worker process was killed.
    """
    resolved = asked.resolved(today)
    with start_workers(processes) as workers:

        def draw(demand: Demand, chunks: Sequence[Chunk]) -> Iterator[ChunkDemand]:
            return workers.map(draw_chunk, demand, chunks)

        plan = make_plan(resolved, draw)
        blocks = Blocks([block.rows for block in plan.blocks], partial(make_block, plan))
        written = write_tables(storage, blocks, files, workers, progress)
    manifest = Manifest.of(asked, resolved.last_day, written)
    write_manifest(storage, manifest)
    return manifest
