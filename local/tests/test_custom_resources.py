"""Custom resources whose function dies, or cannot do what it is asked."""

import io
import json
import time
import zipfile
from typing import Any

import pytest

from redshift_sandbox.testing import Sandbox

# The child process keeps the function's output open, as a pool of worker processes does.
KILLED = """
import os, signal, subprocess, sys
def handler(event, context):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    os.kill(os.getpid(), signal.SIGKILL)
"""
RAISES = """
def handler(event, context):
    raise OSError(28, "No space left on device")
"""
CANNOT_START = "import no_such_module"
ANSWERS = """
import json, urllib.request
def handler(event, context):
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "the-resource"}
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], method="PUT", data=body))
"""


def template(name: str, code: str) -> str:
    """Return a template with a custom resource, its function, and a bucket that each of the two needs."""
    properties = {"FunctionName": name, "Runtime": "python3.13", "Handler": "index.handler"}
    function = {**properties, "Role": "arn:aws:iam::000000000000:role/r", "Code": {"ZipFile": code}, "Timeout": 300}
    resources = {
        "Needed": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{name}-needed"}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function, "DependsOn": "Needed"},
        "Custom": {
            "Type": "Custom::Thing",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "ServiceTimeout": 600},
        },
        "Other": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{name}-other"}},
    }
    return json.dumps({"Resources": resources})


class Stack:
    """A stack with such a template."""

    def __init__(self, aws: Sandbox, name: str) -> None:
        self.name = name
        self.cloudformation, self.functions = aws.client("cloudformation"), aws.client("lambda")

    def create(self, code: str) -> str:
        self.cloudformation.create_stack(StackName=self.name, TemplateBody=template(self.name, code))
        return self.settled()

    def delete(self) -> str:
        self.cloudformation.delete_stack(StackName=self.name)
        return self.settled()

    def settled(self) -> str:
        """Wait until nothing is in progress, for much less time than ServiceTimeout, and return the status."""
        identifier = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        for _ in range(600):
            status = self.cloudformation.describe_stacks(StackName=identifier)["Stacks"][0]["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.1)
        raise AssertionError(status)

    def replace_code(self, code: str) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("index.py", code)
        self.functions.update_function_code(FunctionName=self.name, ZipFile=archive.getvalue())

    def left(self) -> dict[str, str]:
        """Return the status of each resource that the stack still has."""
        found = self.cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        return {
            resource["LogicalResourceId"]: resource["ResourceStatus"]
            for resource in found
            if resource["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def reasons(self, status: str) -> list[str]:
        events: list[dict[str, Any]] = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == status]


@pytest.mark.parametrize(
    ("code", "cause"),
    [(KILLED, "Worker process died"), (RAISES, "No space left on device"), (CANNOT_START, "no_such_module")],
    ids=["killed", "raises", "cannot start"],
)
def test_a_function_that_dies_fails_its_resource_at_once(sandbox: Sandbox, code: str, cause: str):
    """With the cause, instead of when ServiceTimeout is over. Its Delete fails too, and can be repeated."""
    stack = Stack(sandbox, f"dies-{cause.split(maxsplit=1)[0].lower().replace('_', '-')}")
    assert stack.create(code) == "ROLLBACK_FAILED"
    (reason,) = stack.reasons("CREATE_FAILED")
    assert reason.startswith("The function ended without an answer: ")
    assert cause in reason
    assert stack.left() == {"Needed": "CREATE_COMPLETE", "Function": "CREATE_COMPLETE", "Custom": "DELETE_FAILED"}
    stack.replace_code(ANSWERS)
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_failed_deletion_keeps_what_the_resource_needs(sandbox: Sandbox):
    """The resource keeps its function and what that depends on, the rest is deleted, and another deletion succeeds."""
    stack = Stack(sandbox, "kept-function")
    assert stack.create(ANSWERS) == "CREATE_COMPLETE"
    stack.replace_code(RAISES)
    for _ in range(2):
        assert stack.delete() == "DELETE_FAILED"
        assert stack.left() == {"Needed": "CREATE_COMPLETE", "Function": "CREATE_COMPLETE", "Custom": "DELETE_FAILED"}
        assert sandbox.client("s3").head_bucket(Bucket="kept-function-needed")
        assert stack.functions.get_function(FunctionName="kept-function")
    assert "The following resource(s) failed to delete: [Custom]." in stack.reasons("DELETE_FAILED")
    stack.replace_code(ANSWERS)
    assert stack.delete() == "DELETE_COMPLETE"
    assert not {"kept-function-needed", "kept-function-other"} & {
        bucket["Name"] for bucket in sandbox.client("s3").list_buckets()["Buckets"]
    }
