"""What the checkers find and the stack is let off, each on the narrowest resource and with its reason.

The only list there is: `infra.checks` hands it to the CDK, and docs/security.md is made from what the CDK then reports.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aws_cdk import CfnElement
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from infra.stack import SupplyChainWarehouseStack
from infra.warehouse import ADMIN

NIST: Final = "NIST.800.53.R5"
PCI: Final = "PCI.DSS.321"
HIPAA: Final = "HIPAA.Security"

_OWN_PLACES: Final = "arn:<AWS::Partition>:redshift-serverless:<AWS::Region>:<AWS::AccountId>"
_SECRETS: Final = "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret"

OBSOLETE_DEPENDS_ON: Final = "W3005"


@dataclass(frozen=True)
class Acknowledgement:
    """Rules that a construct is let off. Several where several checkers have one and the same thing against it."""

    construct: IConstruct
    rules: tuple[str, ...]
    reason: str


def acknowledgements(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    """All that a stack is let off."""
    yield from _of_the_network(stack)
    yield from _of_the_lake(stack)
    yield from _of_the_warehouse(stack)
    yield from _of_the_function(stack)
    yield from _of_the_seeder_s_role(stack)
    yield from _of_the_monitoring(stack)


def _of_the_network(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    yield Acknowledgement(
        stack.network.vpc,
        ("AwsSolutions-VPC7", *_in("VPCFlowLogsEnabled")),
        "No internet gateway, NAT or peering, and no rule that lets anything in: the one flow there can be is the "
        "warehouse's to S3, of which CloudTrail's data events tell more than a flow log does",
    )
    yield Acknowledgement(
        stack.network.vpc,
        _in("VPCDefaultSecurityGroupClosed"),
        "Nothing is in the default security group. CloudFormation cannot close it: the CDK's way adds a function with "
        "rights on security groups, whose log group outlives the stack",
    )


def _of_the_lake(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    yield Acknowledgement(
        stack.lake.bucket,
        ("AwsSolutions-S1", *_in("S3BucketLoggingEnabled"), "CKV_AWS_18"),
        "Generated sample data. Access logs need a second bucket, which outlives the stack or loses the logs with it; "
        "CloudTrail's data events serve where an audit is wanted",
    )
    yield Acknowledgement(
        stack.lake.bucket,
        _in("S3BucketReplicationEnabled"),
        "Nothing to lose: the settings make the same bytes again, in any region",
    )
    yield Acknowledgement(
        stack.lake.bucket,
        _in("S3DefaultEncryptionKMS"),
        "Encrypted with S3's own key by default, which costs nothing; with customer_managed_key=on by a KMS key",
    )


def _of_the_warehouse(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    role = stack.warehouse.copy_role
    if role is None:
        raise TypeError(role)
    yield _inline_policy(role)
    yield Acknowledgement(
        role,
        (f"AwsSolutions-IAM5[Resource::{_objects_of(stack.lake.bucket)}]",),
        "COPY reads any file of this one bucket, for each generation has new names of files; it may write none",
    )
    yield _obsolete_depends_on(stack.warehouse.workgroup)


def _of_the_function(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    seeder = stack.seeder
    function = seeder.function
    yield Acknowledgement(
        function,
        ("AwsSolutions-L1",),
        "Python 3.13 is what the wheels in the bundle are made and tested for; Lambda supports it until 2029",
    )
    yield Acknowledgement(
        function,
        (*_in("LambdaInsideVPC"), "CKV_AWS_117"),
        "It reaches AWS's APIs alone (S3, the Data API, CloudFormation's answer), over TLS and with IAM. Inside the "
        "VPC it would need interface endpoints or a NAT, which cost more than all the rest, and its network "
        "interfaces hold up cdk destroy",
    )
    yield Acknowledgement(
        function,
        (*_in("LambdaConcurrency", NIST, HIPAA), "CKV_AWS_115"),
        "CloudFormation alone calls it, once per change. A reservation takes from the account's concurrency, and fails "
        "in an account that still has the initial quota",
    )
    yield Acknowledgement(
        function,
        (*_in("LambdaDLQ", NIST, HIPAA), "CKV_AWS_116"),
        "No event can be lost unseen: a call is never repeated, and CloudFormation, which waits for its answer, fails "
        "the deployment where none comes. monitoring=on raises an alarm as well",
    )
    yield Acknowledgement(
        function,
        ("CKV_AWS_173",),
        "Three names for the log, and no secret. Lambda encrypts them with its own key; with customer_managed_key=on "
        "with a KMS key",
    )
    yield Acknowledgement(
        seeder.log_group,
        (*_in("CloudWatchLogGroupEncrypted"), "CKV_AWS_158"),
        "CloudWatch encrypts it with its own key, and no secret is written to it; with customer_managed_key=on it is "
        "encrypted with a KMS key",
    )
    for construct in filter(None, (function, seeder.lake_contents, seeder.generation)):
        yield _obsolete_depends_on(construct)


def _of_the_seeder_s_role(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    role = stack.seeder.role
    yield _inline_policy(role)
    yield Acknowledgement(
        role,
        (f"AwsSolutions-IAM5[Resource::{_objects_of(stack.lake.bucket)}]",),
        "It writes, reads and removes any file of this one bucket, which is the stack's own",
    )
    yield Acknowledgement(
        role,
        tuple(f"AwsSolutions-IAM5[Resource::{_OWN_PLACES}:{kind}/*]" for kind in ("namespace", "workgroup")),
        "While a renamed workgroup replaces another, it still empties the other, whose id no template can name. A "
        "condition on the stack's tag keeps statements to its own; it may describe, and no more, what has no such tag",
    )
    yield Acknowledgement(
        role,
        (f"AwsSolutions-IAM5[Resource::{_SECRETS}:redshift!*-{ADMIN}-*]",),
        "Redshift names the admin's secret after namespace and admin, and CloudFormation does not tell its ARN. The "
        "admin's name is this app's own, and a condition keeps to secrets that Redshift manages",
    )
    yield Acknowledgement(
        role,
        ("AwsSolutions-IAM5[Resource::*]",),
        "Data API calls by statement id take no resource: a condition keeps to the statements of this very role. The "
        "other statement on every resource is a Deny",
    )


def _of_the_monitoring(stack: SupplyChainWarehouseStack) -> Iterator[Acknowledgement]:
    for alarm in stack.monitoring.alarms if stack.monitoring else ():
        yield Acknowledgement(
            alarm,
            _in("CloudWatchAlarmAction", NIST, HIPAA),
            "Whom to tell is the account's to say: alarm_topic names the topic. Without one the dashboard shows it",
        )


def _inline_policy(role: IConstruct) -> Acknowledgement:
    return Acknowledgement(
        role,
        _in("IAMNoInlinePolicy"),
        "The policy is this role's alone: inside the role nobody can attach it elsewhere, and it lasts exactly as "
        "long, so that the clean-up on delete never runs without it",
    )


def _obsolete_depends_on(construct: IConstruct) -> Acknowledgement:
    return Acknowledgement(
        construct,
        (OBSOLETE_DEPENDS_ON,),
        "The CDK writes a dependency on a construct as one on each resource in it, those that are referred to included",
    )


def _in(rule: str, *packs: str) -> tuple[str, ...]:
    """A control by its name in each pack, in all three where none is given."""
    return tuple(f"{pack}-{rule}" for pack in packs or (NIST, PCI, HIPAA))


def _objects_of(bucket: s3.IBucket) -> str:
    resource = bucket.node.default_child
    if not isinstance(resource, CfnElement):
        raise TypeError(resource)
    return f"<{resource.stack.get_logical_id(resource)}.Arn>/*"
