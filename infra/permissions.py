"""What the seeder may do: the role of its function, statement by statement."""

from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

STATEMENT_OWNER: Final = "redshift-data:statement-owner-iam-userid"
"""Condition key of the calls that take the id of a statement and no resource."""

OWNING_SERVICE: Final = "secretsmanager:ResourceTag/aws:secretsmanager:owningService"
"""Condition key that tells which service manages a secret."""


def seeder_role(
    scope: Construct,
    *,
    lake: s3.IBucket,
    key: kms.IKey | None,
    log_group: logs.ILogGroup,
    stack_tag: tuple[str, str],
) -> iam.Role:
    """The role of the seeder's function.

    Its policies stand inside it: whatever depends on the role has them, until it is deleted itself.
    """
    return iam.Role(
        scope,
        "Role",
        description="Makes, loads and removes the sample data",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={
            "Lake": iam.PolicyDocument(statements=_lake(lake, key)),
            "Warehouse": iam.PolicyDocument(statements=_warehouse(Stack.of(scope), stack_tag)),
            "Logs": iam.PolicyDocument(statements=_logs(log_group)),
        },
    )


def _lake(bucket: s3.IBucket, key: kms.IKey | None) -> list[iam.PolicyStatement]:
    statements = [
        iam.PolicyStatement(actions=["s3:ListBucket", "s3:ListBucketVersions"], resources=[bucket.bucket_arn]),
        iam.PolicyStatement(
            actions=[
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:GetObject",
                "s3:PutObject",
            ],
            resources=[bucket.arn_for_objects("*")],
        ),
    ]
    if key:  # the admin secret's too
        statements.append(iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]))
    return statements


def _warehouse(stack: Stack, stack_tag: tuple[str, str]) -> list[iam.PolicyStatement]:
    """Statements in every workgroup of this stack, found by its tag.

    Not one workgroup's ARN: while a renamed one replaces another, the seeder still cleans up the other.
    """
    key, value = stack_tag
    tag = {f"aws:ResourceTag/{key}": value}
    workgroups = stack.format_arn(service="redshift-serverless", resource="workgroup", resource_name="*")
    namespaces = stack.format_arn(service="redshift-serverless", resource="namespace", resource_name="*")
    secrets = stack.format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name="redshift!*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return [
        iam.PolicyStatement(
            actions=["redshift-serverless:GetNamespace", "redshift-serverless:GetWorkgroup"],
            resources=[workgroups, namespaces],
            # What is gone has no tag: a Delete must hear that it is gone, and not that it may not ask.
            conditions={"StringEqualsIfExists": tag},
        ),
        iam.PolicyStatement(
            actions=["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"],
            resources=[workgroups],
            conditions={"StringEquals": tag},
        ),
        iam.PolicyStatement(
            actions=[
                "redshift-data:CancelStatement",
                "redshift-data:DescribeStatement",
                "redshift-data:GetStatementResult",
                "redshift-data:ListStatements",
            ],
            resources=["*"],  # they take no resource
            conditions={"StringEquals": {STATEMENT_OWNER: "${aws:userid}"}},
        ),
        iam.PolicyStatement(
            actions=["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            resources=[secrets],
            conditions={"StringEquals": {OWNING_SERVICE: "redshift"}},
        ),
    ]


def _logs(log_group: logs.ILogGroup) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]),
        # A late line would bring a deleted log group back.
        iam.PolicyStatement(effect=iam.Effect.DENY, actions=["logs:CreateLogGroup"], resources=["*"]),
    ]
