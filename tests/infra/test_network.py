"""The network: isolated and free of charge, or with the endpoints that enhanced VPC routing needs."""

import pytest

from infra.settings import Settings
from supplychain.settings import SettingError
from tests.infra.synthesis import synthesise


@pytest.fixture(scope="module")
def routed():
    """The stack with enhanced VPC routing."""
    return synthesise(enhanced_vpc_routing="on", availability_zones="3")


def _subnet_zones(template):
    return [subnet["AvailabilityZone"] for subnet in template.all("AWS::EC2::Subnet")]


def test_a_subnet_in_each_of_two_zones(stack):
    """Two zones are enough without enhanced VPC routing, and every region has two."""
    assert _subnet_zones(stack) == [{"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in range(2)]
    subnets = stack.all("AWS::EC2::Subnet")
    assert all(subnet["CidrBlock"].endswith("/24") for subnet in subnets)
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_three_zones_on_request():
    """The setting adds a third."""
    assert len(_subnet_zones(synthesise(availability_zones="3"))) == 3


@pytest.mark.parametrize("options", [{}, {"enhanced_vpc_routing": "on", "availability_zones": "3"}])
def test_there_is_no_route_to_the_internet(options):
    """No internet gateway, NAT gateway, public address or default route."""
    kinds = {resource["Type"] for resource in synthesise(**options).resources.values()}
    assert not kinds & {
        "AWS::EC2::EIP",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::VPCGatewayAttachment",
    }


def test_nothing_can_be_reached_by_default(stack):
    """COPY does not pass through the VPC, so there is no endpoint, and no outbound traffic to an address in use."""
    assert not stack.ids("AWS::EC2::VPCEndpoint")
    assert stack.only("AWS::RedshiftServerless::Workgroup")["EnhancedVpcRouting"] is False
    (rule,) = stack.only("AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    assert (rule["CidrIp"], rule["IpProtocol"]) == ("255.255.255.255/32", "icmp")


def test_enhanced_routing_reaches_this_account_s_buckets_and_glue(routed):
    """A gateway endpoint for S3 in every route table, and an interface endpoint for Glue in every subnet."""
    assert routed.only("AWS::RedshiftServerless::Workgroup")["EnhancedVpcRouting"] is True
    endpoints = {endpoint["VpcEndpointType"]: endpoint for endpoint in routed.all("AWS::EC2::VPCEndpoint")}
    assert len(endpoints["Gateway"]["RouteTableIds"]) == len(endpoints["Interface"]["SubnetIds"]) == 3
    (statement,) = endpoints["Gateway"]["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    assert endpoints["Interface"]["PrivateDnsEnabled"] is True


def test_the_glue_endpoint_s_name_follows_the_partition(routed):
    """In China its prefix is another one."""
    (mapping,) = routed.template["Mappings"].values()
    assert mapping == {
        "aws": {"Glue": "com.amazonaws"},
        "aws-cn": {"Glue": "cn.com.amazonaws"},
        "aws-us-gov": {"Glue": "com.amazonaws"},
    }


def test_enhanced_routing_needs_three_zones():
    """Fewer are refused before anything is deployed."""
    with pytest.raises(SettingError, match="set availability_zones=3"):
        Settings.read({"enhanced_vpc_routing": "on"})


def test_no_inbound_traffic_is_allowed(stack):
    """The workgroup's security group has no ingress rule."""
    assert "SecurityGroupIngress" not in stack.only("AWS::EC2::SecurityGroup")
    assert not stack.ids("AWS::EC2::SecurityGroupIngress")
