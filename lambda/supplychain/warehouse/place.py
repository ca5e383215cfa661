"""Where a generation is loaded: a database of a workgroup, reached as the namespace's admin."""

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

_MADE_DATABASE = "database.json"
"""Lies in the place's part of the lake where this app has created the database, and so may drop it."""

_POLL_SECONDS = 3.0


class PlaceGoneError(Exception):
    """The workgroup or its namespace is not there, or is going."""


class NoAdminSecretError(Exception):
    """AWS does not manage the admin's password, and no secret that holds it was named."""


@dataclass(frozen=True)
class Place:
    """A database of a workgroup."""

    workgroup: str
    database: str

    def __str__(self) -> str:
        return f"{self.workgroup}/{self.database}"


@dataclass(frozen=True)
class Warehouse:
    """Reaches a place: waits for its workgroup, finds the admin's secret, makes and drops the database."""

    serverless: "RedshiftServerlessClient"
    data: "RedshiftDataAPIServiceClient"
    place: Place
    deadline: Deadline
    admin_secret: str | None = None
    """ARN of the admin's secret, where AWS does not manage it."""

    def connect(self) -> DataApi:
        """A client as the admin, once the workgroup is available; the place's database need not exist.

        Raises
        ------
        PlaceGoneError
            Where the workgroup or the namespace does not exist or is being deleted.
        OutOfTimeError
            Where the workgroup does not become available in time.
        NoAdminSecretError
            Where AWS does not manage the admin's password, and no secret was named.
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
                f"namespace {namespace['namespaceName']} has no admin secret that AWS manages: turn on its managed "
                "admin password, or give the secret that holds user name and password as admin_secret."
            )
        return secret

    def create_database(self, api: DataApi, lake: Storage) -> None:
        """Create the place's database where it is missing, and note in `lake`, the place's part, that we did."""
        home = self._home(api)
        if self.place.database in self._databases(home):
            return
        note = lake.begin()
        note.write(json.dumps({"database": self.place.database}).encode())
        lake.commit(note, _MADE_DATABASE)
        home.execute(f'create database "{self.place.database}"')
        logger.info("created the database", extra={"database": self.place.database})

    def empty(self, api: DataApi, lake: Storage) -> None:
        """Cancel what runs, drop the tables and the record, and the database where it was our making."""
        home = self._home(api)
        if self.place.database not in self._databases(home):
            return
        cancelled = api.cancel_running()
        api.batch([*ddl.drop_tables(), record.DROP])
        if lake.read(_MADE_DATABASE) is not None:
            self._drop_database(home)
        logger.info("emptied", extra={"place": str(self.place), "cancelled": cancelled})

    def _drop_database(self, home: DataApi) -> None:
        """Drop the place's database; sessions that are still open in it, ours among them, are waited for."""
        while True:
            try:
                home.execute(f'drop database "{self.place.database}"')
            except StatementError as error:
                if "being accessed by other users" not in error.message:
                    raise
                self.deadline.sleep(_POLL_SECONDS, f"{error.message}; close what is connected to it")
            else:
                return

    def _home(self, api: DataApi) -> DataApi:
        """The same client in the database that the namespace was made with."""
        return replace(api, database=self._available_namespace()["dbName"])

    @staticmethod
    def _databases(home: DataApi) -> set[str]:
        return {str(name) for (name,) in home.execute("select datname from pg_database").rows}

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
