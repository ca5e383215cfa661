"""Results of the Data API as rows of Python values, or as Arrow."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

Value = str | int | float | bool | None
"""A cell as the Data API gives it: dates, timestamps and numerics are text."""


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result: its name, Redshift's name of its type, and a numeric's precision and scale."""

    name: str
    type: str
    precision: int
    scale: int


@dataclass(frozen=True)
class Result:
    """What a statement gave: no columns where it gives no rows."""

    columns: tuple[ResultColumn, ...]
    rows: Sequence[tuple[Value, ...]]

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    @property
    def types(self) -> list[str]:
        """Redshift's names of the columns' types."""
        return [column.type for column in self.columns]

    def to_arrow(self) -> pa.Table:
        """The result as Arrow, in the columns' own types."""
        arrays = [
            pa.array([_typed(row[index], column) for row in self.rows], arrow_type(column))
            for index, column in enumerate(self.columns)
        ]
        return pa.table(arrays, names=self.names) if arrays else pa.table({})


def column_of(metadata: Mapping[str, Any]) -> ResultColumn:
    """A column from the Data API's ColumnMetadata."""
    return ResultColumn(
        name=metadata.get("label") or metadata["name"],
        type=metadata["typeName"],
        precision=metadata.get("precision", 0),
        scale=metadata.get("scale", 0),
    )


def value_of(cell: Mapping[str, Any]) -> Value:
    """A cell from the Data API's Field, a union with one member."""
    ((kind, value),) = cell.items()
    return None if kind == "isNull" else value


def arrow_type(column: ResultColumn) -> pa.DataType:
    """The Arrow type of a result's column; text for every type of Redshift's that has no closer one."""
    match column.type:
        case "int2" | "int4" | "int8":
            return pa.int64()
        case "float4" | "float8":
            return pa.float64()
        case "bool":
            return pa.bool_()
        case "date":
            return pa.date32()
        case "numeric":
            return pa.decimal128(column.precision or 38, column.scale)
        case _:
            return pa.string()


def _typed(value: Value, column: ResultColumn) -> object:
    if value is None:
        return None
    match column.type:
        case "date":
            return dt.date.fromisoformat(str(value))
        case "numeric":
            return Decimal(str(value))
        case _:
            return value
