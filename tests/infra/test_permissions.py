"""What the seeder may do: what it needs, on what is its own."""

import pytest

from tests.infra.synthesis import synthesise

CALLS = {
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "redshift-data:BatchExecuteStatement",
    "redshift-data:CancelStatement",
    "redshift-data:DescribeStatement",
    "redshift-data:ExecuteStatement",
    "redshift-data:GetStatementResult",
    "redshift-data:ListStatements",
    "redshift-serverless:GetNamespace",
    "redshift-serverless:GetWorkgroup",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
}


def _listed(value):
    return value if isinstance(value, list) else [value]


def _statements(stack, role):
    return [
        statement
        for policy in stack.resources[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _seeder(stack):
    return _statements(stack, stack.only("AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0])


def _of(statements, action):
    (found,) = [
        statement
        for statement in statements
        if statement["Effect"] == "Allow" and action in _listed(statement["Action"])
    ]
    return found


def test_the_seeder_may_make_its_calls_and_no_others():
    """Every call is named; none is allowed by a wildcard."""
    allowed = {
        action
        for statement in _seeder(synthesise(customer_managed_key="on"))
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
    }
    assert allowed == CALLS


@pytest.mark.parametrize("settings", [{}, {"customer_managed_key": "on", "monitoring": "on"}], ids=["plain", "all"])
def test_no_wildcard_resource_without_a_condition(settings):
    """Where a policy allows an action on any resource of a kind, a condition says which."""
    stack = synthesise(**settings)
    for role in stack.ids("AWS::IAM::Role"):
        for statement in _statements(stack, role):
            if statement["Effect"] == "Allow" and any(
                _is_open(resource) for resource in _listed(statement["Resource"])
            ):
                assert statement.get("Condition"), statement


def _is_open(resource):
    """Whether a resource is a wildcard that not even a bucket's name narrows."""
    if resource == "*":
        return True
    if "Fn::Join" not in resource:
        return False
    parts = resource["Fn::Join"][1]
    return str(parts[-1]).endswith("*") and not any("Fn::GetAtt" in part for part in parts if isinstance(part, dict))


@pytest.mark.parametrize(
    ("action", "operator"),
    [
        ("redshift-serverless:GetNamespace", "StringEqualsIfExists"),  # what is gone has no tag, and is asked for too
        ("redshift-data:ExecuteStatement", "StringEquals"),
    ],
)
def test_only_the_stack_s_own_warehouses_are_touched(stack, action, operator):
    """A condition on the stack's tag, which namespace and workgroup have, keeps to the stack's own."""
    condition = _of(_seeder(stack), action)["Condition"]
    assert condition == {operator: {"aws:ResourceTag/supply-chain-warehouse": "SupplyChainWarehouse"}}
    for kind in ("AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup"):
        assert {"Key": "supply-chain-warehouse", "Value": "SupplyChainWarehouse"} in stack.only(kind)["Tags"]


def test_statements_of_others_are_out_of_reach(stack):
    """Calls by statement id take no resource: a condition on the statement's owner stands in for it."""
    statement = _of(_seeder(stack), "redshift-data:CancelStatement")
    assert statement["Condition"] == {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}


def test_only_secrets_of_redshift_are_read(stack):
    """The admin secret's name is AWS's choice; the condition keeps to those that Redshift manages."""
    statement = _of(_seeder(stack), "secretsmanager:GetSecretValue")
    assert statement["Condition"] == {
        "StringEquals": {"secretsmanager:ResourceTag/aws:secretsmanager:owningService": "redshift"}
    }


def test_a_deleted_log_group_stays_deleted(stack):
    """A late line of the function cannot bring it back."""
    (denied,) = [statement for statement in _seeder(stack) if statement["Effect"] == "Deny"]
    assert (denied["Action"], denied["Resource"]) == ("logs:CreateLogGroup", "*")
    assert "Condition" not in denied


def test_policies_stand_inside_the_roles(stack):
    """Nothing that depends on a role can be left without its policies while the stack is deleted."""
    assert not stack.ids("AWS::IAM::Policy")
    assert not stack.ids("AWS::IAM::ManagedPolicy")
    assert not any("ManagedPolicyArns" in role for role in stack.all("AWS::IAM::Role"))


def test_only_lambda_takes_the_seeder_s_role(stack):
    """Nobody else can act as the seeder."""
    role = stack.resources[stack.only("AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
