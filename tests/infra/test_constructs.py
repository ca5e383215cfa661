"""The constructs in another CDK app, with an existing bucket, VPC, namespace or workgroup."""

import pytest

from infra.bundling import BundlingError, make_bundle
from infra.catalog import SupplyChainCatalog
from infra.existing import ExistingLake, ExistingNamespace, ExistingWarehouse
from infra.lake import Lake
from infra.seeder import SeededGeneration
from infra.warehouse import SupplyChainWarehouse
from supplychain.settings import LoadSettings, SeedSettings, SettingError, Span
from tests.infra.synthesis import Synthesised

from aws_cdk import App, Stack, aws_ec2, aws_iam, aws_lambda, aws_s3, aws_secretsmanager  # isort: skip  # after infra

ARN = "arn:aws:redshift-serverless:us-east-1:000000000000"
WORKGROUP = "AWS::RedshiftServerless::Workgroup"
NAMESPACE = "AWS::RedshiftServerless::Namespace"


@pytest.fixture
def stack():
    return Stack(App(), "Theirs")


@pytest.fixture
def lake(stack):
    return ExistingLake(bucket=aws_s3.Bucket.from_bucket_name(stack, "Bucket", "theirs"))


def _namespace(stack, **given):
    role = aws_iam.Role.from_role_arn(stack, "Copy", "arn:aws:iam::000000000000:role/copy")
    return ExistingNamespace(name="theirs", arn=f"{ARN}:namespace/1", **{"copy_role": role} | given)


def _existing(stack, **given):
    return ExistingWarehouse(
        workgroup_name="theirs", workgroup_arn=f"{ARN}:workgroup/2", namespace=_namespace(stack, **given)
    )


def _generation(stack, lake, warehouse, construct_id="Data", **given):
    code = aws_lambda.Code.from_asset(str(make_bundle("aws")))
    return SeededGeneration(stack, construct_id, lake=lake, warehouse=warehouse, code=code, **given)


def _synthesised(stack):
    return Synthesised(stack.node.root.synth().get_stack_by_name(stack.stack_name).template, False)


def _statements(made):
    (function,) = made.all("AWS::Lambda::Function")
    policies = made.resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def test_an_existing_workgroup_and_bucket_are_used(stack, lake):
    """The generation and the tables refer to them and to the prefix; nothing creates or empties a bucket."""
    generation = _generation(stack, lake, _existing(stack), database="samples")
    SupplyChainCatalog(stack, "Catalog", generation=generation, database="samples")
    made = _synthesised(stack)
    assert not made.ids(WORKGROUP) + made.ids(NAMESPACE) + made.ids("AWS::S3::Bucket") + made.ids("AWS::EC2::VPC")
    assert not made.ids("Custom::SupplyChainLakeContents")
    properties = made.only("Custom::SupplyChainGeneration")
    assert (properties["Workgroup"], properties["Namespace"], properties["Database"]) == ("theirs", "theirs", "samples")
    assert (properties["Bucket"], properties["Prefix"]) == ("theirs", "supply-chain/")
    for table in made.all("AWS::Glue::Table"):
        location = table["TableInput"]["StorageDescriptor"]["Location"]
        assert location.startswith(f"s3://theirs/supply-chain/theirs/samples/{SeedSettings().generation}/")


def test_existing_resources_are_allowed_by_their_arns(stack, lake):
    """No statement allows any other workgroup, namespace or part of the bucket."""
    _generation(stack, lake, _existing(stack))
    resources = [str(statement["Resource"]) for statement in _statements(_synthesised(stack))]
    assert sum(f"{ARN}:workgroup/2" in resource for resource in resources) == 2
    assert sum(f"{ARN}:namespace/1" in resource for resource in resources) == 1
    assert not any("workgroup/*" in resource or "namespace/*" in resource for resource in resources)
    assert sum("theirs/supply-chain/*" in resource for resource in resources) == 1


def test_only_the_namespace_s_managed_secret_can_be_read(stack, lake):
    """Redshift names it after the namespace, so the role allows that name and no other managed secret."""
    _generation(stack, lake, _existing(stack))
    (statement,) = [one for one in _statements(_synthesised(stack)) if one["Sid"] == "ReadAdminSecret"]
    assert statement["Resource"]["Fn::Join"][1][-1] == ":secret:redshift!theirs-admin-??????"


def test_the_managed_secret_s_name_follows_the_admin_s(stack, lake):
    """A namespace whose admin has another name has a secret with that name."""
    _generation(stack, lake, _existing(stack, admin_username="owner"))
    (statement,) = [one for one in _statements(_synthesised(stack)) if one["Sid"] == "ReadAdminSecret"]
    assert statement["Resource"]["Fn::Join"][1][-1] == ":secret:redshift!theirs-owner-??????"


def test_a_given_admin_secret_is_the_only_one_that_can_be_read(stack, lake):
    """Its ARN is passed to the seeder, and the role allows it instead of Redshift's managed secrets."""
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:admin-AbCdEf"
    secret = aws_secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", arn)
    _generation(stack, lake, _existing(stack, admin_secret=secret))
    made = _synthesised(stack)
    assert made.only("Custom::SupplyChainGeneration")["AdminSecretArn"] == arn
    (statement,) = [one for one in _statements(made) if "secretsmanager:GetSecretValue" in one["Action"]]
    assert statement["Resource"] == arn


