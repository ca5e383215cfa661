"""The network: isolated, free of charge, with a way to S3."""

from tests.infra.synthesis import synthesise


def test_a_subnet_in_each_of_three_zones(stack):
    """The workgroup's subnets lie in the first three zones of whatever region it is deployed to."""
    subnets = stack.all("AWS::EC2::Subnet")
    assert [subnet["AvailabilityZone"] for subnet in subnets] == [
        {"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in range(3)
    ]
    assert all(subnet["CidrBlock"].endswith("/24") for subnet in subnets)
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_two_zones_where_two_are_asked_for():
    """A region with two zones can be deployed to."""
    assert len(synthesise(availability_zones="2").ids("AWS::EC2::Subnet")) == 2


def test_nothing_leads_to_the_internet(stack):
    """No internet gateway, no NAT, no public address, no interface endpoint: nothing that costs or lets in."""
    kinds = {resource["Type"] for resource in stack.resources.values()}
    assert not kinds & {
        "AWS::EC2::EIP",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::VPCGatewayAttachment",
    }


def test_s3_is_reached_through_a_gateway_endpoint(stack):
    """Every subnet's route table leads to S3 without leaving AWS."""
    endpoint = stack.only("AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert len(endpoint["RouteTableIds"]) == 3


def test_nothing_comes_in(stack):
    """The workgroup's security group has no ingress rule, and lets out HTTPS alone."""
    group = stack.only("AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]
    assert not stack.ids("AWS::EC2::SecurityGroupIngress")
