"""The customer managed key of a deployment with `customer_managed_key=on`."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


def customer_managed_key(scope: Construct) -> kms.Key:
    """A key, rotated every year, for the lake, the warehouse with its admin secret, and the seeder's log.

    KMS deletes no key at once: after `cdk destroy` it waits for the shortest time that AWS allows, seven days.
    """
    key = kms.Key(
        scope,
        "Key",
        description="Encrypts the supply-chain sample warehouse: lake, namespace, admin secret, log",
        enable_key_rotation=True,
        pending_window=Duration.days(7),
        removal_policy=RemovalPolicy.DESTROY,
    )
    _let_logs_use(key, Stack.of(scope))
    return key


def _let_logs_use(key: kms.Key, stack: Stack) -> None:
    """CloudWatch Logs uses a key in its own name, so that the key's policy must say so."""
    groups = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
