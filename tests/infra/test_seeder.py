"""The seeder: one function, its log, and the two custom resources that call it."""

from supplychain.schema import TABLES
from supplychain.settings import LoadSettings, SeedSettings, render
from tests.infra.synthesis import synthesise

FUNCTION = "AWS::Lambda::Function"
GENERATION = "Custom::SupplyChainGeneration"
LAKE_CONTENTS = "Custom::SupplyChainLakeContents"


def test_there_is_one_function(stack):
    """The CDK adds no helper function, whose log group would outlive the stack."""
    function = stack.only(FUNCTION)
    assert function["Handler"] == "supplychain.seeder.handler.handle"
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["MemorySize"] <= 3008
    assert function["EphemeralStorage"]["Size"] >= 2 * len(TABLES) * 128  # files grow to 128 MiB before upload
    assert function["Timeout"] <= 900
    assert "VpcConfig" not in function
    assert "ReservedConcurrentExecutions" not in function


def test_the_function_s_environment_configures_its_logs(stack):
    """Logs and metrics get the names that the dashboard and the documentation use."""
    assert stack.only(FUNCTION)["Environment"]["Variables"] == {
        "POWERTOOLS_SERVICE_NAME": "supply-chain-seeder",
        "POWERTOOLS_METRICS_NAMESPACE": "SupplyChainWarehouse",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_a_failed_invocation_is_not_retried(stack):
    """Lambda's retries would run concurrently with CloudFormation's handling of the failure."""
    assert stack.only("AWS::Lambda::EventInvokeConfig")["MaximumRetryAttempts"] == 0


def test_the_log_is_deleted_with_the_stack(stack):
    """The function writes to a log group of the stack, which keeps events for 30 days."""
    name = stack.only_id("AWS::Logs::LogGroup")
    assert stack.only(FUNCTION)["LoggingConfig"]["LogGroup"] == {"Ref": name}
    assert stack.resources[name]["DeletionPolicy"] == "Delete"
    assert stack.only("AWS::Logs::LogGroup")["RetentionInDays"] == 30


def test_the_generation_is_described_in_full(stack):
    """The custom resource's properties describe the data and its destination, as text and maps of text."""
    generation = stack.only(GENERATION)
    assert generation["ServiceToken"] == {"Fn::GetAtt": [stack.only_id(FUNCTION), "Arn"]}
    assert generation["Workgroup"] == {"Ref": stack.only_id("AWS::RedshiftServerless::Workgroup")}
    assert generation["Namespace"] == {"Ref": stack.only_id("AWS::RedshiftServerless::Namespace")}
    assert generation["Bucket"] == {"Ref": stack.only_id("AWS::S3::Bucket")}
    assert "Fn::GetAtt" in generation["CopyRoleArn"]
    assert generation["Database"] == "supply_chain_db"
    assert generation["Generation"] == SeedSettings().generation
    assert generation["Settings"] == render(SeedSettings())
    assert generation["Load"] == render(LoadSettings())


def test_settings_reach_the_custom_resource():
    """The user's values are passed as the text that the seeder parses."""
    chosen = synthesise(
        num_products="12", orders_per_day="1-2", reseed="again", load_method="copy", grant_select_to="role:a,user:b"
    )
    generation = chosen.only(GENERATION)
    assert generation["Settings"]["num_products"] == "12"
    assert generation["Settings"]["orders_per_day"] == "1-2"
    assert generation["Settings"]["reseed"] == "again"
    assert generation["Load"]["load_method"] == "copy"
    assert generation["Load"]["grant_select_to"] == "role:a,user:b"


def test_cloudformation_waits_longer_than_the_function_can_run(stack):
    """It waits longer than the function's timeout, and less than its limit of an hour."""
    for kind in (GENERATION, LAKE_CONTENTS):
        timeout = stack.only(kind)["ServiceTimeout"]
        assert isinstance(timeout, str)
        assert stack.only(FUNCTION)["Timeout"] < int(timeout) < 3600


def test_delete_has_everything_it_needs(stack):
    """Role, log, retry setting, bucket policy and workgroup are deleted after the generation."""
    needed = stack.depends_on(stack.only_id(GENERATION))
    for kind in (
        LAKE_CONTENTS,
        FUNCTION,
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::RedshiftServerless::Namespace",
        "AWS::RedshiftServerless::Workgroup",
        "AWS::EC2::VPCEndpoint",
    ):
        assert set(stack.ids(kind)) <= needed, kind
    assert set(stack.ids("AWS::IAM::Role")) <= needed


def test_the_lake_is_emptied_just_before_it_is_deleted(stack):
    """The contents depend on the bucket and its policy, not on the warehouse."""
    contents = stack.only(LAKE_CONTENTS)
    assert contents["Bucket"] == {"Ref": stack.only_id("AWS::S3::Bucket")}
    needed = stack.depends_on(stack.only_id(LAKE_CONTENTS))
    assert stack.only_id("AWS::S3::BucketPolicy") in needed
    assert stack.only_id("AWS::RedshiftServerless::Workgroup") not in needed
