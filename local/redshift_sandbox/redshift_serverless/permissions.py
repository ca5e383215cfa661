"""IAM checks of the redshift-serverless API, after AWS's service authorization reference."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from redshift_sandbox.authorization import NO_RESOURCE, of_checked_callers, require
from redshift_sandbox.aws.service import Authorize, Caller, ServiceError
from redshift_sandbox.redshift_serverless.store import Store

RESOURCES: Mapping[str, str | None] = {
    "CreateNamespace": "namespace",
    "GetNamespace": "namespace",
    "UpdateNamespace": "namespace",
    "DeleteNamespace": "namespace",
    "ListNamespaces": None,
    "CreateWorkgroup": "workgroup",
    "GetWorkgroup": "workgroup",
    "UpdateWorkgroup": "workgroup",
    "DeleteWorkgroup": "workgroup",
    "ListWorkgroups": None,
    "GetCredentials": "workgroup",
    "TagResource": "named",
    "UntagResource": "named",
    "ListTagsForResource": "named",
}
"""The resource type of each operation; ``named`` means that the request has the ARN."""


def authorizer(store: Store) -> Authorize:
    """Return the check of an operation's caller."""
    return of_checked_callers(partial(_authorize, store))


def resource_tags(store: Store, arn: str) -> dict[str, str]:
    """Return the condition keys of a resource's tags; a resource that does not exist has none."""
    try:
        return {f"aws:ResourceTag/{key}": value for key, value in store.tags(arn).items()}
    except ServiceError:
        return {}


def workgroup_arn(store: Store, caller: Caller, name: str) -> str:
    """Return the ARN of a workgroup, given its name or ARN; a wildcard instead of the id if it does not exist."""
    for workgroup in store.list_workgroups(caller):
        if name in {workgroup.name, workgroup.arn}:
            return workgroup.arn
    return _unknown(caller, "workgroup")


def _authorize(store: Store, caller: Caller, operation: str, request: Mapping[str, Any]) -> None:
    resource = _resource(store, caller, RESOURCES[operation], request)
    tags = {tag["key"]: tag["value"] for tag in request.get("tags") or ()}
    keys = [*tags, *(request.get("tagKeys") or ())]
    context = {
        **resource_tags(store, resource),
        **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        **({"aws:TagKeys": keys} if keys else {}),
    }
    require(caller, f"redshift-serverless:{operation}", resource, context)


def _resource(store: Store, caller: Caller, kind: str | None, request: Mapping[str, Any]) -> str:
    if kind == "named":
        return str(request["resourceArn"])
    if kind == "namespace":
        arns = {namespace.name: namespace.arn for namespace in store.list_namespaces(caller)}
        return arns.get(request["namespaceName"], _unknown(caller, kind))
    if kind == "workgroup":
        return workgroup_arn(store, caller, request.get("workgroupName") or "")
    return NO_RESOURCE


def _unknown(caller: Caller, kind: str) -> str:
    """Return the ARN of a resource that does not exist."""
    return f"arn:aws:redshift-serverless:{caller.region}:{caller.account}:{kind}/*"
