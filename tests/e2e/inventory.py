"""All resources in the sandbox, by service."""

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]

LISTINGS: dict[str, tuple[str, str, str, str]] = {
    "stacks": ("cloudformation", "describe_stacks", "Stacks", "StackName"),
    "buckets": ("s3", "list_buckets", "Buckets", "Name"),
    "log groups": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "roles": ("iam", "list_roles", "Roles", "RoleName"),
    "secrets": ("secretsmanager", "list_secrets", "SecretList", "Name"),
    "functions": ("lambda", "list_functions", "Functions", "FunctionName"),
    "catalog databases": ("glue", "get_databases", "DatabaseList", "Name"),
    "namespaces": ("redshift-serverless", "list_namespaces", "namespaces", "namespaceName"),
    "workgroups": ("redshift-serverless", "list_workgroups", "workgroups", "workgroupName"),
    "VPCs": ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "subnets": ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    "route tables": ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "security groups": ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "VPC endpoints": ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "network ACLs": ("ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "network interfaces": ("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboards": ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "keys": ("kms", "list_keys", "Keys", "KeyId"),
    "parameters": ("ssm", "describe_parameters", "Parameters", "Name"),
}
"""For each kind of resource: the service, its list operation, the list in the response, and the name of an item."""


def inventory(client: Client) -> dict[str, set[str]]:
    """Return the names of all resources. Deleted stacks are not listed."""
    found = {}
    for kind, (service, operation, items, name) in LISTINGS.items():
        answer = getattr(client(service), operation)()
        found[kind] = {item[name] for item in answer[items]}
    return found
