"""Write and read a generation: files by table, and the manifest, written last."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain import generator, schema
from supplychain.arrow import arrow_schema
from supplychain.digest import TableDigest
from supplychain.files import CsvFiles, ParquetFiles, TableFiles
from supplychain.manifest import MANIFEST, Manifest, TableContents
from supplychain.settings import SeedSettings
from supplychain.stores import FolderStore, Store

Format = Literal["csv", "parquet"]
Progress = Callable[[int, int], None]
"""Called with the rows made so far and the rows to come in all."""


def write_generation(
    store: Store,
    asked: SeedSettings,
    today: dt.date,
    *,
    files: Format = "parquet",
    progress: Progress | None = None,
) -> Manifest:
    """Make the generation that `asked` names, `today` for an `as_of` of today, and write it to `store`, its own place.

    Memory holds one block of rows, and what the format keeps open for each table.

    Raises
    ------
    SettingError
        Where the settings lead to numbers that do not fit their columns; nothing is written then.
    """
    resolved = asked.resolved(today)
    plan = generator.make_plan(resolved)
    total = sum(sum(block.rows.values()) for block in plan.blocks)
    digests = {table.name: TableDigest(arrow_schema(table)) for table in schema.TABLES}
    writers = {table.name: _files(store, table, files) for table in schema.TABLES}
    done = 0
    try:
        for index in range(len(plan.blocks)):
            for name, chunk in generator.make_block(plan, index).items():
                if chunk.num_rows:
                    digests[name].update(chunk)
                    writers[name].write(chunk)
                    done += chunk.num_rows
            if progress is not None:
                progress(done, total)
        written = {name: writer.finish() for name, writer in writers.items()}
    finally:
        for writer in writers.values():
            writer.drop()
    manifest = Manifest.of(
        asked,
        resolved.last_day,
        {
            name: TableContents(rows=sum(file.rows for file in parts), digest=digests[name].hexdigest(), files=parts)
            for name, parts in written.items()
        },
    )
    text = store.begin()
    text.write(manifest.to_json())
    store.commit(text, MANIFEST)
    return manifest


def earlier_files(folder: FolderStore) -> list[str]:
    """The files of an earlier generation in a user's folder, manifest first: a new one may take their place.

    Raises
    ------
    FileExistsError
        Where there is a file or folder of a table's name that no manifest lists: it is somebody's.
    ValueError
        Where manifest.json is not a manifest of this app.
    """
    manifest = read_manifest(folder)
    files = [file.path for table in manifest.tables.values() for file in table.files] if manifest else []
    ours = {path.split("/")[0] for path in files}
    for name in folder.children():
        if name.removesuffix(".csv") in schema.TABLE_NAMES and name not in ours:
            raise FileExistsError(
                f"{folder.folder / name} exists and no manifest.json beside it lists it: remove it first"
            )
    return [MANIFEST, *files] if manifest else []


def read_manifest(store: Store) -> Manifest | None:
    """The manifest of a complete generation, or None where there is none.

    Raises
    ------
    ValueError
        Where there is a manifest that cannot be read.
    """
    text = store.read(MANIFEST)
    return None if text is None else Manifest.from_json(text)


def read_rows(store: Store, manifest: Manifest, table: schema.Table, batch_rows: int = 65_536) -> Iterator[pa.Table]:
    """The rows of a table in their order, from its Parquet files, at most `batch_rows` at a time."""
    wanted = arrow_schema(table)
    for file in manifest.tables[table.name].files:
        with tempfile.TemporaryFile() as copy:
            store.fetch(file.path, copy)
            copy.seek(0)
            for batch in pq.ParquetFile(copy).iter_batches(batch_size=batch_rows):
                yield pa.Table.from_batches([batch]).cast(wanted)


def _files(store: Store, table: schema.Table, files: Format) -> TableFiles:
    return CsvFiles(store, table) if files == "csv" else ParquetFiles(store, table, arrow_schema(table))
