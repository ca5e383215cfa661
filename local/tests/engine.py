"""Direct connections to the PostgreSQL of a workgroup, for what the Data API does not show."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from redshift_sandbox.testing import Sandbox


@contextmanager
def engine(aws: Sandbox, workgroup: str, database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
    """Connect as the superuser."""
    with connected(aws, workgroup, database, "rdsdb") as connection:
        yield connection


@contextmanager
def connected(aws: Sandbox, workgroup: str, database: str, user: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect as any database user."""
    serverless = aws.client("redshift-serverless")
    name = serverless.get_workgroup(workgroupName=workgroup)["workgroup"]["namespaceName"]
    cluster = serverless.get_namespace(namespaceName=name)["namespace"]["namespaceId"]
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(
            host=_short(aws.state_folder / "postgres" / cluster, folder), dbname=database, user=user, autocommit=True
        ) as found,
    ):
        yield found


def _short(cluster: Path, folder: str) -> str:
    """Return a link to the cluster's folder, because a socket's path may have at most 107 bytes."""
    link = Path(folder) / "link"
    link.symlink_to(cluster)
    return str(link)


def slow_query(aws: Sandbox, workgroup: str, database: str, seconds: float) -> str:
    """Return a query that takes this many seconds: Redshift has no pg_sleep, so it is hidden in a view."""
    view = f"takes_{seconds}".replace(".", "_")
    with engine(aws, workgroup, database) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS slow")
        connection.execute("GRANT USAGE ON SCHEMA slow TO PUBLIC")
        connection.execute(
            "CREATE OR REPLACE FUNCTION slow.sleep(seconds double precision) RETURNS void LANGUAGE sql"
            " SECURITY DEFINER AS 'SELECT pg_catalog.pg_sleep(seconds)'"
        )
        query = sql.SQL("CREATE OR REPLACE VIEW slow.{} AS SELECT 1 AS n FROM slow.sleep({})")
        connection.execute(query.format(sql.Identifier(view), sql.Literal(seconds)))
        connection.execute(sql.SQL("GRANT SELECT ON slow.{} TO PUBLIC").format(sql.Identifier(view)))
    return f"SELECT n FROM slow.{view}"