def test_a_namespace_without_a_workgroup_gets_one(stack, lake):
    """The workgroup belongs to the stack and has its tag; the namespace is allowed by its ARN."""
    _generation(stack, lake, SupplyChainWarehouse(stack, "Warehouse", lake=lake, namespace=_namespace(stack)))
    made = _synthesised(stack)
    assert not made.ids(NAMESPACE)
    workgroup = made.only(WORKGROUP)
    assert (workgroup["NamespaceName"], workgroup["WorkgroupName"]) == ("theirs", "supply-chain-mvp")
    assert {"Key": "supply-chain-warehouse", "Value": "Theirs"} in workgroup["Tags"]
    assert len(workgroup["SubnetIds"]) == 2, "in a network of its own"


def test_a_given_vpc_is_used(stack):
    """No other VPC is created; the subnets are its private ones, and no inbound traffic is allowed."""
    vpc = aws_ec2.Vpc(stack, "Vpc", nat_gateways=0, restrict_default_security_group=False)
    lake = Lake(stack, "Lake")
    _generation(
        stack, lake, SupplyChainWarehouse(stack, "Warehouse", lake=lake, vpc=vpc, base_capacity=32, max_capacity=64)
    )
    made = _synthesised(stack)
    assert len(made.ids("AWS::EC2::VPC")) == 1
    workgroup = made.only(WORKGROUP)
    assert (workgroup["BaseCapacity"], workgroup["MaxCapacity"]) == (32, 64)
    private = {stack.get_logical_id(subnet.node.default_child) for subnet in vpc.isolated_subnets}
    assert {subnet["Ref"] for subnet in workgroup["SubnetIds"]} == private
    assert "SecurityGroupIngress" not in made.only("AWS::EC2::SecurityGroup")


def test_without_a_role_for_copy_rows_are_inserted(stack, lake):
    """`auto` then means INSERT, and no role is passed."""
    _generation(stack, lake, _existing(stack, copy_role=None))
    properties = _synthesised(stack).only("Custom::SupplyChainGeneration")
    assert "CopyRoleArn" not in properties
    assert "CopyRoleArn" not in properties


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"load": LoadSettings(load_method="copy")}, "load_method: 'copy' is not accepted for a namespace without"),
        (
            {"seed": SeedSettings(days=3650, num_products=9_000)},
            "copy_role: missing; about .* rows are too many to INSERT",
        ),
        (
            {"seed": SeedSettings(days=3_650, orders_per_day=Span(5_000, 5_000))},
            "num_products, days, orders_per_day: about",
        ),
        ({"database": "No Name"}, "database: 'No Name' is not accepted; a Redshift identifier"),
    ],
)
def test_data_that_cannot_be_loaded_is_rejected_at_synth(stack, lake, given, message):
    """With one line that names the property, before any construct is created."""
    with pytest.raises(SettingError, match=message):
        _generation(stack, lake, _existing(stack, copy_role=None), **given)
    assert not stack.node.try_find_child("Data")


def test_invalid_properties_are_rejected_in_one_line(stack, lake):
    """Names, capacities, ARNs, subnets without their VPC, and a VPC with a single zone."""
    one_zone = aws_ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0)
    for given, message in (
        ({"workgroup": "No"}, "workgroup: 'No' is not accepted; 3 to 63 of"),
        ({"base_capacity": 9}, "base_capacity: '9' is not accepted; 4, 8 to 512"),
        ({"base_capacity": 32}, "max_capacity: '16' is not accepted; at least base_capacity, 32"),
        ({"subnets": one_zone.isolated_subnets}, "vpc: missing; subnets and security_groups need the VPC"),
        (
            {"vpc": one_zone},
            "subnets: 1 in 1 availability zones are not accepted; Redshift Serverless needs at least 2 zones",
        ),
    ):
        with pytest.raises(SettingError, match=message):
            SupplyChainWarehouse(stack, message[:9], lake=lake, **given)
    with pytest.raises(SettingError, match="namespace ARN: 'theirs' is not accepted; arn:aws:redshift-serverless:"):
        ExistingNamespace(name="theirs", arn="theirs")
    with pytest.raises(SettingError, match="prefix: 'no-slash' is not accepted"):
        ExistingLake(bucket=lake.bucket, prefix="no-slash")


def test_a_lake_takes_one_generation(stack):
    """With two, the function that empties the bucket would delete the other's files too."""
    lake = Lake(stack, "Lake")
    _generation(stack, lake, _existing(stack))
    other = ExistingWarehouse(workgroup_name="xyz", workgroup_arn=f"{ARN}:workgroup/3", namespace=_existing_namespace())
    with pytest.raises(SettingError, match="lake: Theirs/Other is not accepted beside Theirs/Data"):
        _generation(stack, lake, other, construct_id="Other")


def test_an_installation_without_a_checkout_explains_how_to_install(stack, lake, monkeypatch, tmp_path):
    """The wheel does not contain the function's requirements: the message says what to do."""
    monkeypatch.setattr("infra.bundling.REQUIREMENTS", tmp_path / "requirements.txt")
    with pytest.raises(
        BundlingError, match=r"built from a checkout of the project.* --editable, and put the checkout on PYTHONPATH"
    ):
        SeededGeneration(stack, "Data", lake=lake, warehouse=_existing(stack))


def _existing_namespace():
    return ExistingNamespace(name="xyz", arn=f"{ARN}:namespace/4")
