"""Request validation and response serialization by botocore's service models."""

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

_NUMBERS = frozenset({"integer", "long", "float", "double"})
_BITS = {"integer": 32, "long": 64}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": list,
    "boolean": bool,
    "float": (int, float),
    "double": (int, float),
}
# A lone surrogate: JSON can express it, UTF-8 cannot.
_SURROGATE = re.compile("[\ud800-\udfff]")


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Return the service model of the installed botocore."""
    return botocore.session.get_session().get_service_model(service)


class WrongTypeError(ValueError):
    """A value has another type than its shape: AWS stops reading such a request."""

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(f"The value at '{path}' is not a {kind}.")


def violations(shape: Shape, value: object) -> list[str]:
    """Return what is wrong with a value, in AWS's wording; an empty list if it matches its shape.

    Raises
    ------
    WrongTypeError
        If the value, or a part of it, has another type than its shape.
    """
    return list(_violations(shape, value, ""))


def validation_message(problems: list[str]) -> str:
    """Return the message in which AWS reports a list of violations."""
    count = len(problems)
    return f"{count} validation error{'s' if count > 1 else ''} detected: {'; '.join(problems)}"


def serialize(shape: Shape | None, value: Any) -> Any:
    """Return a value as JSON: without members that are None, and with times in the format that the shape asks for."""
    if isinstance(shape, StructureShape):
        members = shape.members
        return {
            name: serialize(members[name], part) for name, part in value.items() if name in members and part is not None
        }
    if isinstance(shape, ListShape):
        return [serialize(shape.member, part) for part in value]
    if isinstance(shape, MapShape):
        return {key: serialize(shape.value, part) for key, part in value.items()}
    return _timestamp(shape, value) if isinstance(value, datetime) else value


def _timestamp(shape: Shape | None, value: datetime) -> str | float:
    if shape is not None and shape.serialization.get("timestampFormat") == "iso8601":
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return round(value.timestamp(), 3)


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not _is_of_type(shape, value):
        raise WrongTypeError(path, shape.type_name)
    if isinstance(shape, StructureShape):
        yield from _structure_violations(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _length_violations(shape, value, len(value), path)
        for index, part in enumerate(value, start=1):
            yield from _violations(shape.member, part, f"{path}.{index}.member")
    elif shape.type_name == "string":
        yield from _length_violations(shape, value, len(value), path)
        yield from _string_violations(shape, value, path)
    elif shape.type_name in _NUMBERS:
        yield from _number_violations(shape, value, path)


def _structure_violations(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _violations(member, value[name], _join(path, name))


def _is_of_type(shape: Shape, value: object) -> bool:
    kind = shape.type_name
    if kind == "string":
        return isinstance(value, str) and (value.isascii() or not _SURROGATE.search(value))
    if kind in _BITS:
        return isinstance(value, int) and not isinstance(value, bool) and -1 <= value >> (_BITS[kind] - 1) <= 0
    return kind not in _TYPES or (
        isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    )


def _number_violations(shape: Shape, value: float, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield _wrong(value, path, f"Member must have value greater than or equal to {low}")
    if high is not None and value > high:
        yield _wrong(value, path, f"Member must have value less than or equal to {high}")


def _string_violations(shape: Shape, value: str, path: str) -> Iterator[str]:
    pattern = shape.metadata.get("pattern")
    if pattern is not None and re.fullmatch(pattern, value, re.ASCII) is None:
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
    # In messages, AWS writes member names with a lower-case first letter.
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member
