"""The seeder: the Lambda function behind the custom resources, and the custom resources."""

from typing import Final

from aws_cdk import CustomResource, Duration, RemovalPolicy, Size
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_redshiftserverless as redshift
from constructs import Construct, IDependable

from infra.bundling import function_code
from infra.existing import ExistingLake, ExistingWarehouse
from infra.lake import Lake
from infra.monitoring import METRICS_NAMESPACE
from infra.permissions import seeder_role
from infra.settings import refuse_too_many_rows
from infra.warehouse import SupplyChainWarehouse
from supplychain.settings import LoadSettings, PlaceSettings, SeedSettings, SettingError, read, render

FUNCTION_TIMEOUT: Final = Duration.minutes(15)
"""The maximum that Lambda allows."""

ANSWER_TIMEOUT: Final = Duration.minutes(20)
"""How long CloudFormation waits for a response: longer than the function can run, less than the hour it allows."""

MAX_INSERTED_ROWS: Final = 100_000
"""Maximum of expected rows without a role for COPY: the function would time out inserting many more."""


class SeededGeneration(Construct):
    """A generation of sample data in a warehouse: replaced when its settings change, deleted with the stack.

    CloudFormation invokes the function directly. The CDK's Provider framework would add four functions and a state
    machine, and drops the Delete that follows a failed Create.

    Parameters
    ----------
    lake
        Where the files are stored. A `Lake` takes one generation, whose function empties it before it is deleted.
    warehouse
        Where they are loaded to.
    database
        The database of the warehouse, created if missing.
    seed
        The data to generate.
    load
        How to load it, and who may read it.
    key
        The KMS key of the lake, the admin's secret, the log and the function's environment variables; None if they are
        encrypted with AWS's own keys.
    code
        The function's code; built for Lambda if None.

    Raises
    ------
    SettingError
        Where the database's name is not valid, the lake already has a generation, or there are more rows than the
        function can generate, or load without COPY.
    BundlingError
        Where the function's code cannot be built.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        lake: Lake | ExistingLake,
        warehouse: SupplyChainWarehouse | ExistingWarehouse,
        database: str = PlaceSettings.database,
        seed: SeedSettings = SeedSettings(),  # noqa: B008  # immutable
        load: LoadSettings = LoadSettings(),  # noqa: B008  # immutable
        key: kms.IKey | None = None,
        code: lambda_.Code | None = None,
    ) -> None:
        read(PlaceSettings, {"database": database})
        refuse_too_many_rows(seed)
        _refuse_impossible(load, seed, warehouse)
        super().__init__(scope, construct_id)
        self.location = lake.bucket.s3_url_for_object(
            f"{lake.prefix}{warehouse.workgroup_name}/{database}/{seed.generation}/"
        )
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=logs.RetentionDays.ONE_MONTH,
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = seeder_role(
            self,
            bucket=lake.bucket,
            prefix=lake.prefix,
            warehouse=warehouse.access,
            key=key,
            log_group=self.log_group,
        )
        self.function = lambda_.Function(
            self,
            "Function",
            description="Makes supply-chain sample data and loads it into the warehouse",
            code=code or function_code("aws"),
            handler="supplychain.seeder.handler.handle",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=3008,  # the limit of a new account
            # A Parquet file grows to 128 MiB before it is uploaded, for each of six tables.
            ephemeral_storage_size=Size.gibibytes(2),
            timeout=FUNCTION_TIMEOUT,
            # A retry would run concurrently with CloudFormation's own handling of the failure.
            retry_attempts=0,
            role=self.role,
            log_group=self.log_group,
            environment={
                "POWERTOOLS_SERVICE_NAME": "supply-chain-seeder",
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
            environment_encryption=key,
        )
        self.lake_contents: CustomResource | None = None
        dependencies: list[IDependable] = [self.function, self.log_group, *lake.dependencies, *warehouse.dependencies]
        if isinstance(lake, Lake):
            self.lake_contents = self._lake_contents(lake, warehouse, key)
            dependencies.append(self.lake_contents)
        secret, namespace = warehouse.access.admin_secret, _own_namespace(warehouse)
        self.generation = CustomResource(
            self,
            "Generation",
            resource_type="Custom::SupplyChainGeneration",
            service_token=self.function.function_arn,
            service_timeout=ANSWER_TIMEOUT,
            properties={
                "Workgroup": warehouse.workgroup_ref,
                "Namespace": warehouse.namespace_ref,
                "Database": database,
                "Bucket": lake.bucket.bucket_name,
                "Generation": seed.generation,
                "Settings": render(seed),
                "Load": render(load),
                **_without_empty(
                    OwnsNamespace="true" if namespace else None,
                    # It changes if the namespace is created again, which is empty then.
                    NamespaceId=namespace.attr_namespace_namespace_id if namespace else None,
                    Prefix=lake.prefix,
                    CopyRoleArn=warehouse.copy_role.role_arn if warehouse.copy_role else None,
                    AdminSecretArn=secret.secret_arn if secret else None,
                ),
            },
        )
        # Whatever Delete needs must be deleted later. Of the function that is everything: its role with its policies,
        # its log group, and the setting that rules out retries.
        self.generation.node.add_dependency(*dependencies)

    def _lake_contents(
        self, lake: Lake, warehouse: SupplyChainWarehouse | ExistingWarehouse, key: kms.IKey | None
    ) -> CustomResource:
        """The custom resource that empties the bucket just before CloudFormation deletes it.

        It also refuses an update that would change the key of the stack's namespace, before the namespace is updated.
        """
        lake.attach(self)
        namespace = _own_namespace(warehouse)
        contents = CustomResource(
            self,
            "LakeContents",
            resource_type="Custom::SupplyChainLakeContents",
            service_token=self.function.function_arn,
            service_timeout=ANSWER_TIMEOUT,
            properties={
                "Bucket": lake.bucket.bucket_name,
                # The name, not a reference: the namespace depends on this resource.
                **_without_empty(
                    Workgroup=warehouse.workgroup_name if namespace else None,
                    CustomerManagedKey=("on" if key else "off") if namespace else None,
                ),
            },
        )
        contents.node.add_dependency(self.function, self.log_group, *lake.dependencies)
        if namespace:
            namespace.node.add_dependency(contents)
        return contents


def _own_namespace(warehouse: SupplyChainWarehouse | ExistingWarehouse) -> redshift.CfnNamespace | None:
    """The namespace, if it belongs to the stack."""
    return warehouse.namespace if isinstance(warehouse, SupplyChainWarehouse) else None


def _without_empty(**properties: str | None) -> dict[str, str]:
    return {name: value for name, value in properties.items() if value}


def _refuse_impossible(
    load: LoadSettings, seed: SeedSettings, warehouse: SupplyChainWarehouse | ExistingWarehouse
) -> None:
    """Raise SettingError if COPY is wanted, or needed for so many rows, and has no role."""
    if warehouse.copy_role:
        return
    if load.load_method == "copy":
        raise SettingError("load_method: 'copy' is not accepted for a namespace without copy_role; auto or insert")
    if seed.expected_rows > MAX_INSERTED_ROWS:
        raise SettingError(
            f"copy_role: missing; about {seed.expected_rows:,} rows are too many to INSERT (at most "
            f"{MAX_INSERTED_ROWS:,}): give a role of the namespace that may read the lake, or generate fewer rows"
        )
