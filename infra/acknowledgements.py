"""The findings of cdk-nag, cfn-lint and checkov that are accepted: each on the narrowest construct, with the reason.

This is the only list: `infra.checks` suppresses cdk-nag's findings with it, `tools.lint_templates` those of the other
two, and docs/security.md is generated from what both report as suppressed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aws_cdk import CfnElement
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from infra.stack import SupplyChainWarehouseStack

NIST: Final = "NIST.800.53.R5"
PCI: Final = "PCI.DSS.321"
HIPAA: Final = "HIPAA.Security"

CFN_LINT: Final = "cfn-lint"
CHECKOV: Final = "checkov"

_REDSHIFT: Final = "arn:<AWS::Partition>:redshift-serverless:<AWS::Region>:<AWS::AccountId>"

_CHECKERS: Final = (
    (re.compile(r"(AwsSolutions|NIST\.800\.53\.R5|PCI\.DSS\.321|HIPAA\.Security)-.*"), r"\1"),
    (re.compile(r"CKV2?_AWS_\d+"), CHECKOV),
    (re.compile(r"[EWI]\d{4}"), CFN_LINT),
)
"""The pattern of rule names of each checker."""


@dataclass(frozen=True)
class Acknowledgement:
    """Rules whose findings on a construct are accepted: several where checkers have a rule each for the same thing."""

    construct: IConstruct
    rules: tuple[str, ...]
    reason: str


def acknowledgements(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    """All findings that are accepted in a stack."""
    yield from _network(stack)
    yield from _lake(stack)
    yield from _warehouse(stack)
    yield from _function(stack)
    yield from _seeder_role(stack)
    yield from _monitoring(stack)


def checker_of(rule: str) -> str:
    """The checker that a rule belongs to, named as in the CDK's report."""
    for pattern, name in _CHECKERS:
        if found := pattern.fullmatch(rule):
            return found.expand(name)
    raise ValueError(f"{rule}: no checker has a rule of this name")


