"""What a CDK app may have already: a bucket for the lake, a namespace, a workgroup."""

import re
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IDependable

from infra.permissions import Reach, WarehouseReach
from supplychain.settings import PlaceSettings, SettingError, read

_PREFIX: Final = re.compile(r"([A-Za-z0-9._-]+/)*")


@dataclass(frozen=True, kw_only=True)
class ExistingLake:
    """A part of a bucket that is somebody else's: what lies outside `prefix` is never touched.

    Other than a `Lake` it is not emptied by itself: removing a generation removes its own files. In a bucket with
    versioning, their versions too.

    Raises
    ------
    SettingError
        Where `prefix` is none.
    """

    bucket: s3.IBucket
    prefix: str = "supply-chain/"
    """Empty, or folders of A-Z, a-z, 0-9, ., _ and -, each ended by a slash."""

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise SettingError(
                f"prefix: {self.prefix!r} is not accepted; empty, or folders of A-Z, a-z, 0-9, . _ -, each ended by "
                "a slash"
            )

    @property
    def ready(self) -> list[IDependable]:
        """What must stand before the bucket is used, and as long as it is."""
        policy = self.bucket.policy
        return [self.bucket] if policy is None else [self.bucket, policy]


@dataclass(frozen=True, kw_only=True)
class ExistingNamespace:
    """A namespace that is somebody else's.

    The seeder works as its admin. Raises SettingError where `arn` is not that of a namespace.
    """

    name: str
    arn: str
    """It ends with the namespace's id, so that it does not follow from the name."""

    admin_secret: secretsmanager.ISecret | None = None
    """Holds ``username`` and ``password`` of the admin; not needed where AWS manages the admin's password."""

    copy_role: iam.IRole | None = None
    """One of the namespace's roles, which may read the lake. Without one, rows are loaded by INSERT only."""

    def __post_init__(self) -> None:
        _require_arn("namespace", self.arn)

    @property
    def managed_secrets(self) -> str:
        """Name of the admin's secret, with a wildcard, where AWS manages it."""
        return f"redshift!{self.name}-*"


@dataclass(frozen=True, kw_only=True)
class ExistingWarehouse:
    """A workgroup that is somebody else's, and its namespace.

    Only the six tables, the record beside them, and a database that the seeder has made are ever removed. For another
    workgroup make another `SeededGeneration`: the function's role names this one alone.

    Raises
    ------
    SettingError
        Where the workgroup's name or ARN is none.
    """

    workgroup_name: str
    workgroup_arn: str
    """It ends with the workgroup's id, so that it does not follow from the name."""

    namespace: ExistingNamespace
    ready: list[IDependable] = field(default_factory=list)
    """Constructs of the same app that must stand before the workgroup is used, and as long as it is."""

    def __post_init__(self) -> None:
        if not Token.is_unresolved(self.workgroup_name):
            read(PlaceSettings, {"workgroup": self.workgroup_name})
        _require_arn("workgroup", self.workgroup_arn)

    @property
    def workgroup_ref(self) -> str:
        return self.workgroup_name

    @property
    def namespace_ref(self) -> str:
        return self.namespace.name

    @property
    def copy_role(self) -> iam.IRole | None:
        return self.namespace.copy_role

    @property
    def reach(self) -> WarehouseReach:
        """The one workgroup and its namespace."""
        return WarehouseReach(
            workgroups=Reach(arns=[self.workgroup_arn]),
            namespaces=Reach(arns=[self.namespace.arn]),
            managed_secrets=self.namespace.managed_secrets,
            admin_secret=self.namespace.admin_secret,
        )


def _require_arn(kind: str, arn: str) -> None:
    if not Token.is_unresolved(arn) and not re.fullmatch(
        rf"arn:[a-z-]+:redshift-serverless:[^:]+:\d{{12}}:{kind}/\S+", arn
    ):
        raise SettingError(
            f"{kind} ARN: {arn!r} is not accepted; arn:aws:redshift-serverless:<region>:<account>:{kind}/<id>"
        )
