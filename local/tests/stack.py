"""A stack with one of everything that a warehouse stack has: ``python stack.py OUT`` writes its cloud assembly.

Its parameters are Version (of the function), Capacity, Fail (the custom resource fails), Late (a resource after the
custom resource fails) and Workgroup.
"""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2, aws_glue, aws_iam, aws_lambda, aws_logs, aws_s3
from aws_cdk import aws_redshiftserverless as redshift


def main(folder: str) -> None:
    app = cdk.App(outdir=folder, analytics_reporting=False)
    stack = cdk.Stack(app, "Everything")
    cdk.Tags.of(stack).add("team", "data")
    defaults = {"Version": "1", "Capacity": "8", "Fail": "false", "Late": "false", "Workgroup": "everything"}
    given = {name: cdk.CfnParameter(stack, name, default=value).value_as_string for name, value in defaults.items()}
    vpc = aws_ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=[cdk.Fn.select(zone, cdk.Fn.get_azs()) for zone in range(2)],
        nat_gateways=0,
        restrict_default_security_group=False,
        subnet_configuration=[
            aws_ec2.SubnetConfiguration(name="Isolated", subnet_type=aws_ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24)
        ],
        gateway_endpoints={"S3": aws_ec2.GatewayVpcEndpointOptions(service=aws_ec2.GatewayVpcEndpointAwsService.S3)},
    )
    group = aws_ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    other = aws_ec2.SecurityGroup(stack, "Other", vpc=vpc)
    group.connections.allow_from(other, aws_ec2.Port.tcp(5439))
    bucket = aws_s3.Bucket(
        stack,
        "Bucket",
        enforce_ssl=True,
        versioned=True,
        removal_policy=cdk.RemovalPolicy.DESTROY,
        block_public_access=aws_s3.BlockPublicAccess.BLOCK_ALL,
    )
    name = given["Workgroup"]
    namespace = redshift.CfnNamespace(
        stack, "Namespace", namespace_name=name, db_name="analytics", manage_admin_password=True
    )
    workgroup = redshift.CfnWorkgroup(
        stack,
        "Compute",
        workgroup_name=name,
        namespace_name=namespace.ref,
        base_capacity=cdk.Token.as_number(given["Capacity"]),
        subnet_ids=[subnet.subnet_id for subnet in vpc.isolated_subnets],
        security_group_ids=[group.security_group_id],
    )
    workgroup.add_dependency(namespace)
    catalog = aws_glue.CfnDatabase(
        stack,
        "Catalog",
        catalog_id=stack.account,
        database_input=aws_glue.CfnDatabase.DatabaseInputProperty(name="everything"),
    )
    log_group = aws_logs.LogGroup(
        stack, "Log", retention=aws_logs.RetentionDays.ONE_WEEK, removal_policy=cdk.RemovalPolicy.DESTROY
    )
    function = aws_lambda.Function(
        stack,
        "Function",
        runtime=aws_lambda.Runtime.PYTHON_3_13,
        handler="index.handler",
        timeout=cdk.Duration.seconds(60),
        code=aws_lambda.Code.from_asset(str(Path(__file__).parent / "function")),
        log_group=log_group,
        environment={"VERSION": given["Version"]},
    )
    bucket.grant_read_write(function)
    function.add_to_role_policy(
        aws_iam.PolicyStatement(actions=["redshift-data:*", "redshift-serverless:GetCredentials"], resources=["*"])
    )
    function.add_to_role_policy(
        aws_iam.PolicyStatement(effect=aws_iam.Effect.DENY, actions=["logs:CreateLogGroup"], resources=["*"])
    )
    custom = cdk.CustomResource(
        stack,
        "Custom",
        service_token=function.function_arn,
        service_timeout=cdk.Duration.seconds(60),
        resource_type="Custom::Everything",
        properties={
            "Version": given["Version"],
            "Fail": given["Fail"],
            "Workgroup": workgroup.ref,
            "Journal": bucket.bucket_name,
        },
    )
    custom.node.add_dependency(function, bucket, workgroup, log_group)
    table = aws_glue.CfnTable(
        stack,
        "Table",
        catalog_id=stack.account,
        database_name=catalog.ref,
        table_input=aws_glue.CfnTable.TableInputProperty(
            name="things",
            table_type="EXTERNAL_TABLE",
            storage_descriptor=aws_glue.CfnTable.StorageDescriptorProperty(
                location=bucket.s3_url_for_object(f"v{given['Version']}/"),
                columns=[aws_glue.CfnTable.ColumnProperty(name="id", type="int")],
            ),
        ),
    )
    table.node.add_dependency(custom)
    late = aws_glue.CfnTable(
        stack,
        "LateTable",
        catalog_id=stack.account,
        database_name="no_such_database",
        table_input=aws_glue.CfnTable.TableInputProperty(name="late"),
    )
    late.cfn_options.condition = cdk.CfnCondition(
        stack, "IsLate", expression=cdk.Fn.condition_equals(given["Late"], "true")
    )
    late.node.add_dependency(table)
    for key, value in {
        "Version": custom.get_att_string("Version"),
        "User": custom.get_att_string("User"),
        "Bucket": bucket.bucket_name,
        "NamespaceArn": namespace.attr_namespace_namespace_arn,
        "Address": workgroup.attr_workgroup_endpoint_address,
        "VpcCidr": vpc.vpc_cidr_block,
        "Admin": namespace.attr_namespace_admin_username,
    }.items():
        cdk.CfnOutput(stack, f"{key}Output", value=value).override_logical_id(f"{key}Output")
    app.synth()


if __name__ == "__main__":
    main(sys.argv[1])
