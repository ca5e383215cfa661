"""The operations of the redshift-serverless API."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from redshift_sandbox.aws.service import Caller, JsonService, Operation
from redshift_sandbox.identity import database_user
from redshift_sandbox.redshift_serverless.errors import invalid
from redshift_sandbox.redshift_serverless.permissions import authorizer
from redshift_sandbox.redshift_serverless.secrets import random_password
from redshift_sandbox.redshift_serverless.store import Store

_PAGE = 100
# From the documentation of GetCredentials.
_MIN_CREDENTIAL_SECONDS = 900
_MAX_CREDENTIAL_SECONDS = 3600

# Parameters that one request may update together, from the documentation of UpdateNamespace.
_UPDATED_TOGETHER = (
    {"adminUsername", "adminUserPassword"},
    {"iamRoles", "defaultIamRoleArn"},
    {"manageAdminPassword", "adminPasswordSecretKmsKeyId"},
)


def service(store: Store) -> JsonService:
    """Return the service, for registration with MiniStack."""

    def operation(function: Callable[[Store, Caller, dict[str, Any]], Mapping[str, Any]]) -> Operation:
        async def answer(caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
            return await asyncio.to_thread(function, store, caller, request)

        return answer

    operations = {name: operation(function) for name, function in _OPERATIONS.items()}
    return JsonService("redshift-serverless", operations, authorizer(store))


def _create_namespace(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return {"namespace": store.create_namespace(caller, request).describe()}


def _get_namespace(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return {"namespace": store.get_namespace(caller, request["namespaceName"]).describe()}


def _list_namespaces(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return _page("namespaces", [namespace.describe() for namespace in store.list_namespaces(caller)], request)


def _update_namespace(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    named = request.keys() - {"namespaceName"}
    if not named or not any(named <= together for together in (*_UPDATED_TOGETHER, *({name} for name in named))):
        raise invalid(
            f"A request can update one parameter of a namespace; this one has {', '.join(sorted(named)) or 'none'}."
        )
    return {"namespace": store.update_namespace(caller, request).describe()}


def _delete_namespace(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return {"namespace": store.delete_namespace(caller, request["namespaceName"]).describe()}


def _create_workgroup(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return {"workgroup": store.create_workgroup(caller, request).describe()}


def _get_workgroup(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return {"workgroup": store.get_workgroup(caller, request["workgroupName"]).describe()}


def _list_workgroups(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return _page("workgroups", [workgroup.describe() for workgroup in store.list_workgroups(caller)], request)


def _update_workgroup(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return {"workgroup": store.update_workgroup(caller, request).describe()}


def _delete_workgroup(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    return {"workgroup": store.delete_workgroup(caller, request["workgroupName"]).describe()}


def _get_credentials(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    if not request.get("workgroupName"):
        raise invalid("The sandbox needs a workgroupName; custom domains are not supported.")
    store.get_workgroup(caller, request["workgroupName"])
    seconds = int(request.get("durationSeconds") or _MIN_CREDENTIAL_SECONDS)
    if not _MIN_CREDENTIAL_SECONDS <= seconds <= _MAX_CREDENTIAL_SECONDS:
        raise invalid(f"The durationSeconds {seconds} isn't valid: it must be 900 to 3600.")
    expiration = datetime.now(UTC) + timedelta(seconds=seconds)
    return {
        "dbUser": database_user(caller.access_key),
        "dbPassword": random_password(),
        "expiration": expiration,
        "nextRefreshTime": expiration,
    }


def _tag_resource(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    del caller
    store.tags(request["resourceArn"]).update({tag["key"]: tag["value"] for tag in request["tags"]})
    return {}


def _untag_resource(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    del caller
    tags = store.tags(request["resourceArn"])
    for key in request["tagKeys"]:
        tags.pop(key, None)
    return {}


def _list_tags(store: Store, caller: Caller, request: dict[str, Any]) -> Mapping[str, Any]:
    del caller
    return {"tags": [{"key": key, "value": value} for key, value in store.tags(request["resourceArn"]).items()]}


def _page(member: str, entries: list[dict[str, Any]], request: dict[str, Any]) -> Mapping[str, Any]:
    token = request.get("nextToken") or "0"
    if not token.isdecimal():
        raise invalid(f"The nextToken {token!r} isn't valid.")
    start, size = int(token), int(request.get("maxResults") or _PAGE)
    more = start + size < len(entries)
    return {member: entries[start : start + size], "nextToken": str(start + size) if more else None}


_OPERATIONS: dict[str, Callable[[Store, Caller, dict[str, Any]], Mapping[str, Any]]] = {
    "CreateNamespace": _create_namespace,
    "GetNamespace": _get_namespace,
    "ListNamespaces": _list_namespaces,
    "UpdateNamespace": _update_namespace,
    "DeleteNamespace": _delete_namespace,
    "CreateWorkgroup": _create_workgroup,
    "GetWorkgroup": _get_workgroup,
    "ListWorkgroups": _list_workgroups,
    "UpdateWorkgroup": _update_workgroup,
    "DeleteWorkgroup": _delete_workgroup,
    "GetCredentials": _get_credentials,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
    "ListTagsForResource": _list_tags,
}
