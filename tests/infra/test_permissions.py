"""What the seeder may do: what it needs, on what is its own."""

import pytest


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
