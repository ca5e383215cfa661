"""The state of Redshift Serverless, and the rules for changing it."""

import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

from redshift_sandbox.aws.service import Caller
from redshift_sandbox.postgres import SUPERUSER, Cluster, PostgresServers
from redshift_sandbox.principals import create_user
from redshift_sandbox.redshift_serverless.capacity import require_capacities, require_port
from redshift_sandbox.redshift_serverless.errors import conflict, invalid, not_found
from redshift_sandbox.redshift_serverless.records import DEFAULT_ADMIN, DEFAULT_DATABASE, Namespace, Workgroup
from redshift_sandbox.redshift_serverless.secrets import create_admin_secret, delete_admin_secret, random_password

# How long a workgroup stays CREATING, MODIFYING or DELETING. AWS takes minutes; this is long enough to be observed.
TRANSITION_SECONDS = 0.3

_Key = tuple[str, str, str]

# Request members of CreateWorkgroup and UpdateWorkgroup, and the corresponding fields.
_WORKGROUP_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "baseCapacity": ("base_capacity", int),
    "maxCapacity": ("max_capacity", lambda value: None if value == -1 else int(value)),
    "enhancedVpcRouting": ("enhanced_vpc_routing", bool),
    "publiclyAccessible": ("publicly_accessible", bool),
    "extraComputeForAutomaticOptimization": ("extra_compute", bool),
    "ipAddressType": ("ip_address_type", str),
    "port": ("port", int),
    "trackName": ("track_name", str),
    "subnetIds": ("subnet_ids", tuple),
    "securityGroupIds": ("security_group_ids", tuple),
    "pricePerformanceTarget": ("price_performance", lambda value: tuple(value.items())),
}
_NAMESPACE_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "defaultIamRoleArn": ("default_iam_role_arn", lambda value: value or None),
    "iamRoles": ("iam_roles", tuple),
    "kmsKeyId": ("kms_key_id", str),
    "logExports": ("log_exports", tuple),
    "adminPasswordSecretKmsKeyId": ("secret_kms_key_id", str),
}


