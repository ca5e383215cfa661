"""The function of a custom resource: it runs SQL through the Data API and responds to CloudFormation."""

import json
import os

import boto3
import urllib3
from botocore.exceptions import ClientError


def handler(event, _context):
    properties = event["ResourceProperties"]
    print("event", event["RequestType"], event.get("PhysicalResourceId"))
    status, reason, data = "SUCCESS", "", {}
    journal = {name: value for name, value in event.items() if name != "ResponseURL"}
    boto3.client("s3").put_object(
        Bucket=properties["Journal"], Key=f"{event['RequestId']}.json", Body=json.dumps(journal)
    )
    try:
        if event["RequestType"] == "Delete":
            empty(properties["Journal"])
        elif properties.get("Fail") == "true":
            status, reason = "FAILED", "asked to fail"
        else:
            data = {"Version": os.environ["VERSION"], "User": current_user(properties)}
    except ClientError as error:
        status, reason = "FAILED", str(error)
    answer = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId") or "the-resource",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data,
    }
    urllib3.request("PUT", event["ResponseURL"], body=json.dumps(answer).encode())


def current_user(properties):
    data = boto3.client("redshift-data")
    made = data.execute_statement(
        WorkgroupName=properties["Workgroup"], Database="analytics", Sql="SELECT current_user", WaitTimeSeconds=30
    )
    return data.get_statement_result(Id=made["Id"])["Records"][0][0]["stringValue"]


def empty(bucket):
    for version in boto3.resource("s3").Bucket(bucket).object_versions.all():
        version.delete()
