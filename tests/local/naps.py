"""Statements that take their time: Redshift has no pg_sleep, so a view of the engine's own hides it."""

import psycopg
from psycopg import sql

from tests.sandbox import Sandbox


def nap(aws: Sandbox, workgroup: str, database: str, seconds: float) -> str:
    """Return a query of one row that takes so long."""
    serverless = aws.client("redshift-serverless")
    name = serverless.get_workgroup(workgroupName=workgroup)["workgroup"]["namespaceName"]
    cluster = serverless.get_namespace(namespaceName=name)["namespace"]["namespaceId"]
    view = f"nap_{seconds}".replace(".", "_")
    host = str(aws.place / "postgres" / cluster)
    with psycopg.connect(host=host, dbname=database, user="rdsdb", autocommit=True) as engine:
        engine.execute("CREATE SCHEMA IF NOT EXISTS naps")
        engine.execute("GRANT USAGE ON SCHEMA naps TO PUBLIC")
        query = sql.SQL("CREATE OR REPLACE VIEW naps.{} AS SELECT 1 AS n FROM pg_catalog.pg_sleep({})")
        engine.execute(query.format(sql.Identifier(view), sql.Literal(seconds)))
        engine.execute(sql.SQL("GRANT SELECT ON naps.{} TO PUBLIC").format(sql.Identifier(view)))
    return f"SELECT n FROM naps.{view}"