class Store:
    """Namespaces, workgroups and their tags, for each account and region.

    Methods raise ServiceError with AWS's error code, and block while PostgreSQL works.
    """

    def __init__(self, servers: PostgresServers) -> None:
        self._servers = servers
        self._lock = threading.RLock()
        self._namespaces: dict[_Key, Namespace] = {}
        self._workgroups: dict[_Key, Workgroup] = {}
        self._settles_at: dict[_Key, float] = {}
        self._tags: dict[str, dict[str, str]] = {}

    # Namespaces

    def create_namespace(self, caller: Caller, request: Mapping[str, Any]) -> Namespace:
        """Create a namespace with its database, its admin and, if requested, the admin's secret."""
        name = request["namespaceName"]
        managed = bool(request.get("manageAdminPassword"))
        if managed and request.get("adminUserPassword"):
            raise invalid("You can't set both manageAdminPassword and adminUserPassword.")
        with self._lock:
            if _key(caller, name) in self._namespaces:
                raise conflict(f"Namespace {name} already exists.")
            namespace = self._new_namespace(caller, request)
            if managed:
                namespace = self._with_secret_or_dropped(namespace)
            self._namespaces[_key(caller, name)] = namespace
            self._tags[namespace.arn] = _tag_map(request.get("tags"))
            return namespace

    def get_namespace(self, caller: Caller, name: str) -> Namespace:
        """Return a namespace."""
        with self._lock:
            try:
                return self._namespaces[_key(caller, name)]
            except KeyError:
                raise not_found("namespace", name) from None

    def list_namespaces(self, caller: Caller) -> list[Namespace]:
        """Return the caller's namespaces by name."""
        with self._lock:
            return [value for key, value in sorted(self._namespaces.items()) if key[:2] == _key(caller, "")[:2]]

    def update_namespace(self, caller: Caller, request: Mapping[str, Any]) -> Namespace:
        """Change settings of a namespace. Its database name cannot be changed, nor several settings in one request."""
        with self._lock:
            namespace = self.get_namespace(caller, request["namespaceName"])
            _refuse_several(request)
            changes = _fields(_NAMESPACE_FIELDS, request)
            password = request.get("adminUserPassword")
            if password:
                changes["admin_password"] = password
            username = request.get("adminUsername")
            if username and username != namespace.admin_username:
                if not password:
                    raise invalid("The adminUsername parameter requires the adminUserPassword parameter.")
                try:
                    with namespace.cluster.connect("postgres", SUPERUSER) as connection:
                        create_user(connection, username, superuser=True)
                except psycopg.Error as error:
                    raise _refused(error) from error
                changes["admin_username"] = username
            updated = dataclasses.replace(namespace, **changes)
            managed = request.get("manageAdminPassword")
            if managed is True and updated.secret_arn is None:
                updated = self._with_secret(dataclasses.replace(updated, admin_password=random_password()))
            elif managed is False and updated.secret_arn is not None:
                delete_admin_secret(updated.secret_arn)
                updated = dataclasses.replace(updated, secret_arn=None)
            self._namespaces[_key(caller, namespace.name)] = updated
            return updated

    def delete_namespace(self, caller: Caller, name: str) -> Namespace:
        """Delete a namespace with everything in it."""
        with self._lock:
            namespace = self.get_namespace(caller, name)
            if any(workgroup.namespace_name == name for workgroup in self.list_workgroups(caller)):
                raise conflict(
                    f"Namespace {name} can't be deleted because it has a workgroup. Delete the workgroup first."
                )
            del self._namespaces[_key(caller, name)]
            self._tags.pop(namespace.arn, None)
        self._servers.drop(namespace.id)
        if namespace.secret_arn is not None:
            delete_admin_secret(namespace.secret_arn)
        return dataclasses.replace(namespace, status="DELETING")

    # Workgroups

    def create_workgroup(self, caller: Caller, request: Mapping[str, Any]) -> Workgroup:
        """Create the workgroup of a namespace, which can have only one."""
        name, namespace_name = request["workgroupName"], request["namespaceName"]
        with self._lock:
            self.get_namespace(caller, namespace_name)
            existing = self.list_workgroups(caller)
            if any(workgroup.name == name for workgroup in existing):
                raise conflict(f"Workgroup {name} already exists.")
            if any(workgroup.namespace_name == namespace_name for workgroup in existing):
                raise conflict(f"The namespace {namespace_name} already has a workgroup associated with it.")
            identifier = str(uuid.uuid4())
            workgroup = Workgroup(
                name=name,
                id=identifier,
                arn=f"arn:aws:redshift-serverless:{caller.region}:{caller.account}:workgroup/{identifier}",
                namespace_name=namespace_name,
                created=datetime.now(UTC),
                address=f"{name}.{caller.account}.{caller.region}.redshift-serverless.amazonaws.com",
            )
            workgroup = _changed(workgroup, request)
            require_capacities(workgroup.base_capacity, workgroup.max_capacity)
            require_port(workgroup.port)
            self._tags[workgroup.arn] = _tag_map(request.get("tags"))
            return self._settle(caller, workgroup, "CREATING")

    def get_workgroup(self, caller: Caller, name: str) -> Workgroup:
        """Return a workgroup."""
        for workgroup in self.list_workgroups(caller):
            if workgroup.name == name:
                return workgroup
        raise not_found("workgroup", name)

    def namespace_of(self, caller: Caller, workgroup_name: str) -> Namespace:
        """Return the namespace of a workgroup."""
        return self.get_namespace(caller, self.get_workgroup(caller, workgroup_name).namespace_name)

    def list_workgroups(self, caller: Caller) -> list[Workgroup]:
        """Return the caller's workgroups by name."""
        with self._lock:
            keys = [key for key in sorted(self._workgroups) if key[:2] == _key(caller, "")[:2]]
            return [workgroup for key in keys if (workgroup := self._settled(key)) is not None]

    def update_workgroup(self, caller: Caller, request: Mapping[str, Any]) -> Workgroup:
        """Change one setting of a workgroup: AWS accepts no more in one request."""
        with self._lock:
            workgroup = self.get_workgroup(caller, request["workgroupName"])
            _require_available(workgroup)
            named = [name for name in request if name != "workgroupName"]
            if len(named) != 1:
                raise invalid(
                    f"A request can update one parameter of a workgroup; this one has {', '.join(named) or 'none'}."
                )
            updated = _changed(workgroup, request)
            require_capacities(updated.base_capacity, updated.max_capacity)
            require_port(updated.port)
            return self._settle(caller, updated, "MODIFYING")

    def delete_workgroup(self, caller: Caller, name: str) -> Workgroup:
        """Delete a workgroup and keep its namespace."""
        with self._lock:
            workgroup = self.get_workgroup(caller, name)
            _require_available(workgroup)
            self._tags.pop(workgroup.arn, None)
            return self._settle(caller, workgroup, "DELETING")

    # Tags

    def tags(self, arn: str) -> dict[str, str]:
        """Return a resource's tags, which the caller may modify."""
        with self._lock:
            try:
                return self._tags[arn]
            except KeyError:
                raise not_found("resource", arn) from None

    def _new_namespace(self, caller: Caller, request: Mapping[str, Any]) -> Namespace:
        identifier = str(uuid.uuid4())
        database = request.get("dbName") or DEFAULT_DATABASE
        admin = request.get("adminUsername") or DEFAULT_ADMIN
        cluster = self._servers.create(identifier)
        try:
            _create_databases(cluster, admin, {database, DEFAULT_DATABASE})
        except psycopg.Error as error:
            self._servers.drop(identifier)
            raise _refused(error) from error
        return Namespace(
            name=request["namespaceName"],
            id=identifier,
            arn=f"arn:aws:redshift-serverless:{caller.region}:{caller.account}:namespace/{identifier}",
            created=datetime.now(UTC),
            database=database,
            admin_username=admin,
            admin_password=request.get("adminUserPassword") or random_password(),
            cluster=cluster,
            **_fields(_NAMESPACE_FIELDS, request),
        )

    def _with_secret_or_dropped(self, namespace: Namespace) -> Namespace:
        try:
            return self._with_secret(namespace)
        except Exception:
            self._servers.drop(namespace.id)
            raise

    @staticmethod
    def _with_secret(namespace: Namespace) -> Namespace:
        arn = create_admin_secret(
            namespace=namespace.name,
            namespace_arn=namespace.arn,
            username=namespace.admin_username,
            password=namespace.admin_password,
            key=namespace.secret_kms_key_id,
        )
        if arn is None:
            raise conflict(f"A secret for the admin password of namespace {namespace.name} already exists.")
        return dataclasses.replace(namespace, secret_arn=arn)

    def _settle(self, caller: Caller, workgroup: Workgroup, status: str) -> Workgroup:
        key = _key(caller, workgroup.name)
        self._workgroups[key] = dataclasses.replace(workgroup, status=status)
        self._settles_at[key] = time.monotonic() + TRANSITION_SECONDS
        return self._workgroups[key]

    def _settled(self, key: _Key) -> Workgroup | None:
        """Return a workgroup after applying a transition that is over; None if it was deleted."""
        workgroup = self._workgroups[key]
        if workgroup.status == "AVAILABLE" or time.monotonic() < self._settles_at[key]:
            return workgroup
        if workgroup.status == "DELETING":
            del self._workgroups[key], self._settles_at[key]
            return None
        self._workgroups[key] = dataclasses.replace(workgroup, status="AVAILABLE")
        return self._workgroups[key]


