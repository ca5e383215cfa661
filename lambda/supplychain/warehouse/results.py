"""Results of the Data API as rows of Python values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool | None
"""A value as the Data API returns it: dates, timestamps and numerics are text."""


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result: its name, Redshift's name of its type, and the precision and scale of a numeric."""

    name: str
    type: str
    precision: int
    scale: int


@dataclass(frozen=True)
class Result:
    """The result of a statement; without columns if the statement returns no rows."""

    columns: tuple[ResultColumn, ...]
    rows: Sequence[tuple[Value, ...]]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def types(self) -> list[str]:
        """Redshift's names of the types of the columns."""
        return [column.type for column in self.columns]


def parse_column(metadata: Mapping[str, Any]) -> ResultColumn:
    """Return a column from the Data API's ColumnMetadata."""
    return ResultColumn(
        name=metadata.get("label") or metadata["name"],
        type=metadata["typeName"],
        precision=metadata.get("precision", 0),
        scale=metadata.get("scale", 0),
    )


def parse_value(cell: Mapping[str, Any]) -> Value:
    """Return a value from the Data API's Field, a union with one member."""
    ((kind, value),) = cell.items()
    return None if kind == "isNull" else value
