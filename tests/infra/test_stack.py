"""The stack as a whole: its outputs, its optional parts, and that it leaves nothing behind."""

import pytest

from tests.infra.synthesis import synthesise

FREE = {
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",  # a gateway, as test_network has it
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::S3::BucketPolicy",
    "Custom::SupplyChainGeneration",
    "Custom::SupplyChainLakeContents",
}
BILLED_FOR_USE = {
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::RedshiftServerless::Namespace",  # its storage, and the admin's secret by the month
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::Bucket",
}
EVERYTHING = {"monitoring": "on", "customer_managed_key": "on", "termination_protection": "on"}


def test_the_outputs_have_the_agreed_keys(stack):
    """Tools that read the outputs find every key, and no key changes by accident."""
    assert set(stack.template["Outputs"]) == {
        "AsOf",
        "CatalogDatabaseName",
        "DatabaseName",
        "Generation",
        "LakeBucketName",
        "Seed",
        "TotalRows",
        "WorkgroupName",
    }


def test_what_the_seeder_made_is_told_by_the_seeder(stack):
    """The resolved values come from the custom resource's answer, not from the settings."""
    generation = stack.only_id("Custom::SupplyChainGeneration")
    for key in ("AsOf", "Generation", "Seed", "TotalRows"):
        assert stack.template["Outputs"][key]["Value"] == {"Fn::GetAtt": [generation, key]}


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["plain", "everything"])
def test_nothing_is_retained(settings):
    """What has a deletion policy is deleted, on replacement too; what keeps something by default has one."""
    stack = synthesise(**settings)
    for name, resource in stack.resources.items():
        assert resource.get("DeletionPolicy", "Delete") == "Delete", name
        assert resource.get("UpdateReplacePolicy", "Delete") == "Delete", name
    for kind in ("AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::KMS::Key"):
        assert all(stack.resources[name].get("DeletionPolicy") == "Delete" for name in stack.ids(kind))


def test_termination_protection_is_off_until_asked_for(stack):
    """Destroy works by default; termination_protection=on has CloudFormation refuse it."""
    assert stack.termination_protection is False
    assert synthesise(**EVERYTHING).termination_protection is True


def test_the_key_is_rotated_and_the_log_encrypted_with_it():
    """customer_managed_key=on makes one key, rotated, that CloudWatch Logs may use for this account's groups alone."""
    stack = synthesise(**EVERYTHING)
    key = stack.only("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    assert key["PendingWindowInDays"] == 7
    assert stack.only("AWS::Logs::LogGroup")["KmsKeyId"] == {"Fn::GetAtt": [stack.only_id("AWS::KMS::Key"), "Arn"]}
    logs = [statement for statement in key["KeyPolicy"]["Statement"] if "Service" in statement["Principal"]]
    assert [list(statement["Condition"]) for statement in logs] == [["ArnLike"]]


def test_at_rest_the_default_costs_a_secret_and_some_storage(stack):
    """Nothing that AWS bills by the hour or the month stands in the default: docs/operations.md adds it up."""
    kinds = {resource["Type"] for resource in stack.resources.values()}
    assert kinds - BILLED_FOR_USE == FREE


def test_no_key_unless_asked_for(stack):
    """A key costs a dollar a month."""
    assert not stack.ids("AWS::KMS::Key")


def test_monitoring_counts_failures_that_were_answered_and_those_that_were_not():
    """monitoring=on: one alarm rises on an error in the log, the other on an error of the function."""
    stack = synthesise(**EVERYTHING)
    (logged,) = stack.only("AWS::Logs::MetricFilter")["MetricTransformations"]
    assert '$.level = "ERROR"' in stack.only("AWS::Logs::MetricFilter")["FilterPattern"]
    alarms = stack.all("AWS::CloudWatch::Alarm")
    assert {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms} == {
        (logged["MetricNamespace"], logged["MetricName"]),
        ("AWS/Lambda", "Errors"),
    }
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in alarms)
    assert len(stack.ids("AWS::CloudWatch::Dashboard")) == 1


def test_the_alarms_tell_the_topic_that_is_named():
    """alarm_topic is what both alarms notify when they rise; without it they notify nobody."""
    topic = "arn:aws:sns:us-east-1:000000000000:alarms"
    told = synthesise(monitoring="on", alarm_topic=topic)
    assert [alarm["AlarmActions"] for alarm in told.all("AWS::CloudWatch::Alarm")] == [[topic], [topic]]
    assert not any("AlarmActions" in alarm for alarm in synthesise(**EVERYTHING).all("AWS::CloudWatch::Alarm"))


def test_no_monitoring_unless_asked_for(stack):
    """Alarms and dashboards cost; the default has none."""
    assert not [r for r in stack.resources.values() if r["Type"].startswith("AWS::CloudWatch")]