def _create_databases(cluster: Cluster, admin: str, names: set[str]) -> None:
    with cluster.connect("postgres", SUPERUSER) as connection:
        create_user(connection, admin, superuser=True)
        for name in names:
            made = sql.Identifier(name)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(made, sql.Identifier(admin)))
            connection.execute(sql.SQL("GRANT ALL ON DATABASE {} TO rds_superuser").format(made))


def _refused(error: psycopg.Error) -> Exception:
    """Return the error for an admin or a database that PostgreSQL refuses, such as a reserved name."""
    if error.diag.message_primary is None:
        return error
    return invalid(f"The adminUsername or the dbName isn't valid: {error.diag.message_primary}.")


def _changed(workgroup: Workgroup, request: Mapping[str, Any]) -> Workgroup:
    changes = _fields(_WORKGROUP_FIELDS, request)
    if request.get("configParameters") is not None:
        given = {part["parameterKey"]: part["parameterValue"] for part in request["configParameters"]}
        # Parameters that a request omits keep their values.
        changes["config_parameters"] = tuple({**dict(workgroup.config_parameters), **given}.items())
    return dataclasses.replace(workgroup, **changes)


def _fields(table: Mapping[str, tuple[str, Callable[[Any], Any]]], request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: convert(request[member]) for member, (name, convert) in table.items() if request.get(member) is not None
    }


def _require_available(workgroup: Workgroup) -> None:
    if workgroup.status != "AVAILABLE":
        raise conflict(
            f"There is an operation running on workgroup {workgroup.name} ({workgroup.status}). Try again later."
        )


def _key(caller: Caller, name: str) -> _Key:
    return (caller.account, caller.region, name)


def _tag_map(tags: list[Mapping[str, str]] | None) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in tags or ()}


_CHANGED_TOGETHER = (
    {"adminUsername", "adminUserPassword"},
    {"manageAdminPassword", "adminPasswordSecretKmsKeyId"},
    {"iamRoles", "defaultIamRoleArn"},
)
"""Settings of a namespace that one request may change together."""


def _refuse_several(request: Mapping[str, Any]) -> None:
    """AWS accepts one change of a namespace in a request; parameters that belong together count as one."""
    changed = request.keys() - {"namespaceName"}
    if len(changed) > 1 and not any(changed <= together for together in _CHANGED_TOGETHER):
        raise invalid(f"You can't update multiple parameters in one request. Parameters: {', '.join(sorted(changed))}.")
