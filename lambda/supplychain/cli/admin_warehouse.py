"""The warehouse as the admin of its namespace."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from supplychain.cli.connection import CallError
from supplychain.dataset.storage import Storage
from supplychain.settings import PlaceSettings
from supplychain.warehouse import record
from supplychain.warehouse.data_api import DataApi, SessionLostError, StatementError
from supplychain.warehouse.deadline import Deadline, OutOfTimeError
from supplychain.warehouse.place import NoAdminSecretError, Place, PlaceGoneError, Warehouse
from supplychain.warehouse.transaction import LoadError

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
"""The errors of the warehouse, all of which have a message for the user."""

_WAIT_SECONDS: Final = 120.0
"""How long to wait for a workgroup that is being modified."""


@dataclass(frozen=True)
class AdminWarehouse:
    """A database and a client for it as the admin."""

    place: Place
    api: DataApi
    copy_role: str | None
    """The default role of the namespace, which COPY can use, if it has one."""


def connect_as_admin(
    session: "boto3.Session", settings: PlaceSettings, *, create_in: Storage | None = None
) -> AdminWarehouse:
    """Connect to the warehouse, and run a statement to see that the database exists.

    With `create_in`, the lake prefix of the place, a missing database is created.

    Raises
    ------
    PlaceGoneError
        If the workgroup does not exist.
    StatementError
        If the database does not exist or refuses the connection.
    """
    place = Place(settings.workgroup, settings.database)
    serverless = session.client("redshift-serverless")
    deadline = Deadline.after(_WAIT_SECONDS)
    warehouse = Warehouse(serverless, session.client("redshift-data"), place, deadline)
    api = replace(warehouse.connect(), deadline=Deadline())
    if create_in is not None:
        warehouse.create_database(api, create_in)
    api.execute("select 1")
    namespace = serverless.get_workgroup(workgroupName=place.workgroup)["workgroup"]["namespaceName"]
    described = serverless.get_namespace(namespaceName=namespace)["namespace"]
    return AdminWarehouse(place, api, described.get("defaultIamRoleArn"))


def read_record(warehouse: AdminWarehouse) -> record.Record:
    """Return the record of the generation that a warehouse holds. Raises CallError if nothing has been loaded."""
    try:
        recorded = record.parse_record(warehouse.api.execute(record.READ))
    except StatementError as error:
        if "does not exist" not in str(error):
            raise
        recorded = None
    if recorded is None:
        raise CallError(f"{warehouse.place} holds no generation")
    return recorded
