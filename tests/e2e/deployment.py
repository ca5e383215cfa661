"""The state of a deployment in a copy of the project: its stack, catalog, lake and warehouse."""

import hashlib
import io
import json
import time
from typing import Any

import pyarrow.parquet as pq

from supplychain.schema import TABLE_NAMES
from supplychain.warehouse.data_api import DataApi
from tests.e2e.conftest import Project

SMALL = "-c num_products=20 -c days=10 -c as_of=2026-01-31"
LARGER = "-c num_products=30 -c days=10 -c as_of=2026-01-31"


def contents(project: Project, *options: str) -> str:
    """Return a digest of all rows of all tables, as the Data API returns them to any user."""
    whole = hashlib.sha256()
    for name in TABLE_NAMES:
        command = f'query --local {" ".join(options)} --format csv "select * from {name} order by 1, 2, 3"'
        whole.update(project.run(f".venv/bin/supplychain {command}").stdout.encode())
    return whole.hexdigest()


def stack(project: Project) -> dict[str, Any]:
    (found,) = project.client("cloudformation").describe_stacks(StackName="SupplyChainWarehouse")["Stacks"]
    return found


def outputs(project: Project) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack(project)["Outputs"]}


def locations(project: Project) -> dict[str, str]:
    """Return the location of the files of each Glue table."""
    tables = project.client("glue").get_tables(DatabaseName="supply_chain_catalog")["TableList"]
    return {table["Name"]: table["StorageDescriptor"]["Location"] for table in tables}


def parquet_rows(project: Project, location: str) -> int:
    """Return the number of rows of the Parquet files at a location."""
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    s3 = project.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    bodies = (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    return sum(pq.ParquetFile(io.BytesIO(body)).metadata.num_rows for body in bodies)


def manifest(project: Project) -> dict[str, Any]:
    """Return the manifest of the deployed generation."""
    found = outputs(project)
    key = f"{found['WorkgroupName']}/{found['DatabaseName']}/{found['Generation']}/manifest.json"
    body = project.client("s3").get_object(Bucket=found["LakeBucketName"], Key=key)["Body"].read()
    return json.loads(body)


def warehouse_rows(project: Project) -> dict[str, int]:
    """Return the number of rows of each Redshift table, by the Data API as any user."""
    data = project.client("redshift-data")
    sql = " union all ".join(f"select '{name}', count(*) from public.{name}" for name in TABLE_NAMES)
    statement = data.execute_statement(WorkgroupName="supply-chain-mvp", Database="supply_chain_db", Sql=sql)
    for _ in range(300):
        status = data.describe_statement(Id=statement["Id"])["Status"]
        if status in {"FINISHED", "FAILED", "ABORTED"}:
            break
        time.sleep(0.1)
    assert status == "FINISHED"
    records = data.get_statement_result(Id=statement["Id"])["Records"]
    return {name["stringValue"]: count["longValue"] for name, count in records}


def change_as_admin(project: Project, sql: str) -> None:
    """Run a statement as the admin of the namespace, as an operator may do by hand."""
    namespace = project.client("redshift-serverless").get_namespace(namespaceName="supply-chain-mvp")["namespace"]
    secret = namespace["adminPasswordSecretArn"]
    DataApi(project.client("redshift-data"), "supply-chain-mvp", "supply_chain_db", secret).execute(sql)


def consistent_rows(project: Project) -> dict[str, int]:
    """Return the number of rows of each table, after checking that manifest, lake, catalog and warehouse agree."""
    rows = warehouse_rows(project)
    assert rows == {name: table["rows"] for name, table in manifest(project)["tables"].items()}
    assert rows == {name: parquet_rows(project, location) for name, location in locations(project).items()}
    assert sum(rows.values()) == int(outputs(project)["TotalRows"])
    return rows
