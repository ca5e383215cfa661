"""Results of the Data API as rows of Python values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
