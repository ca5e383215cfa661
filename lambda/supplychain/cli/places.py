"""Where generations lie and are loaded: stores by address, the warehouse as its admin, the outputs of a stack."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from supplychain.cli.connection import CallError
from supplychain.dataset.storage import FolderStorage, S3Storage, Storage
from supplychain.settings import PlaceSettings
from supplychain.warehouse.data_api import DataApi, SessionLostError, StatementError
from supplychain.warehouse.deadline import Deadline, OutOfTimeError
from supplychain.warehouse.errors import LoadError
from supplychain.warehouse.place import NoAdminSecretError, Place, PlaceGoneError, Warehouse

if TYPE_CHECKING:
    import boto3

WAREHOUSE_ERRORS: Final = (
    LoadError,
    NoAdminSecretError,
    OutOfTimeError,
    PlaceGoneError,
    SessionLostError,
    StatementError,
)
"""What may go wrong in the warehouse, each with a message for the user."""

_WAIT_SECONDS: Final = 120.0
"""Longest that a workgroup that is being changed is waited for."""


@dataclass(frozen=True)
class OpenWarehouse:
    """A database as the namespace's admin; the connection was tried."""

    place: Place
    api: DataApi
    copy_role: str | None
    """The role that the namespace lends to COPY, if it has one."""


def opened(session: "boto3.Session", settings: PlaceSettings) -> OpenWarehouse:
    """The warehouse of some settings, once a statement has run in its database.

    Raises
    ------
    PlaceGoneError
        Where there is no such workgroup.
    StatementError
        Where there is no such database, or it refuses.
    """
    place = Place(settings.workgroup, settings.database)
    serverless = session.client("redshift-serverless")
    waiting = Deadline.after(_WAIT_SECONDS)
    api = replace(Warehouse(serverless, session.client("redshift-data"), place, waiting).connect(), deadline=Deadline())
    api.execute("select 1")
    namespace = serverless.get_workgroup(workgroupName=place.workgroup)["workgroup"]["namespaceName"]
    described = serverless.get_namespace(namespaceName=namespace)["namespace"]
    return OpenWarehouse(place, api, described.get("defaultIamRoleArn"))


def storage_at(address: str, session: "boto3.Session") -> Storage:
    """The folder or, for s3://bucket/prefix, the part of a bucket at an address; ValueError where it is neither."""
    if not address.startswith("s3://"):
        return FolderStorage(Path(address))
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not bucket:
        raise ValueError(f"{address!r} names no bucket; s3://bucket/prefix/")
    prefix = prefix.strip("/")
    return S3Storage(session.client("s3"), bucket, f"{prefix}/" if prefix else "")


def stack_outputs(session: "boto3.Session", stack_name: str) -> dict[str, str]:
    """The outputs of a deployed stack; CallError where it is not one of this app."""
    (stack,) = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if "LakeBucketName" not in outputs:
        raise CallError(f"stack {stack_name} has no output LakeBucketName: it is not a deployment of this app")
    return outputs
