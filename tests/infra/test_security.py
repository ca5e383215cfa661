"""What a security reviewer looks for first, in every variant of the stack."""

import json
import re

import pytest

from tests.infra.synthesis import Synthesised
from tools.variants import VARIANTS

KEY = re.compile(r"A[KS]IA[0-9A-Z]{16}|-----BEGIN|\{\{resolve:")
SECRET_PROPERTY = re.compile(r"password|secret|token|credential", re.IGNORECASE)
NOT_SECRET = {"ServiceToken", "ManageAdminPassword", "AdminPasswordSecretKmsKeyId"}
"""Property names that sound like a secret but hold an ARN or a switch."""


@pytest.fixture(params=list(VARIANTS))
def variant(request, checked):
    """The template of each variant."""
    return Synthesised(checked.templates[request.param], termination_protection=False)


def _listed(value):
    return value if isinstance(value, list) else [value]


def _policies(value):
    """Every policy statement anywhere in a template."""
    if isinstance(value, list):
        for one in value:
            yield from _policies(one)
    elif isinstance(value, dict):
        if "Effect" in value:
            yield value
        for one in value.values():
            yield from _policies(one)


def _allowed(template):
    return [statement for statement in _policies(template.resources) if statement["Effect"] == "Allow"]


def _is_open(resource):
    """Whether a resource is a wildcard that not even a resource of the stack narrows."""
    if resource == "*":
        return True
    if "Fn::Join" not in resource:
        return False
    parts = resource["Fn::Join"][1]
    return str(parts[-1]).endswith("*") and not any("Fn::GetAtt" in part for part in parts if isinstance(part, dict))


def test_no_wildcard_resource_without_a_condition(variant):
    """A statement that allows all resources of a kind has a condition; the key's own policy is an exception."""
    for statement in _allowed(variant):
        resources = _listed(statement.get("Resource", []))
        if any(map(_is_open, resources)) and not _is_default_key_statement(statement):
            assert statement.get("Condition"), statement


def _is_default_key_statement(statement):
    """AWS's default statement in a key policy, where ``*`` means the key itself: IAM policies of the account decide."""
    return json.dumps(statement.get("Principal", "")).endswith(':root"]]}}') and statement["Action"] == "kms:*"


def test_no_role_has_wildcard_actions(variant):
    """Every action is named."""
    roles = variant.all("AWS::IAM::Role")
    actions = [action for one in _policies(roles) for action in _listed(one["Action"])]
    assert actions
    assert not [action for action in actions if "*" in action]
    assert not [one for one in _policies(roles) if {"NotAction", "NotResource", "NotPrincipal"} & one.keys()]


def test_no_outside_principal_is_allowed(variant):
    """Principals are AWS services and the account; `*` occurs only in denials and the endpoint's policy."""
    for kind in {resource["Type"] for resource in variant.resources.values()} - {"AWS::EC2::VPCEndpoint"}:
        for statement in _policies(variant.all(kind)):
            if statement["Effect"] == "Allow" and "Principal" in statement:
                assert set(statement["Principal"]) <= {"Service", "AWS"}, statement
                assert "*" not in _listed(statement["Principal"].get("AWS", [])), statement
    for endpoint in _policies(variant.all("AWS::EC2::VPCEndpoint")):
        assert endpoint["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_template_contains_no_secret(variant):
    """No property, text, parameter or environment variable holds a password or key."""
    assert not list(_secrets(variant.template))
    assert set(variant.template["Parameters"]) == {"BootstrapVersion"}
    assert not KEY.search(json.dumps(variant.template))
    namespace = variant.only("AWS::RedshiftServerless::Namespace")
    assert namespace["ManageAdminPassword"] is True
    environment = variant.only("AWS::Lambda::Function")["Environment"]["Variables"]
    assert all(name.startswith("POWERTOOLS_") for name in environment)


def _secrets(value):
    if isinstance(value, list):
        for one in value:
            yield from _secrets(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if SECRET_PROPERTY.search(name) and name not in NOT_SECRET and not name.startswith("secretsmanager:"):
                yield name
            yield from _secrets(one)


def test_nothing_is_public(variant):
    """No public bucket, address, subnet or URL; the only ingress is from the warehouse to Glue's endpoint, if any."""
    block = variant.only("AWS::S3::Bucket")["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert variant.only("AWS::RedshiftServerless::Workgroup")["PubliclyAccessible"] is False
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in variant.all("AWS::EC2::Subnet"))
    assert not any("SecurityGroupIngress" in group for group in variant.all("AWS::EC2::SecurityGroup"))
    kinds = {resource["Type"] for resource in variant.resources.values()}
    assert not kinds & {"AWS::EC2::InternetGateway", "AWS::Lambda::Url"}
    for rule in variant.all("AWS::EC2::SecurityGroupIngress"):
        assert rule["SourceSecurityGroupId"] == rule["GroupId"]
        assert not {"CidrIp", "CidrIpv6"} & rule.keys()


def test_connections_are_encrypted(variant):
    """The bucket denies plain HTTP, for itself and its objects; the warehouse requires TLS."""
    statements = variant.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    (tls,) = (one for one in statements if one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}})
    assert (tls["Effect"], tls["Action"], tls["Principal"], len(tls["Resource"])) == ("Deny", "s3:*", {"AWS": "*"}, 2)
    parameters = variant.only("AWS::RedshiftServerless::Workgroup")["ConfigParameters"]
    assert {"ParameterKey": "require_ssl", "ParameterValue": "true"} in parameters


def test_data_at_rest_is_encrypted(variant):
    """With AWS's own keys, or everything with the stack's key: no service is left out."""
    (bucket,) = variant.only("AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    used = [
        bucket["ServerSideEncryptionByDefault"].get("KMSMasterKeyID"),
        variant.only("AWS::RedshiftServerless::Namespace").get("KmsKeyId"),
        variant.only("AWS::RedshiftServerless::Namespace").get("AdminPasswordSecretKmsKeyId"),
        variant.only("AWS::Logs::LogGroup").get("KmsKeyId"),
        variant.only("AWS::Lambda::Function").get("KmsKeyArn"),
    ]
    keys = [{"Fn::GetAtt": [name, "Arn"]} for name in variant.ids("AWS::KMS::Key")]
    assert used == (keys or [None]) * len(used)
    assert keys or bucket["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_logs_expire(variant):
    """The only log group has a retention period, and the function cannot create another."""
    assert variant.only("AWS::Logs::LogGroup")["RetentionInDays"] == 30
    function = variant.only("AWS::Lambda::Function")
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": variant.only_id("AWS::Logs::LogGroup")}
    denied = [one for one in _policies(variant.all("AWS::IAM::Role")) if one["Effect"] == "Deny"]
    assert [(one["Action"], one["Resource"]) for one in denied] == [("logs:CreateLogGroup", "*")]


def test_every_taggable_resource_has_the_stack_s_tag(variant):
    """It identifies the stack's resources, for billing and for the seeder's permissions."""
    for name, resource in variant.resources.items():
        if tags := resource.get("Properties", {}).get("Tags"):
            keys = tags if isinstance(tags, dict) else {tag["Key"] for tag in tags}  # SSM and Glue take a map
            assert "supply-chain-warehouse" in keys, name
    for kind in ("AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::EC2::VPC"):
        assert all("Tags" in one for one in variant.all(kind)), kind


def test_no_lake_formation_permission_is_granted(variant):
    """No Lake Formation resource, and no role that may change its permissions."""
    assert not [resource for resource in variant.resources.values() if "LakeFormation" in resource["Type"]]
    assert "lakeformation:" not in json.dumps(variant.template)
