"""The warehouse: a private workgroup with a cost ceiling, and a namespace whose password AWS manages."""

from tests.infra.synthesis import synthesise

NAMESPACE = "AWS::RedshiftServerless::Namespace"
WORKGROUP = "AWS::RedshiftServerless::Workgroup"


def test_aws_manages_the_admin_s_password(stack):
    """AWS creates, stores and rotates it; the template does not contain it."""
    namespace = stack.only(NAMESPACE)
    assert namespace["ManageAdminPassword"] is True
    assert namespace["AdminUsername"] == "warehouse_admin"
    assert "AdminUserPassword" not in namespace


def test_the_workgroup_is_private(stack):
    """It has no public address, and accepts encrypted connections only."""
    workgroup = stack.only(WORKGROUP)
    assert workgroup["PubliclyAccessible"] is False
    assert workgroup["EnhancedVpcRouting"] is False
    assert {"ParameterKey": "require_ssl", "ParameterValue": "true"} in workgroup["ConfigParameters"]
    assert len(workgroup["SubnetIds"]) == 2
    assert workgroup["SecurityGroupIds"] == [{"Fn::GetAtt": [stack.only_id("AWS::EC2::SecurityGroup"), "GroupId"]}]


def test_capacity_follows_the_settings(stack):
    """The default is 8 RPU with a ceiling of 16; the settings change both."""
    assert (stack.only(WORKGROUP)["BaseCapacity"], stack.only(WORKGROUP)["MaxCapacity"]) == (8, 16)
    larger = synthesise(base_capacity="32", max_capacity="64").only(WORKGROUP)
    assert (larger["BaseCapacity"], larger["MaxCapacity"]) == (32, 64)


def test_a_rename_replaces_workgroup_and_namespace_together():
    """Both have the workgroup's name: a namespace accepts a single workgroup."""
    renamed = synthesise(num_products="7", workgroup="other-place", database="other_db")
    assert renamed.only(WORKGROUP)["WorkgroupName"] == "other-place"
    assert renamed.only(NAMESPACE)["NamespaceName"] == "other-place"
    assert renamed.only(WORKGROUP)["NamespaceName"] == {"Ref": renamed.only_id(NAMESPACE)}


def test_the_first_database_never_changes():
    """AWS cannot rename the first database of a namespace; the seeder creates one with another name."""
    renamed = synthesise(num_products="7", workgroup="other-place", database="other_db")
    assert renamed.only(NAMESPACE)["DbName"] == "supply_chain_db"


def test_the_copy_role_can_only_read_the_lake(stack):
    """Redshift can assume the role, which may list the bucket and read its objects."""
    namespace = stack.only(NAMESPACE)
    role_id = namespace["DefaultIamRoleArn"]["Fn::GetAtt"][0]
    assert namespace["IamRoles"] == [namespace["DefaultIamRoleArn"]]
    role = stack.resources[role_id]["Properties"]
    trusted = [one["Principal"]["Service"] for one in role["AssumeRolePolicyDocument"]["Statement"]]
    services = {name for one in trusted for name in ([one] if isinstance(one, str) else one)}
    assert services == {"redshift.amazonaws.com", "redshift-serverless.amazonaws.com"}
    (policy,) = role["Policies"]
    allowed = [action for statement in policy["PolicyDocument"]["Statement"] for action in _listed(statement["Action"])]
    assert set(allowed) == {"s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"}


def test_no_final_snapshot_outlives_the_namespace(stack):
    """Namespace and workgroup are deleted with the stack, without a snapshot."""
    for kind in (NAMESPACE, WORKGROUP):
        resource = stack.resources[stack.only_id(kind)]
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Delete"
    assert "FinalSnapshotName" not in stack.only(NAMESPACE)


def test_the_network_outlives_the_workgroup(stack):
    """On destroy, the workgroup is deleted before the routes and endpoints of its subnets."""
    routed = synthesise(enhanced_vpc_routing="on", availability_zones="3")
    assert set(routed.ids("AWS::EC2::VPCEndpoint")) <= routed.depends_on(routed.only_id(WORKGROUP))
    assert stack.ids("AWS::EC2::SubnetRouteTableAssociation")[0] in stack.depends_on(stack.only_id(WORKGROUP))


def test_a_customer_managed_key_encrypts_namespace_and_secret():
    """With customer_managed_key=on both use the stack's key, and COPY may decrypt with it."""
    keyed = synthesise(customer_managed_key="on")
    arn = {"Fn::GetAtt": [keyed.only_id("AWS::KMS::Key"), "Arn"]}
    namespace = keyed.only(NAMESPACE)
    assert namespace["KmsKeyId"] == namespace["AdminPasswordSecretKmsKeyId"] == arn
    role = keyed.resources[namespace["DefaultIamRoleArn"]["Fn::GetAtt"][0]]["Properties"]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert [one["Resource"] for one in statements if one["Action"] == "kms:Decrypt"] == [arn]


def _listed(value):
    return value if isinstance(value, list) else [value]
