"""A place, that is a database of a workgroup, and the connection to it as the admin of the namespace."""

import json
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from supplychain.dataset.storage import Storage
from supplychain.schema import TABLES
from supplychain.warehouse import ddl, record, schema_drift
from supplychain.warehouse.data_api import DataApi, StatementError
from supplychain.warehouse.deadline import Deadline
from supplychain.warehouse.locks import GRACE_SECONDS, LockBreaker

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient
    from mypy_boto3_redshift_serverless.type_defs import NamespaceTypeDef

logger = logging.getLogger(__name__)

_CREATED_DATABASE = "database.json"
"""A file in the lake prefix of the place. It marks a database that this app has created and may therefore drop."""

_PERMANENT_DATABASE = "dev"
"""The database that Redshift does not allow anyone to drop."""

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

    def exists(self) -> bool:
        """Return whether the workgroup and its namespace exist."""
        try:
            self._available_namespace()
        except PlaceGoneError:
            return False
        return True

    def create_database(self, api: DataApi, lake: Storage) -> None:
        """Create the database if it is missing, and mark it as created in `lake`, the lake prefix of the place."""
        other, databases = self._databases(api)
        if self.place.database in databases:
            return
        marker = lake.begin()
        marker.write(json.dumps({"database": self.place.database}).encode())
        lake.commit(marker, _CREATED_DATABASE)
        other.execute(f'create database "{self.place.database}"')
        logger.info("created the database", extra={"database": self.place.database})

    def empty(self, api: DataApi, lake: Storage) -> None:
        """Cancel running statements and drop the tables, the record, and the database if this app created it.

        Sessions that keep one of them from being dropped are ended after `GRACE_SECONDS`. A view that someone has put
        in the place of a table stays.

        Raises
        ------
        PlaceGoneError
            If the workgroup or the namespace is deleted in the meantime.
        """
        _, databases = self._databases(api)
        if self.place.database not in databases:
            return
        cancelled = api.cancel_running()
        found = {str(name) for (name,) in api.execute(schema_drift.READ_TABLES).rows}
        api.batch(
            [*ddl.drop_tables([table for table in TABLES if table.name in found]), record.DROP],
            while_waiting=LockBreaker(api, [ddl.SCHEMA, record.SCHEMA], GRACE_SECONDS),
        )
        if lake.read(_CREATED_DATABASE) is not None:
            self._drop_database(api)
        logger.info("emptied", extra={"place": str(self.place), "cancelled": cancelled})

    def _drop_database(self, api: DataApi) -> None:
        """Drop the database once no session is open in it, or end the sessions that are still open after a while.

        Those of this app take a few seconds to end.
        """
        first = self._available_namespace()["dbName"]
        other = replace(api, database=first if first != self.place.database else _PERMANENT_DATABASE)
        drop, started = f'drop database "{self.place.database}"', time.monotonic()
        while True:
            try:
                other.execute(drop)
            except StatementError as error:
                if "being accessed by other users" not in error.message:
                    raise
                if time.monotonic() - started > GRACE_SECONDS and not drop.endswith("force"):
                    logger.warning("ending the sessions in the database", extra={"database": self.place.database})
                    drop += " force"
                self.deadline.sleep(_POLL_SECONDS, f"{error.message}; close the connections to it")
            else:
                return

    def _databases(self, api: DataApi) -> tuple[DataApi, set[str]]:
        """Return a client for a database that exists, and the names of all databases."""
        first = replace(api, database=self._available_namespace()["dbName"])
        try:
            return first, _database_names(first)
        except (StatementError, ClientError) as error:
            if first.database == _PERMANENT_DATABASE or "does not exist" not in str(error):
                raise
        logger.warning("the first database of the namespace does not exist", extra={"database": first.database})
        permanent = replace(api, database=_PERMANENT_DATABASE)
        return permanent, _database_names(permanent)

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


def _database_names(api: DataApi) -> set[str]:
    return {str(name) for (name,) in api.execute("select datname from pg_database").rows}
