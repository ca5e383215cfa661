"""UNLOAD: the rows of a query as files in S3."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pyarrow as pa
from pyarrow import parquet

from redshift_sandbox.postgres import SUPERUSER
from redshift_sandbox.redshift_data import oids, s3_files
from redshift_sandbox.redshift_data.s3_files import Bucket
from redshift_sandbox.redshift_data.types import precision_and_scale
from redshift_sandbox.redshift_serverless.records import Namespace
from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.unload import UnloadFormat, UnloadToS3

Row = tuple[str | None, ...]

_NUMBERS = frozenset({oids.SMALLINT, oids.INTEGER, oids.BIGINT, oids.REAL, oids.DOUBLE, oids.NUMERIC, oids.JSON})
_ARROW = {
    oids.BOOLEAN: pa.bool_(),
    oids.BIGINT: pa.int64(),
    oids.SMALLINT: pa.int16(),
    oids.INTEGER: pa.int32(),
    oids.REAL: pa.float32(),
    oids.DOUBLE: pa.float64(),
    oids.DATE: pa.date32(),
    oids.TIMESTAMP: pa.timestamp("us"),
    oids.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
}
_SUFFIX = {"gzip": ".gz", "bz2": ".bz2", "zstd": ".zst", None: ""}


@dataclass(frozen=True)
class _Column:
    name: str
    oid: int
    modifier: int


def unload(connection: psycopg.Connection[Any], command: UnloadToS3, namespace: Namespace, query_id: int) -> int:
    """Write the rows of the query and return their number.

    Raises
    ------
    SqlError
        If the role is not associated with the namespace, or existing files may not be overwritten.
    """
    bucket = s3_files.open_bucket(command, namespace)
    _prepare_destination(command, bucket)
    started = _now()
    columns, rows = _answer(connection, command.query)
    written = [
        (key, s3_files.compressed(body, command.format.compression), count)
        for key, body, count in _files(command, columns, rows)
    ]
    for key, body, _ in written:
        bucket.write(key, body)
    if command.format.manifest:
        bucket.write(f"{command.key}manifest", _manifest(command, columns, written))
    info = connection.info
    with namespace.cluster.connect(info.dbname, SUPERUSER) as own:
        own.execute(
            "INSERT INTO redshift_library.unloads VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                query_id, info.backend_pid, info.user, started, _now(), command.format.kind, command.format.compression,
                f"s3://{command.bucket}/{command.key}", len(rows), len(written),
                sum(len(body) for _, body, _ in written),
            ],
        )  # fmt: skip
    return len(rows)


def _prepare_destination(command: UnloadToS3, bucket: Bucket) -> None:
    bucket.check_region()
    existing = bucket.keys(command.key)
    if command.format.clean:
        for key in existing:
            bucket.delete(key)
    elif existing and not command.format.overwrite:
        raise SqlError(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix,"
            " manually removing the target files in S3, or using the ALLOWOVERWRITE option."
        )


def _answer(connection: psycopg.Connection[Any], query: str) -> tuple[list[_Column], list[Row]]:
    answer = connection.execute(query).pgresult
    assert answer is not None  # noqa: S101  # a query returns a result
    columns = [
        _Column((answer.fname(index) or b"").decode(), answer.ftype(index), answer.fmod(index))
        for index in range(answer.nfields)
    ]
    positions = range(answer.nfields)
    rows = [tuple(_text(answer.get_value(row, position)) for position in positions) for row in range(answer.ntuples)]
    return columns, rows


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _files(command: UnloadToS3, columns: list[_Column], rows: list[Row]) -> Iterator[tuple[str, bytes, int]]:
    """Yield key, contents and number of rows of each file."""
    form = command.format
    if form.kind == "PARQUET":
        yield from _parquet_files(command, columns, rows)
        return
    suffix = f".{form.extension}" if form.extension is not None else _SUFFIX[form.compression]
    for number, (body, count) in enumerate(_cut(form, columns, rows)):
        name = f"{number:04d}_part_00" if form.parallel else f"{number:03d}"
        yield f"{command.key}{name}{suffix}", body, count


def _cut(form: UnloadFormat, columns: list[_Column], rows: list[Row]) -> Iterator[tuple[bytes, int]]:
    """Yield the contents of each file, none larger than MAXFILESIZE unless a single row is."""
    line = _LINES[form.kind]
    head = line(form, columns, tuple(column.name for column in columns)) if form.header else ""
    lines, size = [head], len(head)
    count = 0
    for row in rows:
        text = line(form, columns, row)
        if count and size + len(text) > form.max_bytes:
            yield "".join(lines).encode(), count
            lines, size, count = [head], len(head), 0
        lines.append(text)
        size += len(text)
        count += 1
    yield "".join(lines).encode(), count


def _delimited_line(form: UnloadFormat, columns: list[_Column], row: Row) -> str:
    del columns
    delimiter = form.delimiter or "|"
    return delimiter.join(_field(form, delimiter, value) for value in row) + "\n"


def _field(form: UnloadFormat, delimiter: str, value: str | None) -> str:
    if value is None:
        return form.null_as
    if form.escape:
        for special in ("\\", delimiter, "\n", "\r", *('"' * form.add_quotes)):
            value = value.replace(special, "\\" + special)
    return f'"{value}"' if form.add_quotes else value


def _csv_line(form: UnloadFormat, columns: list[_Column], row: Row) -> str:
    del columns
    output = io.StringIO()
    csv.writer(output, delimiter=form.delimiter or ",", lineterminator="\n").writerow(
        [form.null_as if value is None else value for value in row]
    )
    return output.getvalue()


def _json_line(form: UnloadFormat, columns: list[_Column], row: Row) -> str:
    del form
    parts = [
        f"{json.dumps(column.name)}:{_json_value(column, value)}"
        for column, value in zip(columns, row, strict=True)
        if value is not None
    ]
    return "{" + ",".join(parts) + "}\n"


def _json_value(column: _Column, value: str | None) -> str:
    if value is None:
        return "null"
    if column.oid == oids.BOOLEAN:
        return "true" if value == "t" else "false"
    return value if column.oid in _NUMBERS else json.dumps(value, ensure_ascii=False)


_LINES = {"TEXT": _delimited_line, "CSV": _csv_line, "JSON": _json_line}


def _parquet_files(command: UnloadToS3, columns: list[_Column], rows: list[Row]) -> Iterator[tuple[str, bytes, int]]:
    partitions = command.format.partitions
    positions = _positions(partitions, columns)
    kept = [index for index in range(len(columns)) if index not in positions]
    groups: dict[Row, list[Row]] = {} if positions else {(): []}
    for row in rows:
        values = tuple(row[position] for position in positions)
        groups.setdefault(values, []).append(tuple(row[index] for index in kept))
    for values, group in groups.items():
        body = _parquet([columns[index] for index in kept], group)
        yield _parquet_key(command, values), body, len(group)


def _positions(partitions: tuple[str, ...], columns: list[_Column]) -> list[int]:
    names = [column.name for column in columns]
    for name in partitions:
        if name not in names:
            raise SqlError(f'column "{name}" of PARTITION BY does not exist in the query')
    return [names.index(name) for name in partitions]


def _parquet_key(command: UnloadToS3, values: Row) -> str:
    """Return the key of a partition's file, in Hive's notation."""
    partitions = command.format.partitions
    is_folder = not partitions or command.key.endswith("/") or not command.key
    folder = command.key if is_folder else f"{command.key}/"
    partition = "".join(
        f"{name}={value if value is not None else '__HIVE_DEFAULT_PARTITION__'}/"
        for name, value in zip(partitions, values, strict=True)
    )
    name = "0000_part_00.parquet" if command.format.parallel else "000.parquet"
    return f"{folder}{partition}{name}"


def _parquet(columns: list[_Column], rows: Iterable[Row]) -> bytes:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [_array(column, list(texts)) for column, texts in zip(columns, values, strict=True)]
    output = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(arrays, names=[column.name for column in columns]), output)
    return output.getvalue()


def _array(column: _Column, texts: list[str | None]) -> pa.Array:
    if column.oid == oids.BOOLEAN:
        return pa.array([None if text is None else text == "t" for text in texts], pa.bool_())
    if column.oid == oids.TIMESTAMPTZ:
        # The session shows it in UTC.
        return pa.array([None if text is None else datetime.fromisoformat(text) for text in texts], _ARROW[column.oid])
    strings = pa.array(texts, pa.string())
    if column.oid == oids.NUMERIC:
        return strings.cast(_decimal_type(column, texts))
    return strings.cast(_ARROW[column.oid]) if column.oid in _ARROW else strings


def _decimal_type(column: _Column, texts: list[str | None]) -> pa.DataType:
    precision, scale = precision_and_scale(column.oid, column.modifier)
    if column.modifier < 0:
        scale = max((len((text or "").partition(".")[2]) for text in texts), default=0)
    return pa.decimal128(precision, scale)


def _manifest(command: UnloadToS3, columns: list[_Column], written: list[tuple[str, bytes, int]]) -> bytes:
    form = command.format
    entries: list[dict[str, Any]] = []
    for key, body, count in written:
        entry: dict[str, Any] = {"url": f"s3://{command.bucket}/{key}"}
        if form.verbose or form.kind == "PARQUET":
            entry["meta"] = {"content_length": len(body), **({"record_count": count} if form.verbose else {})}
        entries.append(entry)
    manifest: dict[str, Any] = {"entries": entries}
    if form.verbose:
        total = {
            "content_length": sum(len(body) for _, body, _ in written),
            "record_count": sum(count for *_, count in written),
        }
        elements = [{"name": column.name} for column in columns]
        manifest |= {
            "schema": {"elements": elements},
            "meta": total,
            "author": {"name": "Amazon Redshift", "version": "1.0.0"},
        }
    return json.dumps(manifest, indent=2).encode()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
