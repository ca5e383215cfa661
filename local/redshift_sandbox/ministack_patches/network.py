"""VPCs and security groups."""
# ruff: noqa: SLF001  # MiniStack's registries and stores are private

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

_Provisioned = tuple[str, dict[str, Any]]

_RULE_TYPES = {
    "AWS::EC2::SecurityGroupIngress": "IpPermissions",
    "AWS::EC2::SecurityGroupEgress": "IpPermissionsEgress",
}


def add_vpc_attributes() -> None:
    """AWS supports Fn::GetAtt for a VPC's CidrBlock, CidrBlockAssociations and Ipv6CidrBlocks; MiniStack does not."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"]
    handlers["create"] = _with_cidr_block(handlers["create"])
    handlers["update"] = _with_cidr_block(handlers["update"])


def add_security_group_rules() -> None:
    """AWS has AWS::EC2::SecurityGroupIngress and ::SecurityGroupEgress; MiniStack supports only rules in a group."""
    for resource_type, permissions in _RULE_TYPES.items():
        provisioners._RESOURCE_HANDLERS[resource_type] = {
            "create": _rule_creator(permissions),
            "delete": _rule_deleter(permissions),
        }
        # Any change replaces the rule.
        provisioners._REPLACING_PROPERTIES[resource_type] = (
            *("GroupId", "GroupName", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "Description"),
            *("SourceSecurityGroupId", "DestinationSecurityGroupId", "SourcePrefixListId", "DestinationPrefixListId"),
        )


def _with_cidr_block(original: Callable[..., _Provisioned]) -> Callable[..., _Provisioned]:
    def provision(*arguments: Any) -> _Provisioned:
        physical_id, attributes = original(*arguments)
        block = ec2._vpcs[physical_id]["CidrBlock"]
        return physical_id, {**attributes, "CidrBlock": block, "CidrBlockAssociations": [], "Ipv6CidrBlocks": []}

    return provision


def _rule_creator(permissions: str) -> Callable[..., _Provisioned]:
    def create(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> _Provisioned:
        del logical_id, stack_name
        group = _group(properties)
        group.setdefault(permissions, []).extend(provisioners._ec2_sg_permissions([properties]))
        rule_id = "sgr-" + provisioners.new_uuid().replace("-", "")[:17]
        return rule_id, {"Id": rule_id}

    return create


def _rule_deleter(permissions: str) -> Callable[..., None]:
    def delete(physical_id: str, properties: Mapping[str, Any]) -> None:
        del physical_id
        try:
            group = _group(properties)
        except ValueError:
            # The group was deleted first, and its rules with it.
            return
        for rule in provisioners._ec2_sg_permissions([properties]):
            if rule in group.get(permissions, []):
                group[permissions].remove(rule)

    return delete


def _group(properties: Mapping[str, Any]) -> dict[str, Any]:
    group_id = properties.get("GroupId", "")
    group: dict[str, Any] | None = ec2._security_groups.get(group_id)
    if group is None:
        raise ValueError(f"The security group '{group_id}' does not exist")
    return group
