"""What a deployment with `checks=on` is held to: cdk-nag's AwsSolutions rules, and what it is let off, with reasons."""

from collections.abc import Iterator

from aws_cdk import Acknowledgment, App, CfnElement, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

from infra.stack import SupplyChainWarehouseStack

_OWN_PLACES = "arn:<AWS::Partition>:redshift-serverless:<AWS::Region>:<AWS::AccountId>"
_SECRETS = "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret"


def check(app: App, stack: SupplyChainWarehouseStack) -> None:
    """Let any finding of cdk-nag that is not acknowledged here stop the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    for construct, rule, reason in _acknowledged(stack):
        Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))


def _acknowledged(stack: SupplyChainWarehouseStack) -> Iterator[tuple[IConstruct, str, str]]:
    yield stack.network, "VPC7", "Nothing but S3 can be reached, and flow logs would cost more than the rest"
    yield stack.lake, "S1", "Sample data that anyone can make again; a bucket of access logs would outlive the stack"

    bucket = stack.lake.bucket.node.default_child
    if not isinstance(bucket, CfnElement):
        raise TypeError(bucket)
    objects = f"IAM5[Resource::<{stack.get_logical_id(bucket)}.Arn>/*]"
    role = stack.warehouse.copy_role
    if role is None:
        raise TypeError(role)
    yield role, objects, "COPY reads any file of the lake, and nothing else"

    seeder = stack.seeder
    yield seeder, objects, "The seeder writes, reads and removes the files of the lake, and nothing else"
    for kind in ("namespace", "workgroup"):
        yield (
            seeder,
            f"IAM5[Resource::{_OWN_PLACES}:{kind}/*]",
            "A renamed place is cleaned up while another replaces it; a condition on the stack's tag keeps to its own",
        )
    yield (
        seeder,
        f"IAM5[Resource::{_SECRETS}:redshift!*]",
        "AWS names the admin secret; only what Redshift manages can be read",
    )
    yield (
        seeder,
        "IAM5[Resource::*]",
        "Calls by statement id take no resource, and have a condition on the statement's owner; the rest is a Deny",
    )
    yield seeder, "L1", "Python 3.13 is what the wheels in the bundle are made for; Lambda supports it until 2029"
