"""COPY from S3 into a table, in the transaction of the statement.

As in Redshift, a columnar file must have the number of columns and the types of the table. Errors in the records of
text files are listed in SYS_LOAD_ERROR_DETAIL.
"""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as arrow_csv
from psycopg import sql
from pyarrow import parquet

from redshift_sandbox.redshift_data import oids, s3_files
from redshift_sandbox.redshift_data.columns import Column, columns_of
from redshift_sandbox.redshift_data.load_history import LoadError, Loads
from redshift_sandbox.redshift_data.load_text import Record, records
from redshift_sandbox.redshift_data.load_values import BadValueError, converter, is_null
from redshift_sandbox.redshift_data.s3_files import File
from redshift_sandbox.redshift_data.types import precision_and_scale
from redshift_sandbox.redshift_serverless.records import Namespace
from redshift_sandbox.sql.copy import CopyFromS3
from redshift_sandbox.sql.errors import SqlError

_BATCH_ROWS = 100_000


def copy(connection: psycopg.Connection[Any], command: CopyFromS3, namespace: Namespace, query_id: int) -> int:
    """Load the files and return the number of rows.

    Raises
    ------
    SqlError
        If the role is not associated with the namespace, or the files do not match the table.
    """
    bucket = s3_files.open_bucket(command, namespace)
    columns = columns_of(connection, command)
    files = s3_files.files_of(command, bucket)
    loads = Loads(connection, namespace.cluster, query_id, command)
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    # The table name is already quoted and in lower case.
    table = sql.SQL("{} ({})").format(sql.SQL(command.table), names)
    try:
        if command.format.kind == "PARQUET":
            rows = _copy_parquet(connection, table, columns, files)
        else:
            rows = _copy_text(connection, table, _Loading(command, columns), files)
    except _LoadFailedError as failure:
        loads.failed(files, failure.errors)
        raise SqlError(str(failure)) from failure
    except (SqlError, psycopg.Error):
        loads.failed(files, [])
        raise
    loads.finished(files, rows)
    return rows


class _LoadFailedError(SqlError):
    """More records have errors than MAXERROR allows."""

    def __init__(self, table: str, errors: list[LoadError]) -> None:
        name = table.replace('"', "").rpartition(".")[2]
        super().__init__(f"Load into table '{name}' failed. Check 'sys_load_error_detail' system table for details.")
        self.errors = errors


def _copy_parquet(
    connection: psycopg.Connection[Any], table: sql.Composed, columns: list[Column], files: list[File]
) -> int:
    rows = 0
    target = sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(table)
    with connection.cursor() as cursor, cursor.copy(target) as stream:
        for lines, count in _prefetched(_csv_batches(columns, files)):
            stream.write(lines)
            rows += count
    return rows


def _csv_batches(columns: list[Column], files: list[File]) -> Iterator[tuple[bytes, int]]:
    """Yield batches of the files' rows, as CSV and with their number of rows."""
    for source in files:
        file = parquet.ParquetFile(io.BytesIO(source.read()))
        _require_fit(file.schema_arrow, columns, source.url)
        for batch in file.iter_batches(_BATCH_ROWS):
            yield _csv(batch), batch.num_rows


