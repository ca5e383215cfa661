"""Read the rows of a generation from Parquet or CSV files, and check them against its manifest."""

import tempfile
from collections.abc import Iterator
from typing import IO, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.dataset.digest import TableDigest
from supplychain.dataset.manifest import MANIFEST, Manifest, TableContents, read_manifest
from supplychain.dataset.progress import Progress, row_counter
from supplychain.dataset.storage import Storage

_CSV_ROW_BYTES: Final = 64
"""The approximate size of a row."""


class GenerationError(Exception):
    """The files are not a complete, unchanged generation; the message is one line."""


def complete_generation(storage: Storage) -> Manifest:
    """Return the manifest of a generation that this version can load.

    Raises
    ------
    GenerationError
        If there is no manifest, or the tables have other columns than in this version.
    """
    manifest = read_manifest(storage)
    if manifest is None:
        raise GenerationError(f"{storage.location} has no {MANIFEST}: it is not a complete generation")
    if manifest.schema != schema.fingerprint():
        raise GenerationError(
            f"{storage.location} was made by another version of this app, whose tables have other columns"
        )
    return manifest


def unchanged_generation(storage: Storage, generation: str) -> Manifest:
    """Return the manifest of the generation with this id, after checking every file and its rows against it.

    Raises
    ------
    GenerationError
        If the manifest is missing, is not one of this version or has another id, or a file is missing, changed or not
        in the manifest.
    """
    try:
        manifest = complete_generation(storage)
    except ValueError as error:
        raise GenerationError(str(error)) from None
    if manifest.generation != generation:
        raise GenerationError(f"{storage.location}{MANIFEST} is that of generation {manifest.generation}")
    if faults := file_faults(storage, manifest):
        raise GenerationError(f"{storage.location}: {faults[0]}")
    check_files(storage, manifest)
    return manifest


def file_faults(storage: Storage, manifest: Manifest) -> list[str]:
    """Return how the files in a storage differ from those in its manifest by name and size, one text for each."""
    listed = {file.path: file.size for table in manifest.tables.values() for file in table.files}
    there = storage.sizes()
    return sorted(
        [
            *(f"{path} is missing" for path in listed.keys() - there.keys()),
            *(f"{path} has a different size" for path in listed.keys() & there.keys() if listed[path] != there[path]),
            *(f"{path} is not in {MANIFEST}" for path in there.keys() - listed.keys() - {MANIFEST}),
        ]
    )


def read_rows(
    storage: Storage, manifest: Manifest, table: schema.Table, batch_rows: int = 65_536
) -> Iterator[pa.Table]:
    """Yield the rows of a table in their order, about `batch_rows` at a time.

    Raises
    ------
    ValueError
        If a file is not in the format that its name implies.
    """
    wanted = arrow_schema(table)
    for file in manifest.tables[table.name].files:
        with tempfile.TemporaryFile() as copy:
            storage.fetch(file.path, copy)
            copy.seek(0)
            read = _read_csv if file.path.endswith(".csv") else _read_parquet
            yield from read(copy, wanted, batch_rows)


def check_files(storage: Storage, manifest: Manifest, progress: Progress | None = None) -> None:
    """Read every file of a generation and compare its rows with the manifest.

    Raises
    ------
    GenerationError
        If a file is missing or its rows differ from the manifest; the message names the file.
    """
    add_rows = row_counter(progress, manifest.rows)
    for table in schema.TABLES:
        digest = TableDigest(arrow_schema(table))
        contents = manifest.tables[table.name]
        rows = 0
        try:
            for chunk in read_rows(storage, manifest, table):
                digest.update(chunk)
                rows += chunk.num_rows
                add_rows(chunk.num_rows)
        except FileNotFoundError as error:
            raise GenerationError(f"{error.filename or error} is missing: {MANIFEST} lists it") from None
        except (ValueError, pa.ArrowException, OSError) as error:
            if getattr(error, "errno", None) is not None:  # of the operating system; Arrow's errors have no number
                raise
            reason = " ".join(str(error).split())
            raise GenerationError(f"{_location(storage, contents)} cannot be read as {table.name}: {reason}") from None
        if rows != contents.rows or digest.hexdigest() != contents.digest:
            raise GenerationError(
                f"{_location(storage, contents)} was changed after {MANIFEST} was written: "
                f"{rows:,} rows with digest {digest.hexdigest()[:16]}… instead of {contents.rows:,} rows "
                f"with digest {contents.digest[:16]}…"
            )


def _location(storage: Storage, contents: TableContents) -> str:
    first = storage.location.rstrip("/") + "/" + contents.files[0].path
    return first if len(contents.files) == 1 else f"{first.rpartition('/')[0]}/"


def _read_parquet(file: IO[bytes], wanted: pa.Schema, batch_rows: int) -> Iterator[pa.Table]:
    for batch in pq.ParquetFile(file).iter_batches(batch_size=batch_rows):
        yield pa.Table.from_batches([batch]).cast(wanted)


def _read_csv(file: IO[bytes], wanted: pa.Schema, batch_rows: int) -> Iterator[pa.Table]:
    header = file.readline().decode()
    if header.rstrip("\r\n").split(",") != wanted.names:
        raise ValueError(f"the first line is {header.strip()[:80]!r} instead of the column names")
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
