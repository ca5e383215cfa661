"""The policy statements of the stack's roles, and the purpose of each.

The Sids of the statements are the keys of `PURPOSES`, from which docs/security.md is generated. Only calls that are
made are allowed: tests/seeder/test_iam.py runs the seeder with these statements, and with each action left out.
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
"""Condition key for calls that take a statement's id and support no resource."""

SESSION_OWNER: Final = "redshift-data:session-owner-iam-userid"
"""Condition key for calls in an open session, which name no workgroup."""

OWNING_SERVICE: Final = "secretsmanager:ResourceTag/aws:secretsmanager:owningService"
"""Condition key for the service that manages a secret."""

PURPOSES: Final[Mapping[str, str]] = {
    "ReadStackStatus": "Tell an update from its rollback, and the deletion of the stack from that of a resource, which "
    "the events do not say",
    "ListLake": "List the generations in the lake, and all versions of the objects to be deleted",
    "WriteLake": "Write a generation, read its manifest, delete superseded generations",
    "UseKey": "Encrypt and decrypt the lake's files and the function's settings, and decrypt the admin's secret",
    "FindNamespace": "Look up the name of the admin's secret and of the first database",
    "FindWorkgroup": "Wait until the workgroup is available. A deleted workgroup has no tags: a Delete must get "
    "`ResourceNotFoundException`, not `AccessDeniedException`",
    "RunStatements": "Create, fill, verify and drop the six tables",
    "UseSessions": "The same, in a session that it opened itself: these calls name no workgroup",
    "FollowStatements": "Wait for its own statements, read their results, cancel them. These calls support no resource",
    "ReadAdminSecret": "Let the Data API connect as the admin, who owns the tables",
    "DecryptAdminSecret": "The same, where the secret is encrypted with a KMS key",
    "WriteLog": "Write the function's log",
    "KeepDeletedLogDeleted": "A late log line of the function would recreate a deleted log group",
    "FindFiles": "COPY lists the files of a table by prefix",
    "ReadFiles": "COPY reads them",
    "DecryptFiles": "COPY decrypts them",
}
"""The purpose of each statement, by its Sid."""


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The workgroups or namespaces that a statement allows."""

    arns: Sequence[str]
    tag: tuple[str, str] | None = None
    """Key and value of the tag that they must have, where the ARNs contain a wildcard."""

    def conditions(self, operator: str) -> dict[str, dict[str, str]] | None:
        """The policy condition on the tag, with an operator such as StringEquals."""
        return {operator: {f"aws:ResourceTag/{self.tag[0]}": self.tag[1]}} if self.tag else None


@dataclass(frozen=True, kw_only=True)
class WarehouseAccess:
    """The resources of Redshift Serverless that the seeder works with."""

    workgroups: Resources
    namespaces: Resources
    managed_secrets: str
    """Name pattern of the admin's secret if AWS manages it: ``redshift!<namespace>-<admin>-<random>``."""

    admin_secret: secretsmanager.ISecret | None = None
    """Contains the admin's password if AWS does not manage it."""


class LakeLocation(Protocol):
    """Where generations are stored: a bucket, and a prefix in it."""

    @property
    def bucket(self) -> s3.IBucket: ...

    @property
    def prefix(self) -> str: ...


def seeder_role(
    scope: Construct,
    *,
    bucket: s3.IBucket,
    prefix: str,
    warehouse: WarehouseAccess,
    key: kms.IKey | None,
    log_group: logs.ILogGroup,
) -> iam.Role:
    """The role of the seeder's function.

    Its policies are inline, so whatever depends on the role has its permissions until it is deleted itself.

    Parameters
    ----------
    bucket, prefix
        The bucket of the lake, and the prefix in it.
    warehouse
        Where generations are loaded to.
    key
        The KMS key of the lake and the admin's secret; None if they are encrypted with AWS's own keys.
    log_group
        Where the function logs to.
    """
    return iam.Role(
        scope,
        "Role",
        description="Makes, loads and removes the sample data",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={
            "Stack": iam.PolicyDocument(
                statements=[_allow("ReadStackStatus", ["cloudformation:DescribeStacks"], [Stack.of(scope).stack_id])]
            ),
            "Lake": iam.PolicyDocument(statements=_lake(bucket, prefix, key)),
            "Warehouse": iam.PolicyDocument(statements=_warehouse(Stack.of(scope), warehouse)),
            "Logs": iam.PolicyDocument(statements=_logs(log_group)),
        },
    )


def copy_role(scope: Construct, *, lake: LakeLocation, key: kms.IKey | None) -> iam.Role:
    """The role with which COPY reads the lake."""
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
        # No condition on the source: AWS documents no condition key that Redshift sends.
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


def _warehouse(stack: Stack, access: WarehouseAccess) -> list[iam.PolicyStatement]:
    workgroups, namespaces = access.workgroups, access.namespaces
    return [
        *(
            # A deleted resource has no tags.
            _allow(sid, [action], resources.arns, resources.conditions("StringEqualsIfExists"))
            for sid, action, resources in (
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
            "UseSessions",
            ["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"],
            ["*"],
            {"StringEquals": {SESSION_OWNER: "${aws:userid}"}},
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
            # Calls were denied with StringEquals on AWS: the key is not always present.
            {"StringEqualsIfExists": {STATEMENT_OWNER: "${aws:userid}"}},
        ),
        *_admin_secret(stack, access),
    ]


def _admin_secret(stack: Stack, access: WarehouseAccess) -> list[iam.PolicyStatement]:
    """Read the given secret, or else the one that Redshift manages, whose name and ARN AWS chooses."""
    secret, actions = access.admin_secret, ["secretsmanager:GetSecretValue"]
    if secret is None:
        managed = stack.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=access.managed_secrets,
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
