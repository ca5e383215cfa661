"""The network: isolated, free of charge, with access to S3."""

from tests.infra.synthesis import synthesise


def test_a_subnet_in_each_of_three_zones(stack):
    """The workgroup's subnets are in the first three zones of any region."""
    subnets = stack.all("AWS::EC2::Subnet")
    assert [subnet["AvailabilityZone"] for subnet in subnets] == [
        {"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in range(3)
    ]
    assert all(subnet["CidrBlock"].endswith("/24") for subnet in subnets)
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_two_zones_on_request():
    """A region with two zones works."""
    assert len(synthesise(availability_zones="2").ids("AWS::EC2::Subnet")) == 2


def test_there_is_no_route_to_the_internet(stack):
    """No internet gateway, NAT gateway, public address or default route."""
    kinds = {resource["Type"] for resource in stack.resources.values()}
    assert not kinds & {
        "AWS::EC2::EIP",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::VPCGatewayAttachment",
    }


def test_s3_is_reached_through_a_gateway_endpoint(stack):
    """The route table of every subnet has it."""
    endpoint = stack.only("AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert len(endpoint["RouteTableIds"]) == 3


def test_no_inbound_traffic_is_allowed(stack):
    """The workgroup's security group has no ingress rule, and one egress rule for HTTPS."""
    group = stack.only("AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]
    assert not stack.ids("AWS::EC2::SecurityGroupIngress")
