"""Arrow schemas of the six tables, derived from `supplychain.schema`."""

import pyarrow as pa

from supplychain.schema import ColumnType, Table


def arrow_type(column_type: ColumnType) -> pa.DataType:
    """The Arrow type of a column: string, int32, decimal128 of the column's own precision, or date32.

    Redshift's COPY wants a decimal stored in as many bytes as the column's precision needs, so the precision must be
    the column's.
    """
    match column_type.kind:
        case "varchar":
            return pa.string()
        case "integer":
            return pa.int32()
        case "decimal":
            return pa.decimal128(column_type.precision, column_type.scale)
        case "date":
            return pa.date32()


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table: its columns in order, all nullable as they are in the Parquet that COPY reads."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in table.columns])
