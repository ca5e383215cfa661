"""What the stack's roles may do, statement by statement, and what each statement is for.

The statements' Sids are the keys of `PURPOSES`, which docs/security.md is made from. A call that is not made has no
place here: tests/seeder/test_permissions.py holds the statements against the calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

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

PURPOSES: Final[Mapping[str, str]] = {
    "ListLake": "Find the generations in the lake, and every version of what is to be removed",
    "WriteLake": "Write a generation, read its manifest, remove the generations that are superseded",
    "UseKey": "Encrypt and decrypt the lake's files and the function's settings, and decrypt the admin's secret",
    "FindNamespace": "Learn the name of the admin's secret, and of the first database",
    "FindWorkgroup": "Wait until the workgroup is available. What is gone has no tag: a Delete must hear that it is "
    "gone, and not that it may not ask",
    "RunStatements": "Create, fill, verify and drop the six tables",
    "FollowStatements": "Wait for its own statements, read their results and cancel them. These calls take no resource",
    "ReadAdminSecret": "Let the Data API log in as the admin, who owns the tables",
    "DecryptAdminSecret": "Likewise, where a key of its own encrypts the secret",
    "WriteLog": "Write the function's log",
    "KeepDeletedLogDeleted": "A late line of the function would bring a deleted log group back",
    "FindFiles": "COPY finds the files of a table by how their names begin",
    "ReadFiles": "COPY reads them",
    "DecryptFiles": "COPY decrypts them",
}
"""What each statement is for, by its Sid."""


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
    managed_secrets: str
    """Name of the admin's secret, with wildcards, where AWS manages it: ``redshift!<namespace>-<admin>-<random>``."""

    admin_secret: secretsmanager.ISecret | None = None
    """Holds the admin's password, where AWS does not manage it."""


class LakePart(Protocol):
    """Where generations lie: a bucket, and a prefix in it."""

    @property
    def bucket(self) -> s3.IBucket: ...

    @property
    def prefix(self) -> str: ...


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


def copy_role(scope: Construct, *, lake: LakePart, key: kms.IKey | None) -> iam.Role:
    """The role that the warehouse reads the lake with, for COPY."""
    bucket = lake.bucket
    statements = [
        _allow("FindFiles", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket.bucket_arn]),
        _allow("ReadFiles", ["s3:GetObject"], [bucket.arn_for_objects(f"{lake.prefix}*")]),
    ]
    if key:
        statements.append(_allow("DecryptFiles", ["kms:Decrypt"], [key.key_arn]))
    return iam.Role(
        scope,
        "CopyRole",
        description="Reads the lake for COPY",
        # No condition on the source: AWS documents none that Redshift would send.
        assumed_by=iam.CompositePrincipal(
            iam.ServicePrincipal("redshift.amazonaws.com"),
            iam.ServicePrincipal("redshift-serverless.amazonaws.com"),
        ),
        inline_policies={"ReadLake": iam.PolicyDocument(statements=statements)},
    )


def _lake(bucket: s3.IBucket, prefix: str, key: kms.IKey | None) -> list[iam.PolicyStatement]:
    files = ["AbortMultipartUpload", "DeleteObject", "DeleteObjectVersion", "GetObject", "PutObject"]
    statements = [
        _allow("ListLake", ["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn]),
        _allow("WriteLake", [f"s3:{action}" for action in files], [bucket.arn_for_objects(f"{prefix}*")]),
    ]
    if key:
        statements.append(_allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn]))
    return statements


def _warehouse(stack: Stack, reach: WarehouseReach) -> list[iam.PolicyStatement]:
    workgroups, namespaces = reach.workgroups, reach.namespaces
    return [
        *(
            # What is gone has no tag.
            _allow(sid, [action], reached.arns, reached.conditions("StringEqualsIfExists"))
            for sid, action, reached in (
                ("FindNamespace", "redshift-serverless:GetNamespace", namespaces),
                ("FindWorkgroup", "redshift-serverless:GetWorkgroup", workgroups),
            )
        ),
        _allow(
            "RunStatements",
            ["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"],
            workgroups.arns,
            workgroups.conditions("StringEquals"),
        ),
        _allow(
            "FollowStatements",
            [
                "redshift-data:CancelStatement",
                "redshift-data:DescribeStatement",
                "redshift-data:GetStatementResult",
                "redshift-data:ListStatements",
            ],
            ["*"],
            {"StringEquals": {STATEMENT_OWNER: "${aws:userid}"}},
        ),
        *_admin_secret(stack, reach),
    ]


def _admin_secret(stack: Stack, reach: WarehouseReach) -> list[iam.PolicyStatement]:
    """Reading the secret that was named, or else the one that Redshift manages: AWS chooses its name and ARN."""
    secret, actions = reach.admin_secret, ["secretsmanager:GetSecretValue"]
    if secret is None:
        managed = stack.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=reach.managed_secrets,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return [_allow("ReadAdminSecret", actions, [managed], {"StringEquals": {OWNING_SERVICE: "redshift"}})]
    statements = [_allow("ReadAdminSecret", actions, [secret.secret_full_arn or f"{secret.secret_arn}-??????"])]
    if secret.encryption_key:
        statements.append(_allow("DecryptAdminSecret", ["kms:Decrypt"], [secret.encryption_key.key_arn]))
    return statements


def _logs(log_group: logs.ILogGroup) -> list[iam.PolicyStatement]:
    return [
        _allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn]),
        _statement("KeepDeletedLogDeleted", iam.Effect.DENY, ["logs:CreateLogGroup"], ["*"]),
    ]


def _allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> iam.PolicyStatement:
    return _statement(sid, iam.Effect.ALLOW, actions, resources, conditions)


def _statement(
    sid: str,
    effect: iam.Effect,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
) -> iam.PolicyStatement:
    if sid not in PURPOSES:
        raise KeyError(sid)
    return iam.PolicyStatement(sid=sid, effect=effect, actions=actions, resources=resources, conditions=conditions)
