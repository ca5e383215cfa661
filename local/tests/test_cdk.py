"""The real CDK CLI on a stack with one of everything: deploy, update, failed update, destroy."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.tests.checkout import ROOT
from redshift_sandbox.testing import Sandbox, sandbox

NAME = "Everything"
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
STACK = Path(__file__).parent / "stack.py"


class Project:
    """The cloud assembly of the stack, and the CDK CLI on it."""

    def __init__(self, aws: Sandbox, folder: Path) -> None:
        self.aws = aws
        self.folder = folder

    def synthesise(self) -> None:
        """Write the stack's assembly."""
        environment = {**self.aws.env, "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / ".cache" / "jsii")}
        environment["HOME"] = str(self.folder)  # the CDK library caches asset fingerprints there
        subprocess.run(
            [sys.executable, str(STACK), str(self.folder / "out")], env=environment, check=True, capture_output=True
        )

    def update(self, **parameters: str) -> str:
        """Update the stack without the CLI, which takes five seconds; return the final status."""
        cloudformation = self.aws.client("cloudformation")
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        cloudformation.update_stack(
            StackName=NAME, UsePreviousTemplate=True, Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        for _ in range(300):
            status = cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.1)
        raise AssertionError(status)

    def cdk(self, *arguments: str, ok: bool = True) -> str:
        """Run the CLI and return what it printed."""
        node = Path(sys.executable).parent / "node"
        command = [str(node) if node.exists() else "node", os.environ.get("CDK_CLI", str(CDK)), *arguments]
        environment = {**self.aws.env, "CDK_DISABLE_CLI_TELEMETRY": "true"}
        result = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert (result.returncode == 0) is ok, result.stdout + result.stderr
        return result.stdout + result.stderr

    def deploy(self, ok: bool = True, **parameters: str) -> str:
        given = [part for key, value in parameters.items() for part in ("--parameters", f"{key}={value}")]
        return self.cdk("deploy", "--require-approval", "never", "--app", "out", *given, ok=ok)

    def destroy(self) -> None:
        self.cdk("destroy", "--force", "--app", "out")

    def outputs(self) -> dict[str, str]:
        stack = self.aws.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]
        return {output["OutputKey"].removesuffix("Output"): output["OutputValue"] for output in stack["Outputs"]}

    def journal(self) -> list[dict[str, Any]]:
        """Return the events that the custom resource's function received, oldest first."""
        s3, bucket = self.aws.client("s3"), self.outputs()["Bucket"]
        keys = sorted(s3.list_objects_v2(Bucket=bucket).get("Contents", []), key=lambda entry: entry["LastModified"])
        return [json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()) for entry in keys]

    def inventory(self) -> dict[str, Any]:
        """Return the resources in every service that the stack uses."""
        client = self.aws.client
        ec2, glue, serverless = client("ec2"), client("glue"), client("redshift-serverless")
        return {
            "stacks": [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]],
            "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
            "log groups": [group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]],
            "roles": [role["RoleName"] for role in client("iam").list_roles()["Roles"]],
            "functions": [function["FunctionName"] for function in client("lambda").list_functions()["Functions"]],
            "secrets": [secret["Name"] for secret in client("secretsmanager").list_secrets()["SecretList"]],
            "namespaces": [entry["namespaceName"] for entry in serverless.list_namespaces()["namespaces"]],
            "workgroups": [entry["workgroupName"] for entry in serverless.list_workgroups()["workgroups"]],
            "databases": [database["Name"] for database in glue.get_databases()["DatabaseList"]],
            "vpcs": len(ec2.describe_vpcs()["Vpcs"]),
            "subnets": len(ec2.describe_subnets()["Subnets"]),
            "security groups": len(ec2.describe_security_groups()["SecurityGroups"]),
            "route tables": len(ec2.describe_route_tables()["RouteTables"]),
            "endpoints": len(ec2.describe_vpc_endpoints()["VpcEndpoints"]),
        }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A bootstrapped sandbox."""
    if not Path(os.environ.get("CDK_CLI", CDK)).exists():
        pytest.fail("the CDK CLI is missing: make setup installs it, or set CDK_CLI to its path")
    folder = tmp_path_factory.mktemp("cdk")
    with sandbox(folder / "state") as running:
        made = Project(running, folder)
        made.synthesise()
        made.cdk("bootstrap", "aws://000000000000/us-east-1")
        yield made
    shutil.rmtree(folder)


def test_deploy_update_roll_back_destroy(project: Project):
    """One stack from deploy to destroy: see the comments."""
    before = project.inventory()

    project.deploy()
    outputs = project.outputs()
    assert outputs["VpcCidr"] == "10.0.0.0/16"
    assert outputs["Address"] == "everything.000000000000.us-east-1.redshift-serverless.amazonaws.com"
    assert outputs["NamespaceArn"].startswith("arn:aws:redshift-serverless:us-east-1:000000000000:namespace/")
    assert outputs["Admin"] == "admin"
    assert outputs["Version"] == "1"
    # The function called the Data API as its own role.
    assert outputs["User"].startswith("IAMR:Everything-FunctionServiceRole")
    tags = project.aws.client("s3").get_bucket_tagging(Bucket=outputs["Bucket"])["TagSet"]
    assert {"Key": "team", "Value": "data"} in tags
    assert "aws:cloudformation:stack-name" in {tag["Key"] for tag in tags}

    # An update changes the function's environment and the custom resource.
    project.deploy(Version="2")
    assert project.outputs()["Version"] == "2"

    # When an update fails in the custom resource, the rollback updates it with the old properties.
    project.deploy(ok=False, Version="3", Fail="true")
    assert [event["ResourceProperties"]["Version"] for event in project.journal()[-2:]] == ["3", "2"]
    assert project.outputs()["Version"] == "2"

    # So it does when a later resource fails, and the table is rolled back too.
    assert project.update(Version="4", Late="true") == "UPDATE_ROLLBACK_COMPLETE"
    assert [event["ResourceProperties"]["Version"] for event in project.journal()[-2:]] == ["4", "2"]
    table = project.aws.client("glue").get_table(DatabaseName="everything", Name="things")["Table"]
    assert table["StorageDescriptor"]["Location"].endswith("/v2/")

    # A new capacity updates the workgroup in place; a new name replaces it and its namespace.
    assert project.update(Version="2", Capacity="16") == "UPDATE_COMPLETE"
    serverless = project.aws.client("redshift-serverless")
    assert serverless.get_workgroup(workgroupName="everything")["workgroup"]["baseCapacity"] == 16
    assert project.update(Version="2", Capacity="16", Workgroup="renamed") == "UPDATE_COMPLETE"
    assert [entry["workgroupName"] for entry in serverless.list_workgroups()["workgroups"]] == ["renamed"]
    assert [entry["namespaceName"] for entry in serverless.list_namespaces()["namespaces"]] == ["renamed"]

    # Nothing is left, even after enough time for the function to log once more.
    project.destroy()
    time.sleep(0.5)
    assert project.inventory() == before


def test_a_create_that_fails_is_followed_by_a_delete(project: Project):
    """The Delete has the physical id of the failed response, and nothing of the stack is left."""
    before = project.inventory()
    output = project.deploy(ok=False, Fail="true")
    assert "asked to fail" in output
    events = project.aws.client("cloudformation").describe_stack_events(StackName=NAME)["StackEvents"]
    custom = [
        (event["ResourceStatus"], event.get("PhysicalResourceId"))
        for event in events
        if event["LogicalResourceId"] == "Custom"
    ]
    # Newest first.
    assert custom[0] == ("DELETE_COMPLETE", "the-resource")
    assert "ROLLBACK_COMPLETE" in {event["ResourceStatus"] for event in events if event["LogicalResourceId"] == NAME}
    project.destroy()
    assert project.inventory() == before


def test_a_bucket_that_is_not_empty_stays(sandbox: Sandbox):
    """As on AWS, deleting its stack ends in DELETE_FAILED, and the objects are kept."""
    cloudformation, s3 = sandbox.client("cloudformation"), sandbox.client("s3")
    template = '{"Resources": {"Kept": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "kept"}}}}'
    cloudformation.create_stack(StackName="full", TemplateBody=template)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="full", WaiterConfig={"Delay": 1})
    s3.put_object(Bucket="kept", Key="a", Body=b"x")
    cloudformation.delete_stack(StackName="full")
    for _ in range(50):
        status = cloudformation.describe_stacks(StackName="full")["Stacks"][0]["StackStatus"]
        if status != "DELETE_IN_PROGRESS":
            break
        time.sleep(0.1)
    assert status == "DELETE_FAILED"
    assert s3.list_objects_v2(Bucket="kept")["KeyCount"] == 1


def test_a_resource_with_invalid_properties_fails_its_stack(sandbox: Sandbox):
    """A template's properties are validated like an API request."""
    cloudformation = sandbox.client("cloudformation")
    resource = {"Type": "AWS::RedshiftServerless::Namespace", "Properties": {"NamespaceName": "Not Allowed"}}
    cloudformation.create_stack(StackName="refused", TemplateBody=json.dumps({"Resources": {"Namespace": resource}}))
    for _ in range(50):
        stack = cloudformation.describe_stacks(StackName="refused")["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    events = cloudformation.describe_stack_events(StackName="refused")["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert any("regular expression pattern" in reason for reason in reasons)
