"""Write and read a generation: files by table, and the manifest, written last."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import IO, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from supplychain import generator, production, schema
from supplychain.arrow import arrow_schema
from supplychain.digest import TableDigest
from supplychain.files import Format, TableFiles
from supplychain.manifest import MANIFEST, Manifest, TableContents
from supplychain.settings import SeedSettings
from supplychain.stores import FolderStore, Store

_CSV_ROW_BYTES: Final = 64
"""About the bytes of a row."""

Progress = Callable[[int, int], None]
"""Called with the rows done so far and the rows to come in all."""


class GenerationError(Exception):
    """What lies in files is not a complete, unchanged generation; the message is one line."""


def write_generation(
    store: Store,
    asked: SeedSettings,
    today: dt.date,
    *,
    files: Format = "parquet",
    progress: Progress | None = None,
    processes: int = 1,
) -> Manifest:
    """Make the generation that `asked` names, `today` for an `as_of` of today, and write it to `store`, its own place.

    With several `processes` the store must be a folder. Memory holds a few blocks of rows for each process.

    Raises
    ------
    SettingError
        Where the settings lead to numbers that do not fit their columns; nothing is written then.
    ProcessLostError
        Where one of the processes was killed.
    """
    resolved = asked.resolved(today)
    with ExitStack() as ending:
        crew = ending.enter_context(production.crew(processes)) if processes > 1 else None
        plan = generator.make_plan(resolved)
        tables = {table.name: TableFiles(store, table, files) for table in schema.TABLES}
        for writer in tables.values():
            ending.callback(writer.drop)
        placed = _counted(progress, sum(plan.rows.values()))
        if crew is None:
            production.produce_here(production.Work(plan, files), tables, placed)
        else:
            crew.produce(plan, files, tables, placed)
        written = {name: writer.finish() for name, writer in tables.items()}
    manifest = Manifest.of(asked, resolved.last_day, written)
    text = store.begin()
    text.write(manifest.to_json())
    store.commit(text, MANIFEST)
    return manifest


def _counted(progress: Progress | None, total: int) -> production.Placed:
    done = 0

    def placed(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, total)

    return placed


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
    """The rows of a table in their order, from its Parquet or CSV files, about `batch_rows` at a time.

    Raises
    ------
    ValueError
        Where a file is not what its name says.
    """
    wanted = arrow_schema(table)
    for file in manifest.tables[table.name].files:
        with tempfile.TemporaryFile() as copy:
            store.fetch(file.path, copy)
            copy.seek(0)
            read = _read_csv if file.path.endswith(".csv") else _read_parquet
            yield from read(copy, wanted, batch_rows)


def check_files(store: Store, manifest: Manifest, progress: Progress | None = None) -> None:
    """Read every file of a generation, and compare with its manifest.

    Raises
    ------
    GenerationError
        Where a file is missing, or its rows are not those that the manifest was written for; names it.
    """
    counted = _counted(progress, manifest.rows)
    for table in schema.TABLES:
        digest = TableDigest(arrow_schema(table))
        contents = manifest.tables[table.name]
        rows = 0
        try:
            for chunk in read_rows(store, manifest, table):
                digest.update(chunk)
                rows += chunk.num_rows
                counted(chunk.num_rows)
        except FileNotFoundError as error:
            raise GenerationError(f"{error.filename or error} is missing: {MANIFEST} lists it") from None
        except ValueError as error:
            raise GenerationError(f"{_files_of(store, contents)} cannot be read as {table.name}: {error}") from None
        if rows != contents.rows or digest.hexdigest() != contents.digest:
            raise GenerationError(
                f"{_files_of(store, contents)} was changed after {MANIFEST} was written: "
                f"{rows:,} rows with digest {digest.hexdigest()[:16]}…, it says {contents.rows:,} "
                f"with {contents.digest[:16]}…"
            )


def _files_of(store: Store, contents: TableContents) -> str:
    first = store.location.rstrip("/") + "/" + contents.files[0].path
    return first if len(contents.files) == 1 else f"{first.rpartition('/')[0]}/"


def _read_parquet(file: IO[bytes], wanted: pa.Schema, batch_rows: int) -> Iterator[pa.Table]:
    for batch in pq.ParquetFile(file).iter_batches(batch_size=batch_rows):
        yield pa.Table.from_batches([batch]).cast(wanted)


def _read_csv(file: IO[bytes], wanted: pa.Schema, batch_rows: int) -> Iterator[pa.Table]:
    header = file.readline().decode()
    if header.rstrip("\r\n").split(",") != wanted.names:
        raise ValueError(f"its first line is {header.strip()[:80]!r}")
    if not file.read(1):
        return
    file.seek(0)
    reader = pa.csv.open_csv(
        file,
        read_options=pa.csv.ReadOptions(block_size=batch_rows * _CSV_ROW_BYTES),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=wanted, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        ),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])
