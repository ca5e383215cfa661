"""Results of the Data API as Arrow tables."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa

from supplychain.warehouse.results import Result, ResultColumn, Value


def to_arrow(result: Result) -> pa.Table:
    """Return a result as an Arrow table with the types of its columns."""
    arrays = [
        pa.array([_convert(row[index], column) for row in result.rows], arrow_type(column))
        for index, column in enumerate(result.columns)
    ]
    return pa.table(arrays, names=result.names) if arrays else pa.table({})


def arrow_type(column: ResultColumn) -> pa.DataType:
    """Return the Arrow type of a column of a result: text for Redshift types that have no equivalent."""
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


def _convert(value: Value, column: ResultColumn) -> object:
    if value is None:
        return None
    match column.type:
        case "date":
            return dt.date.fromisoformat(str(value))
        case "numeric":
            return Decimal(str(value))
        case _:
            return value
