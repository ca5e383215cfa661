"""PostgreSQL behind a workgroup, for what the Data API does not show."""

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
    """Connect to it as its superuser."""
    serverless = aws.client("redshift-serverless")
    name = serverless.get_workgroup(workgroupName=workgroup)["workgroup"]["namespaceName"]
    cluster = serverless.get_namespace(namespaceName=name)["namespace"]["namespaceId"]
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(
            host=_short(aws.state_folder / "postgres" / cluster, folder), dbname=database, **_SUPERUSER
        ) as found,
    ):
        yield found


_SUPERUSER: dict[str, Any] = {"user": "rdsdb", "autocommit": True}


def _short(cluster: Path, folder: str) -> str:
    """Return a link to the cluster's folder: a socket's path may have 107 bytes at most."""
    link = Path(folder) / "link"
    link.symlink_to(cluster)
    return str(link)


def nap(aws: Sandbox, workgroup: str, database: str, seconds: float) -> str:
    """Return a query of one row that takes so long: Redshift has no pg_sleep, so a view hides it."""
    view = f"nap_{seconds}".replace(".", "_")
    with engine(aws, workgroup, database) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS naps")
        connection.execute("GRANT USAGE ON SCHEMA naps TO PUBLIC")
        query = sql.SQL("CREATE OR REPLACE VIEW naps.{} AS SELECT 1 AS n FROM pg_catalog.pg_sleep({})")
        connection.execute(query.format(sql.Identifier(view), sql.Literal(seconds)))
        connection.execute(sql.SQL("GRANT SELECT ON naps.{} TO PUBLIC").format(sql.Identifier(view)))
    return f"SELECT n FROM naps.{view}"
