"""boto3, the AWS CLI and awswrangler, configured with nothing but the endpoint and dummy credentials."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import awswrangler
import boto3
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local.tests.warehouse import Warehouse, allow, make_role

ROLE = "arn:aws:iam::000000000000:role/reader"


def aws_variables(warehouse: Warehouse) -> dict[str, str]:
    return {name: value for name, value in warehouse.aws.env.items() if name.startswith("AWS_")}


@pytest.fixture
def shell(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a shell that has sourced the sandbox's env file."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    wanted = aws_variables(warehouse)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    # boto3 keeps the session of its first client.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return wanted


@pytest.fixture(scope="module")
def aws(warehouse: Warehouse) -> Iterator[Callable[..., Any]]:
    """Runs AWS CLI commands that must succeed, and returns the JSON that they print."""
    program = subprocess.Popen(
        [sys.executable, Path(__file__).parent / "aws_cli.py"],
        env={"PATH": os.environ["PATH"], **aws_variables(warehouse)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def run(*words: str) -> Any:
        program.stdin.write(json.dumps(words) + "\n")
        program.stdin.flush()
        code, printed, errors = json.loads(program.stdout.readline())
        assert code == 0, errors
        return json.loads(printed) if printed.strip() else None

    with program:
        yield run
        program.stdin.close()


def test_boto3(warehouse: Warehouse, shell: dict[str, str]):
    """A client without arguments runs a statement, waits, and reads its rows through the paginator."""
    del shell
    data = boto3.client("redshift-data")
    made = data.execute_statement(Sql="SELECT 1 AS one, 'a' AS letter", WaitTimeSeconds=10, **warehouse.target)
    assert made["Status"] == "FINISHED"
    pages = data.get_paginator("get_statement_result").paginate(Id=made["Id"])
    assert [page["Records"] for page in pages] == [[[{"longValue": 1}, {"stringValue": "a"}]]]
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.describe_statement(Id="00000000-0000-0000-0000-000000000000")


def test_the_aws_command(warehouse: Warehouse, shell: dict[str, str]):
    """The program itself succeeds, and reports an error as it does on AWS."""
    program = Path(sys.executable).parent / "aws"
    environment = {"PATH": os.environ["PATH"], **shell}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=False)

    got = run("redshift-serverless", "get-workgroup", "--workgroup-name", warehouse.name, "--query", "workgroup.status")
    assert (got.returncode, got.stdout) == (0, '"AVAILABLE"\n'), got.stderr
    refused = run("redshift-data", "describe-statement", "--id", "00000000-0000-0000-0000-000000000000")
    assert refused.returncode != 0
    assert (
        "An error occurred (ResourceNotFoundException) when calling the DescribeStatement operation" in refused.stderr
    )


def test_the_cli_runs_and_reads_a_statement(warehouse: Warehouse, aws):
    """execute-statement, describe-statement, get-statement-result, cancel-statement, batch-execute-statement."""
    target = ("--workgroup-name", warehouse.name, "--database", warehouse.database, "--secret-arn", warehouse.secret)
    parameters = '[{"name": "n", "value": "2"}]'
    made = aws("redshift-data", "execute-statement", *target, "--sql", "SELECT 1 + :n AS n", "--parameters", parameters)
    described = aws("redshift-data", "describe-statement", "--id", made["Id"], "--wait-time-seconds", "10")
    assert (described["Status"], described["ResultRows"], described["HasResultSet"]) == ("FINISHED", 1, True)
    assert aws("redshift-data", "get-statement-result", "--id", made["Id"])["Records"] == [[{"longValue": 3}]]
    batch = aws("redshift-data", "batch-execute-statement", *target, "--sqls", "SELECT 1", warehouse.slow_query(60))
    assert aws("redshift-data", "cancel-statement", "--id", batch["Id"]) == {"Status": True}
    described = aws("redshift-data", "describe-statement", "--id", batch["Id"], "--wait-time-seconds", "10")
    assert described["Status"] == "ABORTED"


def test_the_cli_lists(warehouse: Warehouse, aws):
    """list-databases, -schemas, -tables, -statements, -sessions and describe-table, with the CLI's pagination."""
    warehouse.do("CREATE SCHEMA listed", *(f"CREATE TABLE listed.t{number} (id INT, d DATE)" for number in range(3)))
    warehouse.run("SELECT 1", StatementName="for-the-cli", SessionKeepAliveSeconds=5)
    target = ("--workgroup-name", warehouse.name, "--database", warehouse.database, "--secret-arn", warehouse.secret)
    assert warehouse.database in aws("redshift-data", "list-databases", *target)["Databases"]
    assert aws("redshift-data", "list-schemas", *target, "--schema-pattern", "list%")["Schemas"] == ["listed"]
    tables = aws("redshift-data", "list-tables", *target, "--schema-pattern", "listed", "--page-size", "2")["Tables"]
    assert [table["name"] for table in tables] == ["t0", "t1", "t2"]
    described = aws("redshift-data", "describe-table", *target, "--schema", "listed", "--table", "t1")
    assert [column["typeName"] for column in described["ColumnList"]] == ["int4", "date"]
    found = aws("redshift-data", "list-statements", "--statement-name", "for-the")["Statements"]
    assert [statement["StatementName"] for statement in found] == ["for-the-cli"]
    sessions = aws("redshift-data", "list-sessions", "--workgroup-name", warehouse.name)["Sessions"]
    assert [session["Status"] for session in sessions] == ["AVAILABLE"]


