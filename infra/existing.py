"""Resources that a CDK app may already have: a bucket for the lake, a namespace, a workgroup."""

import re
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IDependable

from infra.permissions import Resources, WarehouseAccess
from supplychain.settings import PlaceSettings, SettingError, read

_PREFIX: Final = re.compile(r"([A-Za-z0-9._-]+/)*")


@dataclass(frozen=True, kw_only=True)
class ExistingLake:
    """A prefix of an existing bucket; objects outside `prefix` are never touched.

    Unlike a `Lake`, it is not emptied as a whole: deleting a generation deletes that generation's files, with all their
    versions if the bucket is versioned.

    Raises
    ------
    SettingError
        Where `prefix` is not valid.
    """

    bucket: s3.IBucket
    prefix: str = "supply-chain/"
    """Empty, or folders of A-Z, a-z, 0-9, ., _ and -, each followed by a slash."""

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise SettingError(
                f"prefix: {self.prefix!r} is not accepted; empty, or folders of A-Z, a-z, 0-9, . _ -, each followed "
                "by a slash"
            )

    @property
    def dependencies(self) -> list[IDependable]:
        """What must exist for as long as the bucket is used."""
        policy = self.bucket.policy
        return [self.bucket] if policy is None else [self.bucket, policy]


@dataclass(frozen=True, kw_only=True)
class ExistingNamespace:
    """An existing namespace. The seeder connects as its admin.

    Raises
    ------
    SettingError
        Where `arn` is not the ARN of a namespace.
    """

    name: str
    arn: str
    """Ends in the namespace's id, so it cannot be derived from the name."""

    admin_secret: secretsmanager.ISecret | None = None
    """Contains the admin's ``username`` and ``password``; not needed if AWS manages the admin's password."""

    admin_username: str = "admin"
    """The admin's user name, which is part of the name of the secret if AWS manages the admin's password."""

    copy_role: iam.IRole | None = None
    """A role of the namespace that may read the lake. Without one, rows are loaded by INSERT only."""

    def __post_init__(self) -> None:
        _require_arn("namespace", self.arn)

    @property
    def managed_secrets(self) -> str:
        """Name pattern of the admin's secret if AWS manages it."""
        return managed_secret(self.name, self.admin_username)


@dataclass(frozen=True, kw_only=True)
class ExistingWarehouse:
    """An existing workgroup and its namespace.

    Only the six tables, the record of the generation, and a database that the seeder created are ever dropped. The
    function's role covers this workgroup alone: for another one, create another `SeededGeneration`.

    Raises
    ------
    SettingError
        Where the workgroup's name or ARN is not valid.
    """

    workgroup_name: str
    workgroup_arn: str
    """Ends in the workgroup's id, so it cannot be derived from the name."""

    namespace: ExistingNamespace
    dependencies: list[IDependable] = field(default_factory=list)
    """Constructs of the same app that must exist for as long as the workgroup is used."""

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
    def access(self) -> WarehouseAccess:
        """What the seeder needs to access: this workgroup and its namespace."""
        return WarehouseAccess(
            workgroups=Resources(arns=[self.workgroup_arn]),
            namespaces=Resources(arns=[self.namespace.arn]),
            managed_secrets=self.namespace.managed_secrets,
            admin_secret=self.namespace.admin_secret,
        )


def managed_secret(namespace: str, admin: str) -> str:
    """Name pattern of the secret that AWS manages for a namespace's admin; Secrets Manager adds six characters."""
    return f"redshift!{namespace}-{admin}-??????"


def _require_arn(kind: str, arn: str) -> None:
    if not Token.is_unresolved(arn) and not re.fullmatch(
        rf"arn:[a-z-]+:redshift-serverless:[^:]+:\d{{12}}:{kind}/\S+", arn
    ):
        raise SettingError(
            f"{kind} ARN: {arn!r} is not accepted; arn:aws:redshift-serverless:<region>:<account>:{kind}/<id>"
        )
