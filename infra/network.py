"""The network of the workgroup."""

from aws_cdk import Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.settings import DeploySettings


class Network(Construct):
    """Isolated subnets, from which only this account's S3 buckets can be reached.

    It is free of charge. The warehouse is queried through the Data API, so no inbound traffic is allowed.

    Parameters
    ----------
    availability_zones
        How many availability zones have a subnet.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, availability_zones: int = DeploySettings.availability_zones
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
            # Not max_azs: without a known account it means two at most.
            availability_zones=[Fn.select(index, Fn.get_azs()) for index in range(availability_zones)],
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Warehouse", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24)
            ],
            # This would add a function whose log group outlives the stack.
            restrict_default_security_group=False,
        )
        endpoint = self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        endpoint.add_to_policy(_buckets_of(Stack.of(self).account))
        self.security_group = closed_security_group(self, self.vpc)


def closed_security_group(scope: Construct, vpc: ec2.IVpc) -> ec2.SecurityGroup:
    """A security group that allows only outbound HTTPS, which reaches no more than S3 from an isolated subnet."""
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        description="The warehouse: nothing comes in, and only S3 can be reached",
        allow_all_outbound=False,
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "S3, through its gateway endpoint")
    return group


def _buckets_of(account: str) -> iam.PolicyStatement:
    """The endpoint's policy: no access to buckets of other accounts."""
    return iam.PolicyStatement(
        sid="BucketsOfThisAccount",
        principals=[iam.AnyPrincipal()],
        actions=["s3:*"],
        resources=["*"],
        conditions={"StringEquals": {"aws:ResourceAccount": account}},
    )
