"""What people remove from a deployment by hand."""

import time

import boto3

from tests.seeder.harness import SeededPlace


def drop_the_database(place: SeededPlace) -> None:
    """Drop the database, whichever sessions are open in it."""
    place.with_changes(database="dev").admin.execute(f'drop database "{place.database}" force')


def delete_the_workgroup(place: SeededPlace) -> None:
    """Delete the workgroup and its namespace."""
    serverless = boto3.client("redshift-serverless")
    serverless.delete_workgroup(workgroupName=place.workgroup)
    wait_until_gone(place.workgroup)
    serverless.delete_namespace(namespaceName=place.workgroup)


def wait_until_gone(workgroup: str) -> None:
    """Wait until a workgroup no longer exists."""
    serverless = boto3.client("redshift-serverless")
    while workgroup in [one["workgroupName"] for one in serverless.list_workgroups()["workgroups"]]:
        time.sleep(0.1)


def delete_the_secret(place: SeededPlace) -> None:
    """Delete the admin's secret."""
    secrets = boto3.client("secretsmanager")
    secrets.delete_secret(SecretId=place.admin.secret_arn, ForceDeleteWithoutRecovery=True)


def drop_the_schema(place: SeededPlace) -> None:
    """Drop the schema of the tables."""
    place.admin.execute("drop schema public cascade")
