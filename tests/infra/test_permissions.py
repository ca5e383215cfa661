"""The seeder's permissions: what it needs, on its own resources."""

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


def _named(statements, sid):
    (found,) = [statement for statement in statements if statement["Sid"] == sid]
    return found


def _of(statements, action):
    (found,) = [
        statement
        for statement in statements
        if statement["Effect"] == "Allow" and action in _listed(statement["Action"])
    ]
    return found


@pytest.mark.parametrize(
    ("sid", "operator"),
    [
        ("FindNamespace", "StringEqualsIfExists"),  # a deleted one has no tags
        ("RunStatements", "StringEquals"),
    ],
)
def test_only_the_stack_s_own_warehouse_is_allowed(stack, sid, operator):
    """The statement has a condition on the stack's tag, and namespace and workgroup have the tag."""
    condition = _named(_seeder(stack), sid)["Condition"]
    assert condition == {operator: {"aws:ResourceTag/supply-chain-warehouse": "SupplyChainWarehouse"}}
    for kind in ("AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup"):
        assert {"Key": "supply-chain-warehouse", "Value": "SupplyChainWarehouse"} in stack.only(kind)["Tags"]


def test_only_the_stack_s_own_status_is_read(stack):
    """The statement has the whole id of the stack, and no other action."""
    statement = _named(_seeder(stack), "ReadStackStatus")
    assert (statement["Action"], statement["Resource"]) == ("cloudformation:DescribeStacks", {"Ref": "AWS::StackId"})


def test_only_its_own_sql_statements_are_allowed(stack):
    """Calls on a statement id support no resource, so a condition on the statement's owner restricts them."""
    statement = _of(_seeder(stack), "redshift-data:CancelStatement")
    assert statement["Condition"] == {
        "StringEqualsIfExists": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
    }


def test_only_its_own_sessions_are_used(stack):
    """A call in an open session names no workgroup, so a condition on the session's owner restricts it."""
    statement = _named(_seeder(stack), "UseSessions")
    assert statement["Resource"] == "*"
    assert statement["Condition"] == {"StringEquals": {"redshift-data:session-owner-iam-userid": "${aws:userid}"}}


def test_only_secrets_that_redshift_manages_can_be_read(stack):
    """AWS chooses the name of the admin's secret; a condition restricts access to those that Redshift manages."""
    statement = _of(_seeder(stack), "secretsmanager:GetSecretValue")
    assert statement["Condition"] == {
        "StringEquals": {"secretsmanager:ResourceTag/aws:secretsmanager:owningService": "redshift"}
    }


def test_a_deleted_log_group_stays_deleted(stack):
    """A late log line of the function cannot recreate it."""
    (denied,) = [statement for statement in _seeder(stack) if statement["Effect"] == "Deny"]
    assert (denied["Action"], denied["Resource"]) == ("logs:CreateLogGroup", "*")
    assert "Condition" not in denied


def test_policies_are_inline(stack):
    """Whatever depends on a role keeps its permissions while the stack is deleted."""
    assert not stack.ids("AWS::IAM::Policy")
    assert not stack.ids("AWS::IAM::ManagedPolicy")
    assert not any("ManagedPolicyArns" in role for role in stack.all("AWS::IAM::Role"))


def test_only_lambda_can_assume_the_seeder_s_role(stack):
    """The trust policy has no other principal."""
    role = stack.resources[stack.only("AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
