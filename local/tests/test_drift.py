"""Drift-aware change sets: resources that were deleted outside CloudFormation are created again."""

import json
from typing import Any

from redshift_sandbox.testing import Sandbox

NAME = "drifting"
RESOURCES: dict[str, Any] = {
    "Namespace": {"Type": "AWS::RedshiftServerless::Namespace", "Properties": {"NamespaceName": NAME}},
    "Catalog": {
        "Type": "AWS::Glue::Database",
        "Properties": {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": NAME}},
    },
    "Table": {
        "Type": "AWS::Glue::Table",
        "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseName": {"Ref": "Catalog"},
            "TableInput": {"Name": "t"},
        },
    },
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": NAME}},
}
TEMPLATE = json.dumps({"Resources": RESOURCES})


def change_set(sandbox: Sandbox, name: str, **options: str) -> dict[str, Any]:
    """Create a change set with the same template and return its description."""
    cloudformation = sandbox.client("cloudformation")
    cloudformation.create_change_set(StackName=NAME, ChangeSetName=name, TemplateBody=TEMPLATE, **options)
    return dict(cloudformation.describe_change_set(StackName=NAME, ChangeSetName=name))


def test_what_is_missing_is_created_again(sandbox: Sandbox):
    """In the mode REVERT_DRIFT a change set adds exactly the missing resources; without it there is no change."""
    cloudformation, glue = sandbox.client("cloudformation"), sandbox.client("glue")
    serverless = sandbox.client("redshift-serverless")
    cloudformation.create_stack(StackName=NAME, TemplateBody=TEMPLATE)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    glue.delete_database(Name=NAME)
    serverless.delete_namespace(namespaceName=NAME)
    assert change_set(sandbox, "ordinary")["Status"] == "FAILED"
    found = change_set(sandbox, "aware", DeploymentMode="REVERT_DRIFT")
    changes = {
        (one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in found["Changes"]
    }
    assert changes == {("Add", "Namespace"), ("Add", "Catalog"), ("Add", "Table")}
    cloudformation.execute_change_set(StackName=NAME, ChangeSetName="aware")
    cloudformation.get_waiter("stack_update_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    assert glue.get_table(DatabaseName=NAME, Name="t")["Table"]["Name"] == "t"
    assert serverless.get_namespace(namespaceName=NAME)["namespace"]["namespaceName"] == NAME
    assert change_set(sandbox, "again", DeploymentMode="REVERT_DRIFT")["Status"] == "FAILED"
    cloudformation.delete_stack(StackName=NAME)
