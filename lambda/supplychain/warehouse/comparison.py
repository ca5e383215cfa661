"""Compare the rows of the warehouse with those of a generation's files, by sums that both sides compute."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from supplychain.dataset.manifest import Manifest
from supplychain.dataset.reader import read_rows
from supplychain.dataset.row_codes import CODE_DIGITS, NULL, SEPARATOR, RowSum, row_codes, row_texts
from supplychain.dataset.storage import Storage
from supplychain.schema import TABLES, Column, Table
from supplychain.warehouse.data_api import DataApi
from supplychain.warehouse.ddl import qualified
from supplychain.warehouse.results import Result

_BUCKET_DIGITS: Final = 3
"""Rows are searched in buckets, which are the first hexadecimal digits of the code of their key."""

_BUCKETS_READ: Final = 3
_ROWS_READ: Final = 20_000
"""At most so many buckets, and rows of the warehouse, are read to name the rows that differ."""

_NAMED: Final = 3
_SHOWN: Final = 60
"""How many rows are named, and how many characters of a value are shown."""

Row = tuple[str | None, ...]
"""The values of a row as text."""


@dataclass(frozen=True)
class Difference:
    """How a table differs from the files, with the first rows that do."""

    table: str
    rows: int
    wanted_rows: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        counts = (
            f"{self.rows:,} rows instead of {self.wanted_rows:,}" if self.rows != self.wanted_rows else "other rows"
        )
        return ": ".join(filter(None, (f"{self.table} has {counts}", "; ".join(self.examples))))


def differences(api: DataApi, storage: Storage, manifest: Manifest) -> list[Difference]:
    """Return the tables of the warehouse whose rows are not exactly those of the files.

    Raises
    ------
    StatementError
        If a table or a column does not exist.
    ValueError, FileNotFoundError
        If a file cannot be read.
    """
    there = row_sums(api)
    return [
        Difference(table.name, there[table.name].rows, wanted.rows, _examples(api, storage, manifest, table))
        for table in TABLES
        if there[table.name] != (wanted := _file_sum(storage, manifest, table))
    ]


def row_sums(api: DataApi) -> dict[str, RowSum]:
    """Return the number of rows and the sum of their codes of each table of the warehouse."""
    queries = (
        f"select '{table.name}', count(*), sum({_number('hash')}) "
        f"from (select {_hash(table.columns)} as hash from {qualified(table)}) as hashed"
        for table in TABLES
    )
    return {str(name): RowSum(int(rows or 0), int(total or 0)) for name, rows, total in _union(api, queries).rows}


def _union(api: DataApi, queries: Iterator[str]) -> Result:
    return api.execute(" union all ".join(queries))


def _file_sum(storage: Storage, manifest: Manifest, table: Table) -> RowSum:
    found = RowSum()
    for rows in read_rows(storage, manifest, table):
        found = found.plus(row_codes(rows, table.column_names))
    return found


def _examples(api: DataApi, storage: Storage, manifest: Manifest, table: Table) -> tuple[str, ...]:
    """Return a text for each of the first rows that differ, found by their keys."""
    there, wanted = _bucket_sums(api, table), _file_bucket_sums(storage, manifest, table)
    differing = sorted(bucket for bucket in there.keys() | wanted.keys() if there.get(bucket) != wanted.get(bucket))
    read = differing[:_BUCKETS_READ]
    if not read:
        return ()
    found = _by_key(table, _rows(api, table, read))
    listed = _by_key(table, _file_rows(storage, manifest, table, set(read)))
    texts = [
        _described(table, key, found.get(key, []), listed.get(key, []))
        for key in sorted(found.keys() | listed.keys(), key=str)
        if found.get(key) != listed.get(key)
    ]
    more = len(texts) > _NAMED or len(differing) > _BUCKETS_READ
    return (*texts[:_NAMED], *(["and more"] if more else []))


def _bucket_sums(api: DataApi, table: Table) -> dict[int, RowSum]:
    result = api.execute(
        f"select bucket, count(*), sum({_number('hash')}) from (select {_bucket(table)} as bucket, "
        f"{_hash(table.columns)} as hash from {qualified(table)}) as hashed group by bucket"
    )
    return {int(str(bucket), 16): RowSum(int(rows or 0), int(total or 0)) for bucket, rows, total in result.rows}


def _file_bucket_sums(storage: Storage, manifest: Manifest, table: Table) -> dict[int, RowSum]:
    found: dict[int, RowSum] = {}
    for rows in read_rows(storage, manifest, table):
        codes, buckets = row_codes(rows, table.column_names), _buckets(rows, table)
        order = np.argsort(buckets, kind="stable")
        starts = np.flatnonzero(np.diff(buckets[order], prepend=-1))
        for start, part in zip(starts, np.split(codes[order], starts[1:]), strict=True):
            bucket = int(buckets[order[start]])
            found[bucket] = found.get(bucket, RowSum()).plus(part)
    return found


def _rows(api: DataApi, table: Table, buckets: Collection[int]) -> list[Row]:
    names = ", ".join(f"'{bucket:0{_BUCKET_DIGITS}x}'" for bucket in buckets)
    texts = ", ".join(_text(column) for column in table.columns)
    sql = f"select {texts} from {qualified(table)} where {_bucket(table)} in ({names}) limit {_ROWS_READ}"
    return [tuple(None if value is None else str(value) for value in row) for row in api.execute(sql).rows]


def _file_rows(storage: Storage, manifest: Manifest, table: Table, buckets: Collection[int]) -> Iterator[Row]:
    for rows in read_rows(storage, manifest, table):
        selected = rows.filter(pa.array(np.isin(_buckets(rows, table), list(buckets))))
        yield from zip(*(column.to_pylist() for column in row_texts(selected, table.column_names)), strict=True)


def _buckets(rows: pa.Table, table: Table) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return (row_codes(rows, table.key) >> np.uint64(4 * (CODE_DIGITS - _BUCKET_DIGITS))).astype(np.int64)


def _by_key(table: Table, rows: Iterator[Row] | list[Row]) -> dict[Row, list[Row]]:
    places = [table.column_names.index(name) for name in table.key]
    found: dict[Row, list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[place] for place in places), []).append(row)
    return {key: sorted(same, key=str) for key, same in found.items()}


def _described(table: Table, key: Row, there: list[Row], wanted: list[Row]) -> str:
    name = "/".join(map(str, key))
    match there, wanted:
        case [], _:
            return f"{name} is missing"
        case _, []:
            return f"{name} is not in the files"
        case [one], [other]:
            columns = zip(table.column_names, one, other, strict=True)
            changed = (f"{column} is {_shown(a)} instead of {_shown(b)}" for column, a, b in columns if a != b)
            return f"{name}: {', '.join(changed)}"
    return f"{name} is there {len(there)} times instead of {len(wanted)}"


def _shown(value: str | None) -> str:
    if value is None:
        return "NULL"
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")


def _bucket(table: Table) -> str:
    by_name = {column.name: column for column in table.columns}
    return f"left({_hash([by_name[name] for name in table.key])}, {_BUCKET_DIGITS})"


def _hash(columns: Collection[Column]) -> str:
    """Return the MD5 of the values as `row_codes` joins them."""
    values = (f"coalesce({_text(column)}, chr({NULL}))" for column in columns)
    return f"md5({f' || chr({SEPARATOR}) || '.join(values)})"


def _number(digits: str) -> str:
    return f"strtol(left({digits}, {CODE_DIGITS}), 16)"


def _text(column: Column) -> str:
    match column.type.kind:
        case "varchar":
            return column.name
        case "date":
            return f"to_char({column.name}, 'YYYY-MM-DD')"
        case _:
            return f"cast({column.name} as varchar)"
