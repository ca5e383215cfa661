"""Read the rows of a generation, from Parquet or CSV, and tell whether they are those that were written."""

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
from supplychain.dataset.progress import Progress, counted
from supplychain.dataset.storage import Storage

_CSV_ROW_BYTES: Final = 64
"""About the bytes of a row."""


class GenerationError(Exception):
    """What lies in files is not a complete, unchanged generation; the message is one line."""


def complete_generation(storage: Storage) -> Manifest:
    """The manifest of a generation that this version can load.

    Raises
    ------
    GenerationError
        Where there is none, or its tables are not those of this version.
    """
    manifest = read_manifest(storage)
    if manifest is None:
        raise GenerationError(f"{storage.location} holds no {MANIFEST}: it is no complete generation")
    if manifest.schema != schema.fingerprint():
        raise GenerationError(f"{storage.location} was made by another version, whose tables have other columns")
    return manifest


def read_rows(
    storage: Storage, manifest: Manifest, table: schema.Table, batch_rows: int = 65_536
) -> Iterator[pa.Table]:
    """The rows of a table in their order, from its Parquet or CSV files, about `batch_rows` at a time.

    Raises
    ------
    ValueError
        Where a file is not what its name says.
    """
    wanted = arrow_schema(table)
    for file in manifest.tables[table.name].files:
        with tempfile.TemporaryFile() as copy:
            storage.fetch(file.path, copy)
            copy.seek(0)
            read = _read_csv if file.path.endswith(".csv") else _read_parquet
            yield from read(copy, wanted, batch_rows)


def check_files(storage: Storage, manifest: Manifest, progress: Progress | None = None) -> None:
    """Read every file of a generation, and compare with its manifest.

    Raises
    ------
    GenerationError
        Where a file is missing, or its rows are not those that the manifest was written for; names it.
    """
    done = counted(progress, manifest.rows)
    for table in schema.TABLES:
        digest = TableDigest(arrow_schema(table))
        contents = manifest.tables[table.name]
        rows = 0
        try:
            for chunk in read_rows(storage, manifest, table):
                digest.update(chunk)
                rows += chunk.num_rows
                done(chunk.num_rows)
        except FileNotFoundError as error:
            raise GenerationError(f"{error.filename or error} is missing: {MANIFEST} lists it") from None
        except ValueError as error:
            raise GenerationError(f"{_files_of(storage, contents)} cannot be read as {table.name}: {error}") from None
        if rows != contents.rows or digest.hexdigest() != contents.digest:
            raise GenerationError(
                f"{_files_of(storage, contents)} was changed after {MANIFEST} was written: "
                f"{rows:,} rows with digest {digest.hexdigest()[:16]}…, it says {contents.rows:,} "
                f"with {contents.digest[:16]}…"
            )


def _files_of(storage: Storage, contents: TableContents) -> str:
    first = storage.location.rstrip("/") + "/" + contents.files[0].path
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
