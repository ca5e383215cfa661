"""COPY from S3 into a table, in the transaction of the statement.

It refuses what Redshift's COPY of columnar files refuses: another number of columns, and types that differ from the
table's.
"""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
import psycopg
import pyarrow as pa
import pyarrow.csv as arrow_csv
from botocore.exceptions import ClientError
from psycopg import sql
from pyarrow import parquet

from local.place import REGION, endpoint
from local.redshift_data.types import NUMERIC_OID, precision_and_scale
from local.redshift_serverless.records import Namespace
from local.sql.copy import CopyFromS3
from local.sql.errors import SqlError

_BATCH_ROWS = 100_000


@dataclass(frozen=True)
class _Column:
    name: str
    oid: int
    modifier: int
    declared: str


def copy(connection: psycopg.Connection[Any], command: CopyFromS3, namespace: Namespace) -> int:
    """Load the files and return how many rows they had.

    Raises
    ------
    SqlError
        If the role is not the namespace's, or files and table do not fit together.
    """
    _require_role(command, namespace)
    columns = _columns(connection, command)
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    # The table's name is already quoted and folded.
    target = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.SQL(command.table), names)
    rows = 0
    with connection.cursor() as cursor, cursor.copy(target) as stream:
        for lines, count in _ahead(_pieces(command, columns)):
            stream.write(lines)
            rows += count
    return rows


def _pieces(command: CopyFromS3, columns: list[_Column]) -> Iterator[tuple[bytes, int]]:
    """Return the rows of the files as CSV, and how many they are, a batch at a time."""
    for url in _files(command):
        file = parquet.ParquetFile(io.BytesIO(_read(*url)))
        _require_fit(file.schema_arrow, columns, f"s3://{url[0]}/{url[1]}")
        for batch in file.iter_batches(_BATCH_ROWS):
            yield _csv(batch), batch.num_rows


def _ahead(pieces: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Return the same, each made while PostgreSQL still reads the one before."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = maker.submit(next, pieces, None)
            yield piece


def _require_role(command: CopyFromS3, namespace: Namespace) -> None:
    role = command.role or namespace.default_iam_role_arn
    if role is None:
        message = "The namespace has no default IAM role: associate one, or name a role in IAM_ROLE"
        raise SqlError(message)
    attached = {_role_arn(entry) for entry in namespace.iam_roles} | {namespace.default_iam_role_arn}
    if role not in attached:
        message = (
            f"User {namespace.arn} is not authorized to assume IAM Role {role}: it is not associated with the namespace"
        )
        raise SqlError(message)


def _role_arn(entry: str) -> str:
    # The API also takes and shows roles as "IamRole(applyStatus=in-sync, iamRoleArn=arn:…)".
    _, found, arn = entry.partition("iamRoleArn=")
    return arn.rstrip(")") if found else entry


def _columns(connection: psycopg.Connection[Any], command: CopyFromS3) -> list[_Column]:
    rows = connection.execute(
        "SELECT attname::text, atttypid::int8, atttypmod, pg_catalog.format_type(atttypid, atttypmod)"
        " FROM pg_catalog.pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [command.table],
    ).fetchall()
    known = {row[0]: _Column(*row) for row in rows}
    if not command.columns:
        return list(known.values())
    for name in command.columns:
        if name not in known:
            message = f'column "{name}" of relation {command.table} does not exist'
            raise SqlError(message)
    return [known[name] for name in command.columns]


def _files(command: CopyFromS3) -> Iterator[tuple[str, str]]:
    if command.manifest:
        yield from _manifest_files(command)
        return
    pages = _s3().get_paginator("list_objects_v2").paginate(Bucket=command.bucket, Prefix=command.key)
    try:
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    except ClientError as error:
        message = f"S3ServiceException: {error.response['Error'].get('Message')}, bucket {command.bucket}"
        raise SqlError(message) from error
    if not keys:
        message = f"The specified S3 prefix '{command.key}' does not exist"
        raise SqlError(message)
    for key in keys:
        yield command.bucket, key


def _manifest_files(command: CopyFromS3) -> Iterator[tuple[str, str]]:
    try:
        entries = json.loads(_read(command.bucket, command.key))["entries"]
    except (ValueError, KeyError, TypeError) as error:
        message = f"The manifest s3://{command.bucket}/{command.key} is not valid: it needs a list of entries"
        raise SqlError(message) from error
    for entry in entries:
        bucket, _, key = str(entry["url"]).removeprefix("s3://").partition("/")
        length = (entry.get("meta") or {}).get("content_length")
        if length is None:
            message = f"The manifest entry {entry['url']} needs meta.content_length, as COPY of Parquet does"
            raise SqlError(message)
        body = _read(bucket, key)
        if len(body) != length:
            message = f"The file {entry['url']} has {len(body)} bytes, and its manifest entry says {length}"
            raise SqlError(message)
        yield bucket, key


def _read(bucket: str, key: str) -> bytes:
    try:
        return bytes(_s3().get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        message = f"S3ServiceException: {error.response['Error'].get('Message')}, s3://{bucket}/{key}"
        raise SqlError(message) from error


@functools.cache
def _s3() -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint(int(os.environ["GATEWAY_PORT"])),
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the sandbox's dummy key
    )


def _require_fit(schema: pa.Schema, columns: list[_Column], url: str) -> None:
    if len(schema) != len(columns):
        message = (
            "Spectrum Scan Error: Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {len(schema)}, File name: {url}"
        )
        raise SqlError(message)
    for part, column in zip(schema, columns, strict=True):
        kind = part.type.value_type if pa.types.is_dictionary(part.type) else part.type
        if not _fits(kind, column):
            message = (
                f"Spectrum Scan Error: File '{url}' has an incompatible Parquet schema for column '{part.name}'. "
                f"Column type: {column.declared}, Parquet schema: {part.type}"
            )
            raise SqlError(message)


def _fits(kind: pa.DataType, column: _Column) -> bool:
    types = pa.types
    if column.oid == NUMERIC_OID:
        precision, scale = precision_and_scale(column.oid, column.modifier)
        return bool(types.is_decimal(kind) and (kind.precision, kind.scale) == (precision, scale))
    accepted = {
        16: types.is_boolean,
        20: types.is_int64,
        21: lambda kind: types.is_int8(kind) or types.is_int16(kind),
        23: types.is_int32,
        700: types.is_float32,
        701: types.is_float64,
        1042: lambda kind: types.is_string(kind) or types.is_large_string(kind),
        1043: lambda kind: types.is_string(kind) or types.is_large_string(kind),
        1082: types.is_date32,
        1114: lambda kind: types.is_timestamp(kind) and kind.tz is None,
        1184: types.is_timestamp,
    }.get(column.oid)
    return bool(accepted is not None and accepted(kind))


def _csv(batch: pa.RecordBatch) -> bytes:
    """Return rows as CSV: NULL is nothing, an empty text is quoted."""
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
