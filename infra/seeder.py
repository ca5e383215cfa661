"""The seeder: the function behind the custom resources, and the custom resources."""

from typing import Final

from aws_cdk import CustomResource, Duration, RemovalPolicy, Size
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
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
"""Lambda's longest."""

ANSWER_TIMEOUT: Final = Duration.minutes(20)
"""How long CloudFormation waits for an answer: past the function's timeout, under CloudFormation's hour."""


MAX_INSERTED_ROWS: Final = 100_000
"""Most rows expected where COPY has no role: the function's time is too short to insert many more."""


class SeededGeneration(Construct):
    """A generation of sample data: made, loaded into a warehouse, made anew when its settings change, and taken away.

    CloudFormation calls the function directly. The CDK's Provider framework would add four functions and a state
    machine, and swallows the Delete that follows a failed Create.

    Parameters
    ----------
    lake
        Where the files go. A `Lake` is for one generation, whose function empties it before it is deleted.
    warehouse
        Where they are loaded.
    database
        The database of the warehouse; created where it is missing.
    seed
        What to make.
    load
        How to load it, and who may read it.
    key
        What encrypts the lake, the admin secret, the log and the function's settings; AWS's own keys where it is None.
    code
        The function's code; for Lambda where it is None.

    Raises
    ------
    SettingError
        Where the database's name is not accepted, the lake has another generation already, or the data would be more
        than the function can make, or load without COPY.
    BundlingError
        Where the function's dependencies cannot be fetched.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        lake: Lake | ExistingLake,
        warehouse: SupplyChainWarehouse | ExistingWarehouse,
        database: str = PlaceSettings.database,
        seed: SeedSettings = SeedSettings(),  # noqa: B008  # it never changes
        load: LoadSettings = LoadSettings(),  # noqa: B008  # likewise
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
            warehouse=warehouse.reach,
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
            memory_size=3008,  # the most that a new account may use
            # A Parquet file grows to 128 MiB before it is uploaded, for each of six tables.
            ephemeral_storage_size=Size.gibibytes(2),
            timeout=FUNCTION_TIMEOUT,
            # A second try would run beside CloudFormation's own handling of the failure.
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
        needed: list[IDependable] = [self.function, self.log_group, *lake.ready, *warehouse.ready]
        if isinstance(lake, Lake):
            self.lake_contents = self._lake_contents(lake)
            needed.append(self.lake_contents)
        secret = warehouse.reach.admin_secret
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
                **_given(
                    Prefix=lake.prefix,
                    CopyRoleArn=warehouse.copy_role.role_arn if warehouse.copy_role else None,
                    AdminSecretArn=secret.secret_arn if secret else None,
                ),
            },
        )
        # What Delete needs must go after it. The whole function: its role with its policies, its log group, and the
        # rule that it is not called twice.
        self.generation.node.add_dependency(*needed)

    def _lake_contents(self, lake: Lake) -> CustomResource:
        """On Delete, empties the bucket just before CloudFormation deletes it."""
        lake.let_fill(self)
        contents = CustomResource(
            self,
            "LakeContents",
            resource_type="Custom::SupplyChainLakeContents",
            service_token=self.function.function_arn,
            service_timeout=ANSWER_TIMEOUT,
            properties={"Bucket": lake.bucket.bucket_name},
        )
        contents.node.add_dependency(self.function, self.log_group, *lake.ready)
        return contents


def _given(**properties: str | None) -> dict[str, str]:
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
            f"copy_role: missing; about {seed.expected_rows:,} rows need COPY, above some {MAX_INSERTED_ROWS:,}: give "
            "one of the namespace's roles that may read the lake, or ask for less data"
        )
