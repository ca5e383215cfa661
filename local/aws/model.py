"""Requests checked, and answers written, by botocore's description of a service."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

_NUMBERS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Return the pinned botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def violations(shape: Shape, value: object) -> list[str]:
    """Return what is wrong with a value, each in AWS's words; nothing when it fits its shape."""
    return list(_violations(shape, value, ""))


def validation_message(problems: list[str]) -> str:
    """Return AWS's one message for a list of violations."""
    count = len(problems)
    return f"{count} validation error{'s' if count > 1 else ''} detected: {'; '.join(problems)}"


def serialize(shape: Shape | None, value: Any) -> Any:
    """Return a value as JSON carries it: members that are None left out, times in the form the shape asks for."""
    if isinstance(shape, StructureShape):
        members = shape.members
        return {
            name: serialize(members[name], part) for name, part in value.items() if name in members and part is not None
        }
    if isinstance(shape, ListShape):
        return [serialize(shape.member, part) for part in value]
    if isinstance(shape, MapShape):
        return {key: serialize(shape.value, part) for key, part in value.items()}
    if isinstance(value, datetime):
        if shape is not None and shape.serialization.get("timestampFormat") == "iso8601":
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return round(value.timestamp(), 3)
    return value


def _violations(shape: Shape, value: object, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure_violations(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list_violations(shape, value, path)
    elif isinstance(shape, MapShape):
        if not isinstance(value, Mapping):
            yield _wrong(value, path, "Member must be a map")
    else:
        yield from _scalar_violations(shape, value, path)


def _structure_violations(shape: StructureShape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _wrong(value, path, "Member must be a structure")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _violations(member, value[name], _join(path, name))


def _list_violations(shape: ListShape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _wrong(value, path, "Member must be a list")
        return
    yield from _length_violations(shape, value, len(value), path)
    for index, part in enumerate(value, start=1):
        yield from _violations(shape.member, part, f"{path}.{index}.member")


def _scalar_violations(shape: Shape, value: object, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "string":
        if not isinstance(value, str):
            yield _wrong(value, path, "Member must be a string")
            return
        yield from _length_violations(shape, value, len(value), path)
        yield from _string_violations(shape, value, path)
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield _wrong(value, path, "Member must be a boolean")
    elif kind in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, _NUMBERS[kind]):
            yield _wrong(value, path, f"Member must be a number of type {kind}")
            return
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and value < low:
            yield _wrong(value, path, f"Member must have value greater than or equal to {low}")
        if high is not None and value > high:
            yield _wrong(value, path, f"Member must have value less than or equal to {high}")


def _string_violations(shape: Shape, value: str, path: str) -> Iterator[str]:
    pattern = shape.metadata.get("pattern")
    if pattern is not None and re.fullmatch(pattern, value) is None:
        yield _wrong(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    accepted = shape.metadata.get("enum")
    if accepted and value not in accepted:
        yield _wrong(value, path, f"Member must satisfy enum value set: [{', '.join(accepted)}]")


def _length_violations(shape: Shape, value: object, length: int, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        yield _wrong(value, path, f"Member must have length greater than or equal to {low}")
    if high is not None and length > high:
        yield _wrong(value, path, f"Member must have length less than or equal to {high}")


def _wrong(value: object, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    # AWS names members in messages with a small first letter.
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member
