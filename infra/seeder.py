"""The seeder: the function behind the custom resources, and the custom resources."""

from typing import Final

from aws_cdk import CustomResource, Duration, RemovalPolicy, Size
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.lake import Lake
from infra.monitoring import METRICS_NAMESPACE
from infra.permissions import seeder_role
from infra.settings import Settings
from infra.warehouse import Warehouse
from supplychain.settings import render

FUNCTION_TIMEOUT: Final = Duration.minutes(15)
"""Lambda's longest."""

ANSWER_TIMEOUT: Final = Duration.minutes(20)
"""How long CloudFormation waits for an answer: past the function's timeout, under CloudFormation's hour."""


class Seeder(Construct):
    """Makes the data, loads it, and takes it away again.

    CloudFormation calls the function directly. The CDK's Provider framework would add four functions and a state
    machine, and swallows the Delete that follows a failed Create.

    Parameters
    ----------
    code
        The function's code.
    settings
        What to make, and where to load it.
    lake
        Where the files of a generation go.
    warehouse
        Where they are loaded.
    key
        What encrypts the lake, the admin secret and the log; AWS's own keys where it is None.
    stack_tag
        Key and value of the tag that the stack's own workgroups and namespaces have.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        settings: Settings,
        lake: Lake,
        warehouse: Warehouse,
        key: kms.IKey | None,
        stack_tag: tuple[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=logs.RetentionDays.ONE_MONTH,
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.function = lambda_.Function(
            self,
            "Function",
            description="Makes supply-chain sample data and loads it into the warehouse",
            code=code,
            handler="supplychain.custom_resource.handler.handle",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=3008,  # the most that a new account may use
            # A Parquet file grows to 128 MiB before it is uploaded, for each of six tables.
            ephemeral_storage_size=Size.gibibytes(2),
            timeout=FUNCTION_TIMEOUT,
            # A second try would run beside CloudFormation's own handling of the failure.
            retry_attempts=0,
            role=seeder_role(self, lake=lake.bucket, key=key, log_group=self.log_group, stack_tag=stack_tag),
            log_group=self.log_group,
            environment={
                "POWERTOOLS_SERVICE_NAME": "supply-chain-seeder",
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
        )
        self.lake_contents = self._lake_contents(lake)
        self.generation = self._generation(settings, lake, warehouse)

    def _lake_contents(self, lake: Lake) -> CustomResource:
        """On Delete, empties the bucket just before CloudFormation deletes it."""
        contents = CustomResource(
            self,
            "LakeContents",
            resource_type="Custom::SupplyChainLakeContents",
            service_token=self.function.function_arn,
            service_timeout=ANSWER_TIMEOUT,
            properties={"Bucket": lake.bucket.bucket_name},
        )
        # What Delete needs must go after it. The whole function: its role with its policies, its log group, and the
        # rule that it is not called twice.
        contents.node.add_dependency(self.function, self.log_group, *lake.ready)
        return contents

    def _generation(self, settings: Settings, lake: Lake, warehouse: Warehouse) -> CustomResource:
        """The generation that the settings name, loaded into the place that they name."""
        generation = CustomResource(
            self,
            "Generation",
            resource_type="Custom::SupplyChainGeneration",
            service_token=self.function.function_arn,
            service_timeout=ANSWER_TIMEOUT,
            properties={
                "Workgroup": warehouse.workgroup.ref,
                "Namespace": warehouse.namespace.ref,
                "Database": settings.place.database,
                "Bucket": lake.bucket.bucket_name,
                "CopyRoleArn": warehouse.copy_role.role_arn,
                "Generation": settings.seed.generation,
                "Settings": render(settings.seed),
                "Load": render(settings.load),
            },
        )
        generation.node.add_dependency(self.lake_contents, warehouse)
        return generation