def test_the_cli_and_redshift_serverless(warehouse: Warehouse, aws):
    """get-workgroup, list-namespaces, get-credentials, tag-resource, list-tags-for-resource, untag-resource."""
    workgroup = aws("redshift-serverless", "get-workgroup", "--workgroup-name", warehouse.name)["workgroup"]
    names = [namespace["namespaceName"] for namespace in aws("redshift-serverless", "list-namespaces")["namespaces"]]
    assert workgroup["namespaceName"] in names
    credentials = aws("redshift-serverless", "get-credentials", "--workgroup-name", warehouse.name)
    assert credentials["dbUser"] == "IAM:root"
    arn = ("--resource-arn", workgroup["workgroupArn"])
    aws("redshift-serverless", "tag-resource", *arn, "--tags", "key=team,value=data")
    assert aws("redshift-serverless", "list-tags-for-resource", *arn)["tags"] == [{"key": "team", "value": "data"}]
    aws("redshift-serverless", "untag-resource", *arn, "--tag-keys", "team")
    assert aws("redshift-serverless", "list-tags-for-resource", *arn)["tags"] == []


def test_awswrangler(warehouse: Warehouse, shell: dict[str, str]):
    """wr.data_api.redshift connects, and read_sql_query returns a data frame with the right types."""
    del shell
    connection = awswrangler.data_api.redshift.connect(
        workgroup_name=warehouse.name, database=warehouse.database, secret_arn=warehouse.secret
    )
    frame = awswrangler.data_api.redshift.read_sql_query(
        "SELECT 1 AS n, 'a' AS word, TRUE AS yes, 2.5::float8 AS half UNION ALL SELECT 2, NULL, FALSE, 1 ORDER BY n",
        con=connection,
    )
    expected = pd.DataFrame({"n": [1, 2], "word": ["a", None], "yes": [True, False], "half": [2.5, 1.0]})
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


def test_awswrangler_reports_a_failed_statement(warehouse: Warehouse, shell: dict[str, str]):
    """With the message of the database."""
    del shell
    connection = awswrangler.data_api.redshift.connect(
        workgroup_name=warehouse.name, database=warehouse.database, secret_arn=warehouse.secret
    )
    with pytest.raises(Exception, match='relation "nowhere" does not exist'):
        awswrangler.data_api.redshift.read_sql_query("SELECT * FROM nowhere", con=connection)


def test_awswrangler_copies_what_it_wrote(warehouse: Warehouse, shell: dict[str, str]):
    """A COPY statement loads a file from the sandbox's S3, and a query returns its rows."""
    del shell
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="frames")
    file = io.BytesIO()
    pq.write_table(pa.table({"id": pa.array([1, 2], pa.int32()), "word": ["x", "y"]}), file)
    s3.put_object(Bucket="frames", Key="words/part-0.parquet", Body=file.getvalue())
    make_role(warehouse.aws, ROLE.rpartition("/")[2], allow(["s3:Get*", "s3:List*"], "*"))
    boto3.client("redshift-serverless").update_namespace(namespaceName=warehouse.name, iamRoles=[ROLE])
    connection = awswrangler.data_api.redshift.connect(
        workgroup_name=warehouse.name, database=warehouse.database, secret_arn=warehouse.secret
    )
    connection.execute("CREATE TABLE words (id INT, word VARCHAR(10))", database=warehouse.database)
    connection.execute(
        f"COPY words FROM 's3://frames/words/' IAM_ROLE '{ROLE}' FORMAT AS PARQUET", database=warehouse.database
    )
    frame = awswrangler.data_api.redshift.read_sql_query("SELECT * FROM words ORDER BY id", con=connection)
    assert frame.to_dict("records") == [{"id": 1, "word": "x"}, {"id": 2, "word": "y"}]
