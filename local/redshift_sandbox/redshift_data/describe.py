"""The column names of a query, for statements whose translation needs them."""

from redshift_sandbox.connections import Connection


def describe(connection: Connection, query: str) -> list[str]:
    """Return the names of a query's columns.

    Raises
    ------
    psycopg.Error
        If PostgreSQL rejects the query.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) AS described LIMIT 0")
        return [column.name for column in cursor.description or ()]
