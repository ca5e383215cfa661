"""The policies of a template's roles, with the names of a deployment."""

from collections.abc import Mapping
from typing import Any

from tests.infra.synthesis import Synthesised

JSON = dict[str, Any]


def seeder_role(template: Synthesised) -> str:
    """The logical id of the seeder's role."""
    return str(template.only("AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0])


def copy_role(template: Synthesised) -> str:
    """The logical id of the role that COPY uses."""
    return str(template.only("AWS::RedshiftServerless::Namespace")["DefaultIamRoleArn"]["Fn::GetAtt"][0])


def statements(template: Synthesised, role: str, names: Mapping[str, str]) -> list[JSON]:
    """All statements of a role; `names` has the value of each ``Ref`` and ``Fn::GetAtt`` in them."""
    return [
        _resolved(statement, names)
        for policy in template.resources[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def names(template: Synthesised, *, bucket: str, key: str, log_group: str, stack: str) -> dict[str, str]:
    """The names for `statements`."""
    region, account = "us-east-1", "000000000000"
    return {
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::AccountId": account,
        "AWS::StackId": stack,
        f"{template.only_id('AWS::S3::Bucket')}.Arn": f"arn:aws:s3:::{bucket}",
        f"{template.only_id('AWS::KMS::Key')}.Arn": key,
        f"{template.only_id('AWS::Logs::LogGroup')}.Arn": f"arn:aws:logs:{region}:{account}:log-group:{log_group}:*",
    }


def listed(value: Any) -> list[Any]:
    """A policy's value as a list: one element may stand alone."""
    return value if isinstance(value, list) else [value]


def _resolved(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_resolved(part, names) for part in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(_resolved(parts, names))
    if "Ref" in value:
        return names[value["Ref"]]
    if "Fn::GetAtt" in value:
        return names[".".join(value["Fn::GetAtt"])]
    return {key: _resolved(part, names) for key, part in value.items()}
