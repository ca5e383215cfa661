"""The KMS key of a deployment with `customer_managed_key=on`."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


def customer_managed_key(scope: Construct) -> kms.Key:
    """A key for the lake, the warehouse, its admin secret and the seeder's log, rotated every year.

    KMS never deletes a key immediately: after `cdk destroy` it waits seven days, the shortest period that AWS allows.
    """
    key = kms.Key(
        scope,
        "Key",
        description="Encrypts the supply-chain sample warehouse: lake, namespace, admin secret, log",
        enable_key_rotation=True,
        pending_window=Duration.days(7),
        removal_policy=RemovalPolicy.DESTROY,
    )
    _allow_cloudwatch_logs(key, Stack.of(scope))
    return key


def _allow_cloudwatch_logs(key: kms.Key, stack: Stack) -> None:
    """CloudWatch Logs uses the key as a service principal, which the key's policy has to allow."""
    groups = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