def _prefetched(batches: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Yield the batches, producing each while PostgreSQL reads the one before."""
    with ThreadPoolExecutor(1) as executor:
        pending = executor.submit(next, batches, None)
        while (batch := pending.result()) is not None:
            pending = executor.submit(next, batches, None)
            yield batch


@dataclass
class _Loading:
    """A COPY of text files in progress: the converters of its columns, and the errors so far."""

    command: CopyFromS3
    columns: list[Column]
    errors: list[LoadError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._converters = [converter(column, self.command.format) for column in self.columns]

    def rows(self, source: File) -> Iterator[tuple[str | None, ...]]:
        """Yield the rows of a file, and collect errors up to MAXERROR."""
        form = self.command.format
        with source.open(form.compression) as body:
            for record in records(body, form, self.columns, source):
                row = self._row(record, source)
                if row is not None:
                    yield row

    def _row(self, record: Record, source: File) -> tuple[str | None, ...] | None:
        if record.problem is not None:
            self._note(source, record, None, "", record.problem)
            return None
        row: list[str | None] = []
        form = self.command.format
        for text, column, convert in zip(record.fields, self.columns, self._converters, strict=True):
            if text is None or is_null(text, column, form):
                if column.required:
                    self._note(source, record, column, "", BadValueError(1213, "Missing data for not-null field"))
                    return None
                row.append(None)
                continue
            try:
                row.append(convert(text))
            except BadValueError as problem:
                self._note(source, record, column, text, problem)
                return None
        return tuple(row)

    def _note(self, source: File, record: Record, column: Column | None, text: str, problem: BadValueError) -> None:
        position = max(0, record.raw.find(text)) if text else 0
        self.errors.append(LoadError(source.url, record.line, column, position, problem))
        if len(self.errors) > self.command.format.max_error:
            raise _LoadFailedError(self.command.table, self.errors)


def _copy_text(connection: psycopg.Connection[Any], table: sql.Composed, loading: _Loading, files: list[File]) -> int:
    if loading.command.no_load:
        for source in files:
            for _ in loading.rows(source):
                pass
        return 0
    rows = 0
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(table)) as stream:
        for source in files:
            for row in loading.rows(source):
                stream.write_row(row)
                rows += 1
    return rows


def _require_fit(schema: pa.Schema, columns: list[Column], url: str) -> None:
    if len(schema) != len(columns):
        raise SqlError(
            "Spectrum Scan Error: Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {len(schema)}, File name: {url}"
        )
    for part, column in zip(schema, columns, strict=True):
        kind = part.type.value_type if pa.types.is_dictionary(part.type) else part.type
        if not _fits(kind, column):
            raise SqlError(
                f"Spectrum Scan Error: File '{url}' has an incompatible Parquet schema for column '{part.name}'. "
                f"Column type: {column.declared}, Parquet schema: {part.type}"
            )


def _fits(kind: pa.DataType, column: Column) -> bool:
    types = pa.types
    if column.oid == oids.NUMERIC:
        precision, scale = precision_and_scale(column.oid, column.modifier)
        return bool(types.is_decimal(kind) and (kind.precision, kind.scale) == (precision, scale))
    accepted = {
        oids.BOOLEAN: types.is_boolean,
        oids.BIGINT: types.is_int64,
        oids.SMALLINT: lambda kind: types.is_int8(kind) or types.is_int16(kind),
        oids.INTEGER: types.is_int32,
        oids.REAL: types.is_float32,
        oids.DOUBLE: types.is_float64,
        oids.CHAR: lambda kind: types.is_string(kind) or types.is_large_string(kind),
        oids.VARCHAR: lambda kind: types.is_string(kind) or types.is_large_string(kind),
        oids.DATE: types.is_date32,
        oids.TIMESTAMP: lambda kind: types.is_timestamp(kind) and kind.tz is None,
        oids.TIMESTAMPTZ: types.is_timestamp,
    }.get(column.oid)
    return bool(accepted is not None and accepted(kind))


def _csv(batch: pa.RecordBatch) -> bytes:
    """Return rows as CSV: NULL is empty, an empty string is quoted."""
    arrays = [_plain(batch.column(position)) for position in range(batch.num_columns)]
    output = io.BytesIO()
    table = pa.Table.from_arrays(arrays, names=[str(position) for position in range(len(arrays))])
    arrow_csv.write_csv(table, output, arrow_csv.WriteOptions(include_header=False, quoting_style="needed"))
    return output.getvalue()


def _plain(array: Any) -> Any:
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_decimal(array.type):
        return array.cast(pa.string())
    return array
