"""The columns of a query, for statements that stand for them."""

from redshift_sandbox.connections import Connection


def describe(connection: Connection, query: str) -> list[str]:
    """Return the names of a query's columns.

    Raises
    ------
    psycopg.Error
        If PostgreSQL would not run it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) AS described LIMIT 0")
        return [column.name for column in cursor.description or ()]
