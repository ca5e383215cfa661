"""AWS::RedshiftServerless::Namespace and ::Workgroup for CloudFormation.

A template's properties become an API request, which is validated by the same model and carried out by the same store.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, Shape, StructureShape
from ministack.core.responses import get_account_id, get_region

from redshift_sandbox.aws.model import WrongTypeError, service_model, validation_message, violations
from redshift_sandbox.aws.service import Caller, ServiceError
from redshift_sandbox.redshift_serverless.store import Store

NAMESPACE_TYPE = "AWS::RedshiftServerless::Namespace"
WORKGROUP_TYPE = "AWS::RedshiftServerless::Workgroup"

# From the types' CloudFormation schemas (createOnlyProperties).
CREATE_ONLY = {NAMESPACE_TYPE: ("NamespaceName",), WORKGROUP_TYPE: ("WorkgroupName", "NamespaceName")}

_SETTLE_SECONDS = 60.0

# What a handler returns: the physical id and the attributes for Fn::GetAtt.
_Provisioned = tuple[str, dict[str, Any]]


class ProvisioningError(Exception):
    """A resource could not be provisioned; the message is the stack event's reason."""


@dataclass(frozen=True)
class Handlers:
    """The handlers of both types, in the form of MiniStack's registry."""

    store: Store

    def registry(self) -> dict[str, dict[str, Callable[..., Any]]]:
        """Return the entries for MiniStack's registry of resource types."""
        return {
            NAMESPACE_TYPE: {
                "create": self.create_namespace,
                "update": self.update_namespace,
                "delete": self.delete_namespace,
            },
            WORKGROUP_TYPE: {
                "create": self.create_workgroup,
                "update": self.update_workgroup,
                "delete": self.delete_workgroup,
            },
        }

    def existence(self) -> dict[str, Callable[[str], bool]]:
        """Return for each type how to find out whether the resource with a name exists."""
        return {
            NAMESPACE_TYPE: lambda name: name in [one.name for one in self.store.list_namespaces(_caller())],
            WORKGROUP_TYPE: lambda name: name in [one.name for one in self.store.list_workgroups(_caller())],
        }

    def create_namespace(self, logical_id: str, properties: Mapping[str, Any], stack_name: str) -> _Provisioned:
        """Create a namespace."""
        del logical_id, stack_name
        request = _request("CreateNamespace", properties)
        namespace = _answer(lambda: self.store.create_namespace(_caller(), request))
        return namespace.name, _attributes("Namespace", namespace.describe())

    def update_namespace(
        self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str
    ) -> _Provisioned:
        """Update a namespace's properties and tags."""
        del stack_name
        changed = _changes(old, new, ignored=("Tags", "DbName", "FinalSnapshotName", "FinalSnapshotRetentionPeriod"))
        namespace = _answer(lambda: self.store.get_namespace(_caller(), physical_id))
        if changed:
            request = _request("UpdateNamespace", {**changed, "NamespaceName": physical_id})
            namespace = _answer(lambda: self.store.update_namespace(_caller(), request))
        self._retag(namespace.arn, old, new)
        return physical_id, _attributes("Namespace", namespace.describe())

    def delete_namespace(self, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete a namespace; succeed if it no longer exists."""
        del properties
        _answer(lambda: self.store.delete_namespace(_caller(), physical_id), ignore_missing=True)

    def create_workgroup(self, logical_id: str, properties: Mapping[str, Any], stack_name: str) -> _Provisioned:
        """Create a workgroup and wait until it is available."""
        del logical_id, stack_name
        request = _request("CreateWorkgroup", properties)
        _answer(lambda: self.store.create_workgroup(_caller(), request))
        found: _Provisioned = _answer(lambda: self._available(request["workgroupName"]))
        return found

    def update_workgroup(
        self, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str
    ) -> _Provisioned:
        """Update a workgroup: one property at a time, as on AWS (aws-cli#7507), and tags."""
        del stack_name
        changed = _changes(old, new, ignored=("Tags",))
        if changed:
            request = _request("UpdateWorkgroup", {**changed, "WorkgroupName": physical_id})
            _answer(lambda: self.store.update_workgroup(_caller(), request))
        self._retag(_answer(lambda: self.store.get_workgroup(_caller(), physical_id)).arn, old, new)
        found: _Provisioned = _answer(lambda: self._available(physical_id))
        return found

    def delete_workgroup(self, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete a workgroup and wait until it is gone; succeed if it no longer exists."""
        del properties
        _answer(lambda: self._available(physical_id), ignore_missing=True)
        _answer(lambda: self.store.delete_workgroup(_caller(), physical_id), ignore_missing=True)
        for _ in _attempts():
            if physical_id not in [workgroup.name for workgroup in self.store.list_workgroups(_caller())]:
                return
        raise ProvisioningError(f"Workgroup {physical_id} is still there after {_SETTLE_SECONDS:.0f} seconds.")

    def _available(self, name: str) -> _Provisioned:
        """Wait until a workgroup is available. Raises ServiceError if there is none, which a delete ignores."""
        for _ in _attempts():
            workgroup = self.store.get_workgroup(_caller(), name)
            if workgroup.status == "AVAILABLE":
                return name, _attributes("Workgroup", workgroup.describe())
        raise ProvisioningError(f"Workgroup {name} is not available after {_SETTLE_SECONDS:.0f} seconds.")

    def _retag(self, arn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        before, after = (
            {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()} for properties in (old, new)
        )
        tags = self.store.tags(arn)
        for key in before.keys() - after.keys():
            tags.pop(key, None)
        tags.update(after)


def _request(operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a template's properties to an API request, and validate it."""
    shape = service_model("redshift-serverless").operation_model(operation).input_shape
    request: dict[str, Any] = _member(shape, dict(properties))
    try:
        problems = violations(shape, request) if shape is not None else []
    except WrongTypeError as error:
        raise ProvisioningError(str(error)) from None
    if problems:
        raise ProvisioningError(validation_message(problems))
    return request


def _member(shape: Shape | None, value: Any) -> Any:
    """Convert PascalCase names to the API's, and strings to numbers and booleans where the API needs them."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return _members(shape, value)
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_member(shape.member, part) for part in value]
    return _scalar(shape, value) if shape is not None and isinstance(value, str) else value


def _members(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Any]:
    named = {name[:1].lower() + name[1:]: part for name, part in value.items()}
    return {name: _member(shape.members[name], part) for name, part in named.items() if name in shape.members}


def _scalar(shape: Shape, value: str) -> str | bool | int:
    if shape.type_name == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if shape.type_name in ("integer", "long") and value.lstrip("-").isdecimal():
        return int(value)
    return value


def _attributes(kind: str, description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes for Fn::GetAtt: ``Namespace.NamespaceArn``, ``Workgroup.Endpoint.Address`` and so on."""
    return dict(_flatten(kind, description))


def _flatten(prefix: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        path = f"{prefix}.{name[:1].upper()}{name[1:]}"
        if isinstance(part, Mapping):
            yield from _flatten(path, part)
        elif part is not None:
            yield path, part.isoformat() if hasattr(part, "isoformat") else part


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], *, ignored: tuple[str, ...]) -> dict[str, Any]:
    """Return the properties that differ. As on AWS, a property that the new template omits keeps its value."""
    return {name: value for name, value in new.items() if name not in ignored and old.get(name) != value}


def _answer(call: Callable[[], Any], *, ignore_missing: bool = False) -> Any:
    try:
        return call()
    except ServiceError as error:
        if ignore_missing and error.code == "ResourceNotFoundException":
            return None
        raise ProvisioningError(
            f"{error.message} (Service: RedshiftServerless, Status Code: {error.status}, Error Code: {error.code})"
        ) from error


def _attempts() -> Iterator[None]:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)


def _caller() -> Caller:
    return Caller(get_account_id(), get_region(), "")
