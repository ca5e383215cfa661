"""The example of local/README.md."""

import time

import pytest

from redshift_sandbox.testing import Sandbox, sandbox


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def test_a_query(aws: Sandbox):
    """A new workgroup runs SQL."""
    serverless, data = aws.client("redshift-serverless"), aws.client("redshift-data")
    serverless.create_namespace(namespaceName="demo", dbName="analytics")
    serverless.create_workgroup(workgroupName="demo", namespaceName="demo")
    while serverless.get_workgroup(workgroupName="demo")["workgroup"]["status"] != "AVAILABLE":
        time.sleep(0.1)
    run = data.execute_statement(
        WorkgroupName="demo", Database="analytics", Sql="SELECT NVL(NULL, 7)", WaitTimeSeconds=30
    )
    assert data.get_statement_result(Id=run["Id"])["Records"] == [[{"longValue": 7}]]
