"""The rows of a statement as a table, CSV, TSV, JSON or Parquet, on standard output or in a file."""

import datetime as dt
import io
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from supplychain.cli import terminal
from supplychain.cli.streams import echo, escape_json, writing
from supplychain.warehouse.results import Result, ResultColumn, Value

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS: Final = ("table", "csv", "tsv", "json", "jsonl", "parquet")

_SEPARATORS: Final = {"csv": ",", "tsv": "\t"}

_NUMERIC: Final = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})

_MAX_PRECISION: Final = 38
"""Digits of the widest numeric of Redshift."""

_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


def print_result(result: Result, form: str, expanded: str = "auto") -> None:
    """Print the rows of a statement, or `done` for a statement that returns no rows.

    `expanded` applies to a table: see `terminal.print_rows`.

    Raises
    ------
    ValueError
        If two columns have the same name, which JSON and Parquet cannot have, or a value does not fit Parquet.
    """
    if not result.columns:
        echo("done", err=True)
    elif form == "table":
        numeric = [kind in _NUMERIC for kind in result.types]
        terminal.print_rows(result.names, result.rows, numeric=numeric, expanded=expanded)
        echo(f"({len(result.rows):,} row{'' if len(result.rows) == 1 else 's'})")
    elif form in {"json", "jsonl"}:
        ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
        with writing():
            sys.stdout.writelines(_JSON[form](result, ascii_only))
            sys.stdout.flush()
    else:  # UTF-8, whatever the locale, as the files of `generate` are
        content = _encode(result, form)
        with writing():
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()


def write_result(result: Result, form: str, file: Path) -> None:
    """Write the rows of a statement to a file, in UTF-8. Raises ValueError as `print_result` does, and OSError."""
    if not result.columns:
        raise ValueError(f"the statement returns no rows: {file} is not written")
    if form == "table":
        raise ValueError("a table is for the terminal: choose another --format for a file")
    file.write_bytes(_encode(result, form))
    echo(f"wrote {file}: {len(result.rows):,} row{'' if len(result.rows) == 1 else 's'}", err=True)


def _encode(result: Result, form: str) -> bytes:
    if form == "parquet":
        return _parquet(result)
    lines = _separated(result, _SEPARATORS[form]) if form in _SEPARATORS else _JSON[form](result, False)
    return "".join(lines).encode()


def _separated(result: Result, separator: str) -> Iterator[str]:
    for row in (result.names, *result.rows):
        yield separator.join(_field(value, separator) for value in row) + "\n"


def _field(value: Value, separator: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str() if not value or any(mark in value for mark in (separator, '"', "\n", "\r")):
            return '"' + value.replace('"', '""') + '"'
    return str(value)


def _json(result: Result, ascii_only: bool) -> Iterator[str]:
    """An array of objects, a line for each value."""
    opening = "[\n"
    for members in _json_members(result, ascii_only):
        yield opening + "  {\n    " + ",\n    ".join(members) + "\n  }"
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def _json_lines(result: Result, ascii_only: bool) -> Iterator[str]:
    """An object on each line."""
    return ("{" + ", ".join(members) + "}\n" for members in _json_members(result, ascii_only))


_JSON: Final[Mapping[str, Callable[[Result, bool], Iterator[str]]]] = {"json": _json, "jsonl": _json_lines}


def _json_members(result: Result, ascii_only: bool) -> Iterator[list[str]]:
    """The members of the object of each row."""
    _refuse_repeated_names(result, "JSON")

    def encode(value: Value) -> str:
        return escape_json(json.dumps(value, ensure_ascii=ascii_only))

    names = [encode(name) for name in result.names]
    for row in result.rows:
        values = zip(names, row, result.types, strict=True)
        yield [f"{name}: {_json_value(value, kind, encode)}" for name, value, kind in values]


def _json_value(value: Value, kind: str, encode: Callable[[Value], str]) -> str:
    """A number for a numeric, which the Data API returns as text, with all its digits; text for infinity and NaN."""
    if kind == "numeric" and isinstance(value, str) and _JSON_NUMBER.fullmatch(value):
        return value
    return encode(str(value) if isinstance(value, float) and not math.isfinite(value) else value)


def _parquet(result: Result) -> bytes:
    import pyarrow as pa  # noqa: PLC0415  # slow to import, and only Parquet needs it
    from pyarrow import parquet  # noqa: PLC0415

    _refuse_repeated_names(result, "Parquet")
    columns = zip(*result.rows, strict=True) if result.rows else ([] for _ in result.columns)
    arrays = [_array(column, values) for column, values in zip(result.columns, columns, strict=True)]
    buffer = io.BytesIO()
    parquet.write_table(pa.table(arrays, names=result.names), buffer)
    return buffer.getvalue()


def _array(column: ResultColumn, values: Sequence[Value]) -> "pa.Array":
    """Raises ValueError if a value does not fit the type of the column."""
    import pyarrow as pa  # noqa: PLC0415

    kind, convert = _arrow_type(column)
    try:
        return pa.array([None if value is None else convert(value) for value in values], kind)
    except (pa.ArrowException, ValueError, ArithmeticError) as error:
        raise ValueError(f"column {column.name} ({column.type}) does not fit Parquet: {error}") from None


def _arrow_type(column: ResultColumn) -> "tuple[pa.DataType, Callable[[Any], Any]]":
    """The type of a column, and the conversion of its values from those of the Data API; text for all other types."""
    import pyarrow as pa  # noqa: PLC0415

    if column.type == "numeric":
        return pa.decimal128(column.precision or _MAX_PRECISION, column.scale), Decimal
    types: dict[str, tuple[pa.DataType, Callable[[Any], Any]]] = {
        "int2": (pa.int16(), int),
        "int4": (pa.int32(), int),
        "int8": (pa.int64(), int),
        "float4": (pa.float32(), float),
        "float8": (pa.float64(), float),
        "bool": (pa.bool_(), bool),
        "date": (pa.date32(), dt.date.fromisoformat),
        "timestamp": (pa.timestamp("us"), dt.datetime.fromisoformat),
        "timestamptz": (pa.timestamp("us", "UTC"), dt.datetime.fromisoformat),
    }
    return types.get(column.type, (pa.string(), str))


def _refuse_repeated_names(result: Result, form: str) -> None:
    repeated = next((name for name in result.names if result.names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(
            f"{form} cannot have two columns {repeated!r}: name them with AS, or use --format table or csv"
        )
