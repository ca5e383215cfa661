"""The stack as a whole: outputs, optional parts, and nothing left behind on deletion."""

import pytest

from tests.infra.synthesis import synthesise

FREE = {
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
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
    "AWS::RedshiftServerless::Namespace",  # storage, and a monthly fee for the admin's secret
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::Bucket",
}
EVERYTHING = {"monitoring": "on", "customer_managed_key": "on", "termination_protection": "on"}


def test_the_outputs_have_the_documented_keys(stack):
    """Tools that read the outputs rely on them."""
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


def test_resolved_values_come_from_the_seeder(stack):
    """These outputs are attributes of the custom resource, not taken from the settings."""
    generation = stack.only_id("Custom::SupplyChainGeneration")
    for key in ("AsOf", "Generation", "Seed", "TotalRows"):
        assert stack.template["Outputs"][key]["Value"] == {"Fn::GetAtt": [generation, key]}


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["plain", "everything"])
def test_nothing_is_retained(settings):
    """All resources are deleted, on replacement too; those retained by default have a deletion policy."""
    stack = synthesise(**settings)
    for name, resource in stack.resources.items():
        assert resource.get("DeletionPolicy", "Delete") == "Delete", name
        assert resource.get("UpdateReplacePolicy", "Delete") == "Delete", name
    for kind in ("AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::KMS::Key"):
        assert all(stack.resources[name].get("DeletionPolicy") == "Delete" for name in stack.ids(kind))


def test_termination_protection_is_optional(stack):
    """Off by default; termination_protection=on makes CloudFormation refuse a deletion."""
    assert stack.termination_protection is False
    assert synthesise(**EVERYTHING).termination_protection is True


def test_the_key_is_rotated_and_the_log_encrypted_with_it():
    """customer_managed_key=on adds a rotated key, which CloudWatch Logs may use for this account's log groups only."""
    stack = synthesise(**EVERYTHING)
    key = stack.only("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    assert key["PendingWindowInDays"] == 7
    assert stack.only("AWS::Logs::LogGroup")["KmsKeyId"] == {"Fn::GetAtt": [stack.only_id("AWS::KMS::Key"), "Arn"]}
    logs = [statement for statement in key["KeyPolicy"]["Statement"] if "Service" in statement["Principal"]]
    assert [list(statement["Condition"]) for statement in logs] == [["ArnLike"]]


def test_an_idle_default_stack_costs_a_secret_and_some_storage(stack):
    """The default has no other resource that AWS bills by the hour or month: docs/operations.md adds up the cost."""
    kinds = {resource["Type"] for resource in stack.resources.values()}
    assert kinds - BILLED_FOR_USE == FREE


def test_there_is_no_key_by_default(stack):
    """A KMS key costs a dollar a month."""
    assert not stack.ids("AWS::KMS::Key")


def test_monitoring_covers_reported_failures_and_crashes():
    """monitoring=on: one alarm fires on an error in the log, the other on an error of the function."""
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


def test_the_alarms_notify_the_topic():
    """Both alarms notify alarm_topic; without it they have no action."""
    topic = "arn:aws:sns:us-east-1:000000000000:alarms"
    notifying = synthesise(monitoring="on", alarm_topic=topic)
    assert [alarm["AlarmActions"] for alarm in notifying.all("AWS::CloudWatch::Alarm")] == [[topic], [topic]]
    assert not any("AlarmActions" in alarm for alarm in synthesise(**EVERYTHING).all("AWS::CloudWatch::Alarm"))


def test_there_is_no_monitoring_by_default(stack):
    """Alarms and dashboards cost money."""
    assert not [r for r in stack.resources.values() if r["Type"].startswith("AWS::CloudWatch")]
