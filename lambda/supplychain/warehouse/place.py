"""A place, that is a database of a workgroup, and the connection to it as the admin of the namespace."""

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from supplychain.dataset.storage import Storage
from supplychain.warehouse import ddl, record
from supplychain.warehouse.data_api import DataApi, StatementError
from supplychain.warehouse.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient
    from mypy_boto3_redshift_serverless.type_defs import NamespaceTypeDef

logger = logging.getLogger(__name__)

_CREATED_DATABASE = "database.json"
"""A file in the lake prefix of the place. It marks a database that this app has created and may therefore drop."""

_POLL_SECONDS = 3.0


class PlaceGoneError(Exception):
    """The workgroup or its namespace does not exist or is being deleted."""


class NoAdminSecretError(Exception):
    """AWS does not manage the admin password, and no secret with it was specified."""


@dataclass(frozen=True)
class Place:
    """A database of a workgroup, into which generations are loaded."""

    workgroup: str
    database: str

    def __str__(self) -> str:
        return f"{self.workgroup}/{self.database}"


@dataclass(frozen=True)
class Warehouse:
    """Connects to a place: waits for its workgroup, finds the admin secret, creates and drops the database."""

    serverless: "RedshiftServerlessClient"
    data: "RedshiftDataAPIServiceClient"
    place: Place
    deadline: Deadline
    admin_secret: str | None = None
    """The ARN of the admin secret if AWS does not manage it."""

    def connect(self) -> DataApi:
        """Wait until the workgroup is available and return a client as the admin. The database need not exist.

        Raises
        ------
        PlaceGoneError
            If the workgroup or the namespace does not exist or is being deleted.
        OutOfTimeError
            If the workgroup does not become available in time.
        NoAdminSecretError
            If AWS does not manage the admin password, and no secret was specified.
        """
        namespace = self._available_namespace()
        return DataApi(
            client=self.data,
            workgroup=self.place.workgroup,
            database=self.place.database,
            secret_arn=self._secret(namespace),
            deadline=self.deadline,
        )

    def _secret(self, namespace: "NamespaceTypeDef") -> str:
        secret = self.admin_secret or namespace.get("adminPasswordSecretArn")
        if not secret:
            raise NoAdminSecretError(
                f"namespace {namespace['namespaceName']} has no admin secret managed by AWS: enable its managed "
                "admin password, or pass the secret that holds user name and password as admin_secret."
            )
        return secret

    def create_database(self, api: DataApi, lake: Storage) -> None:
        """Create the database if it is missing, and mark it as created in `lake`, the lake prefix of the place."""
        default = self._default_database(api)
        if self.place.database in self._databases(default):
            return
        marker = lake.begin()
        marker.write(json.dumps({"database": self.place.database}).encode())
        lake.commit(marker, _CREATED_DATABASE)
        default.execute(f'create database "{self.place.database}"')
        logger.info("created the database", extra={"database": self.place.database})

    def empty(self, api: DataApi, lake: Storage) -> None:
        """Cancel running statements and drop the tables, the record, and the database if this app created it."""
        default = self._default_database(api)
        if self.place.database not in self._databases(default):
            return
        cancelled = api.cancel_running()
        api.batch([*ddl.drop_tables(), record.DROP])
        if lake.read(_CREATED_DATABASE) is not None:
            self._drop_database(default)
        logger.info("emptied", extra={"place": str(self.place), "cancelled": cancelled})

    def _drop_database(self, default: DataApi) -> None:
        """Drop the database once no session is open in it; those of this app take a few seconds to end."""
        while True:
            try:
                default.execute(f'drop database "{self.place.database}"')
            except StatementError as error:
                if "being accessed by other users" not in error.message:
                    raise
                self.deadline.sleep(_POLL_SECONDS, f"{error.message}; close the connections to it")
            else:
                return

    def _default_database(self, api: DataApi) -> DataApi:
        """Return the same client for the default database of the namespace."""
        return replace(api, database=self._available_namespace()["dbName"])

    @staticmethod
    def _databases(api: DataApi) -> set[str]:
        return {str(name) for (name,) in api.execute("select datname from pg_database").rows}

    def _available_namespace(self) -> "NamespaceTypeDef":
        try:
            while True:
                workgroup = self.serverless.get_workgroup(workgroupName=self.place.workgroup)["workgroup"]
                if workgroup["status"] == "DELETING":
                    raise PlaceGoneError(f"workgroup {self.place.workgroup} is being deleted")
                if workgroup["status"] == "AVAILABLE":
                    return self.serverless.get_namespace(namespaceName=workgroup["namespaceName"])["namespace"]
                waiting = f"workgroup {self.place.workgroup} stayed {workgroup['status']}"
                logger.info("waiting for the workgroup", extra={"status": workgroup["status"]})
                self.deadline.sleep(_POLL_SECONDS, waiting)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise PlaceGoneError(error.response["Error"]["Message"]) from error
            raise
