"""The network of the workgroup."""

from aws_cdk import Aws, CfnMapping, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.settings import DeploySettings


class Network(Construct):
    """Isolated subnets from which nothing can be reached.

    The warehouse is queried through the Data API, so no inbound traffic is allowed. Without enhanced VPC routing, COPY
    and UNLOAD do not pass through the VPC, so nothing has to be reachable from it, and the network is free of charge.

    Parameters
    ----------
    availability_zones
        How many availability zones have a subnet: at least two, three with enhanced VPC routing.
    enhanced_vpc_routing
        Whether COPY and UNLOAD pass through the VPC. Adds endpoints for this account's S3 buckets and for AWS Glue.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        availability_zones: int = DeploySettings.availability_zones,
        enhanced_vpc_routing: bool = DeploySettings.enhanced_vpc_routing,
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
        self.security_group = closed_security_group(self, self.vpc, enhanced_vpc_routing=enhanced_vpc_routing)
        if enhanced_vpc_routing:
            self._add_endpoints()

    def _add_endpoints(self) -> None:
        """What Redshift reads and writes through the VPC: S3, and for Spectrum the Glue catalog."""
        s3 = self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        s3.add_to_policy(_buckets_of(Stack.of(self).account))
        self.vpc.add_interface_endpoint(
            "Glue",
            service=ec2.InterfaceVpcEndpointService(_glue_service_name(self)),
            private_dns_enabled=True,
            security_groups=[self.security_group],
            open=False,
        )
        self.security_group.connections.allow_internally(ec2.Port.HTTPS, "Warehouse to the Glue endpoint")


def closed_security_group(scope: Construct, vpc: ec2.IVpc, *, enhanced_vpc_routing: bool) -> ec2.SecurityGroup:
    """A security group without inbound traffic; outbound HTTPS is allowed only with enhanced VPC routing.

    From an isolated subnet, HTTPS reaches no more than the VPC's endpoints.
    """
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        description="Warehouse: no inbound traffic",
        allow_all_outbound=False,
    )
    if enhanced_vpc_routing:
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "S3, through its gateway endpoint")
    return group


def _glue_service_name(scope: Construct) -> str:
    """The name of Glue's endpoint service; in China it has another prefix.

    `InterfaceVpcEndpointAwsService` knows that only for a stack whose region is fixed.
    """
    stack = Stack.of(scope)
    prefixes = CfnMapping(
        scope,
        "EndpointPrefix",
        mapping={
            "aws": {"Glue": "com.amazonaws"},
            "aws-cn": {"Glue": "cn.com.amazonaws"},
            "aws-us-gov": {"Glue": "com.amazonaws"},
        },
    )
    return f"{prefixes.find_in_map(Aws.PARTITION, 'Glue')}.{stack.region}.glue"


def _buckets_of(account: str) -> iam.PolicyStatement:
    """The endpoint's policy: no access to buckets of other accounts."""
    return iam.PolicyStatement(
        sid="BucketsOfThisAccount",
        principals=[iam.AnyPrincipal()],
        actions=["s3:*"],
        resources=["*"],
        conditions={"StringEquals": {"aws:ResourceAccount": account}},
    )
