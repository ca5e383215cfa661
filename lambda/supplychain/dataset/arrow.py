"""Arrow schemas of the six tables, derived from `supplychain.schema`."""

import pyarrow as pa

from supplychain.schema import ColumnType, Table


def arrow_type(column_type: ColumnType) -> pa.DataType:
    """Return the Arrow type of a column: string, int32, decimal128 or date32.

    A decimal has the precision of its column, because Redshift's COPY expects it in as many bytes as that needs.
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
    """Return the Arrow schema of a table. All columns are nullable, as in the Parquet files that COPY reads."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in table.columns])
