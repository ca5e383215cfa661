"""What the seeder may do: the role of its function, statement by statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

STATEMENT_OWNER: Final = "redshift-data:statement-owner-iam-userid"
"""Condition key of the calls that take the id of a statement and no resource."""

OWNING_SERVICE: Final = "secretsmanager:ResourceTag/aws:secretsmanager:owningService"
"""Condition key that tells which service manages a secret."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Which workgroups or namespaces statements may be about."""

    arns: Sequence[str]
    tag: tuple[str, str] | None = None
    """Key and value of the tag that tells them from others, where the ARNs do not."""

    def conditions(self, operator: str) -> dict[str, dict[str, str]] | None:
        """The policy condition on the tag, by an operator such as StringEquals."""
        return {operator: {f"aws:ResourceTag/{self.tag[0]}": self.tag[1]}} if self.tag else None


@dataclass(frozen=True, kw_only=True)
class WarehouseReach:
    """What of Redshift Serverless the seeder works with."""

    workgroups: Reach
    namespaces: Reach
    admin_secret: secretsmanager.ISecret | None = None
    """Holds the admin's password, where AWS does not manage it."""


def seeder_role(
    scope: Construct,
    *,
    bucket: s3.IBucket,
    prefix: str,
    warehouse: WarehouseReach,
    key: kms.IKey | None,
    log_group: logs.ILogGroup,
) -> iam.Role:
    """The role of the seeder's function.

    Its policies stand inside it: whatever depends on the role has them, until it is deleted itself.

    Parameters
    ----------
    bucket, prefix
        The bucket that holds the lake, and where in it.
    warehouse
        Where generations are loaded.
    key
        What encrypts lake and admin secret; AWS's own keys where it is None.
    log_group
        Where the function logs.
    """
    return iam.Role(
        scope,
        "Role",
        description="Makes, loads and removes the sample data",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={
            "Lake": iam.PolicyDocument(statements=_lake(bucket, prefix, key)),
            "Warehouse": iam.PolicyDocument(statements=_warehouse(Stack.of(scope), warehouse)),
            "Logs": iam.PolicyDocument(statements=_logs(log_group)),
        },
    )


def _lake(bucket: s3.IBucket, prefix: str, key: kms.IKey | None) -> list[iam.PolicyStatement]:
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
            resources=[bucket.arn_for_objects(f"{prefix}*")],
        ),
    ]
    if key:  # the admin secret's too
        statements.append(iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]))
    return statements


def _warehouse(stack: Stack, reach: WarehouseReach) -> list[iam.PolicyStatement]:
    workgroups, namespaces = reach.workgroups, reach.namespaces
    return [
        *(
            iam.PolicyStatement(
                actions=actions,
                resources=list(reached.arns),
                # What is gone has no tag: a Delete must hear that it is gone, and not that it may not ask.
                conditions=reached.conditions("StringEqualsIfExists"),
            )
            for actions, reached in (
                (["redshift-serverless:GetNamespace"], namespaces),
                (["redshift-serverless:GetWorkgroup"], workgroups),
            )
        ),
        iam.PolicyStatement(
            actions=["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"],
            resources=list(workgroups.arns),
            conditions=workgroups.conditions("StringEquals"),
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
        *_admin_secret(stack, reach.admin_secret),
    ]


def _admin_secret(stack: Stack, secret: secretsmanager.ISecret | None) -> list[iam.PolicyStatement]:
    """Reading the secret that was named, or else any that Redshift manages: AWS chooses that one's name."""
    actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    if secret is None:
        managed = stack.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name="redshift!*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        conditions = {"StringEquals": {OWNING_SERVICE: "redshift"}}
        return [iam.PolicyStatement(actions=actions, resources=[managed], conditions=conditions)]
    statements = [
        iam.PolicyStatement(actions=actions, resources=[secret.secret_full_arn or f"{secret.secret_arn}-??????"])
    ]
    if secret.encryption_key:
        statements.append(iam.PolicyStatement(actions=["kms:Decrypt"], resources=[secret.encryption_key.key_arn]))
    return statements


def _logs(log_group: logs.ILogGroup) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]),
        # A late line would bring a deleted log group back.
        iam.PolicyStatement(effect=iam.Effect.DENY, actions=["logs:CreateLogGroup"], resources=["*"]),
    ]