def _network(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    yield Acknowledgement(
        stack.network.vpc,
        ("AwsSolutions-VPC7", *_in("VPCFlowLogsEnabled")),
        "The VPC has no internet gateway, NAT gateway or peering connection, and its security group allows no inbound "
        "traffic. The only possible flow, with enhanced_vpc_routing=on, is from the warehouse to S3 and Glue, which "
        "CloudTrail records in more detail than flow logs would",
    )
    yield Acknowledgement(
        stack.network.vpc,
        _in("VPCDefaultSecurityGroupClosed"),
        "No resource uses the default security group. CloudFormation cannot remove its rules, and the CDK's workaround "
        "adds a function with permissions on security groups, whose log group outlives the stack",
    )


def _lake(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    yield Acknowledgement(
        stack.lake.bucket,
        ("AwsSolutions-S1", *_in("S3BucketLoggingEnabled"), "CKV_AWS_18"),
        "The bucket holds generated sample data only. Access logs would need a second bucket, which would either "
        "outlive the stack or be deleted along with its logs; where an audit trail is required, use CloudTrail data "
        "events",
    )
    yield Acknowledgement(
        stack.lake.bucket,
        _in("S3BucketReplicationEnabled"),
        "The data can be regenerated: the same settings produce the same bytes in any region",
    )
    yield Acknowledgement(
        stack.lake.bucket,
        _in("S3DefaultEncryptionKMS"),
        "By default the bucket is encrypted with SSE-S3, which is free of charge; customer_managed_key=on switches to "
        "SSE-KMS with the stack's key",
    )


def _warehouse(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    role = stack.warehouse.copy_role
    if role is None:
        raise TypeError(role)
    yield _inline_policy(role)
    yield Acknowledgement(
        role,
        (f"AwsSolutions-IAM5[Resource::{_objects_of(stack.lake.bucket)}]",),
        "COPY reads any object in this one bucket, because each generation's files have new names. The role cannot "
        "write",
    )
    yield _redundant_depends_on(stack.warehouse.workgroup)


def _function(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    seeder = stack.seeder
    function = seeder.function
    yield Acknowledgement(
        function,
        ("AwsSolutions-L1",),
        "The dependencies in the bundle are built and tested for Python 3.13, which Lambda supports until 2029",
    )
    yield Acknowledgement(
        function,
        (*_in("LambdaInsideVPC"), "CKV_AWS_117"),
        "The function calls AWS APIs only (S3, the Data API, CloudFormation's response URL), over TLS and authorized "
        "by IAM or a presigned URL. Inside the VPC it would need interface endpoints or a NAT gateway, which cost more "
        "than the rest of the stack, and its network interfaces would delay cdk destroy",
    )
    yield Acknowledgement(
        function,
        (*_in("LambdaConcurrency", NIST, HIPAA), "CKV_AWS_115"),
        "Only CloudFormation invokes the function, once per change. Reserved concurrency is deducted from the "
        "account's limit, and cannot be set in an account that still has the initial quota",
    )
    yield Acknowledgement(
        function,
        (*_in("LambdaDLQ", NIST, HIPAA), "CKV_AWS_116"),
        "No event is lost unnoticed: invocations are not retried, and CloudFormation waits for a response and fails "
        "the deployment if there is none. monitoring=on adds an alarm",
    )
    yield Acknowledgement(
        function,
        ("CKV_AWS_173",),
        "The environment variables are three names for logs and metrics, no secrets. Lambda encrypts them at rest by "
        "default; customer_managed_key=on uses the stack's KMS key",
    )
    yield Acknowledgement(
        seeder.log_group,
        (*_in("CloudWatchLogGroupEncrypted"), "CKV_AWS_158"),
        "CloudWatch Logs encrypts the log group at rest by default, and no secret is logged; customer_managed_key=on "
        "uses the stack's KMS key",
    )
    for construct in filter(None, (function, seeder.lake_contents, seeder.generation)):
        yield _redundant_depends_on(construct)


def _seeder_role(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    role = stack.seeder.role
    yield _inline_policy(role)
    yield Acknowledgement(
        role,
        (f"AwsSolutions-IAM5[Resource::{_objects_of(stack.lake.bucket)}]",),
        "The function writes, reads and deletes objects anywhere in this one bucket, which belongs to the stack",
    )
    yield Acknowledgement(
        role,
        tuple(f"AwsSolutions-IAM5[Resource::{_REDSHIFT}:{kind}/*]" for kind in ("namespace", "workgroup")),
        "When a workgroup is renamed, the function still cleans up the one that is replaced, whose id is unknown to "
        "the template. A condition on the stack's tag restricts SQL to the stack's own workgroups; workgroups and "
        "namespaces without that tag can be described, nothing more",
    )
    yield Acknowledgement(
        role,
        ("AwsSolutions-IAM5[Resource::*]",),
        "Data API calls on a statement id do not support resource-level permissions, and calls in an open session name "
        "no workgroup; conditions restrict them to statements and sessions of the caller. The third statement on all "
        "resources is a Deny",
    )


def _monitoring(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    for alarm in stack.monitoring.alarms if stack.monitoring else ():
        yield Acknowledgement(
            alarm,
            _in("CloudWatchAlarmAction", NIST, HIPAA),
            "alarm_topic sets who is notified, which is the account owner's decision. Without a topic the alarm is "
            "visible on the dashboard",
        )


def _inline_policy(role: IConstruct) -> Acknowledgement:
    return Acknowledgement(
        role,
        _in("IAMNoInlinePolicy"),
        "The policy is for this role alone. Inline, it cannot be attached to anything else, and it is deleted only "
        "along with the role, so that the cleanup on delete always has its permissions",
    )


def _redundant_depends_on(construct: IConstruct) -> Acknowledgement:
    return Acknowledgement(
        construct,
        ("W3005",),
        "The CDK turns a dependency on a construct into one on every resource in it, including those that the "
        "resource references anyway",
    )


def _in(rule: str, *packs: str) -> tuple[str, ...]:
    """The names of a control in the given rule packs, or in all three."""
    return tuple(f"{pack}-{rule}" for pack in packs or (NIST, PCI, HIPAA))


def _objects_of(bucket: s3.IBucket) -> str:
    resource = bucket.node.default_child
    if not isinstance(resource, CfnElement):
        raise TypeError(resource)
    return f"<{resource.stack.get_logical_id(resource)}.Arn>/*"
