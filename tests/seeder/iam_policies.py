"""Evaluation of IAM policies: requests of AWS calls against the policies of a template.

The sandbox allows everything, so a missing permission would be found only in AWS. The part of the policy language that
the stack uses is supported; anything else is an error.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]
OPERATORS = {"StringEquals", "StringEqualsIfExists"}


@dataclass(frozen=True)
class Request:
    """An action on a resource, with the values of its condition keys."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Grant:
    """One action on one resource of a statement; both may have wildcards."""

    sid: str
    effect: str
    action: str
    resource: str
    conditions: JSON = field(default_factory=dict, compare=False)

    def covers(self, request: Request) -> bool:
        """Return whether the statement applies to a request."""
        return (
            _like(self.action.lower(), request.action.lower())
            and _like(self.resource, request.resource)
            and all(self._holds(*condition, request.context) for condition in self.conditions.items())
        )

    @staticmethod
    def _holds(operator: str, keys: Mapping[str, str], context: Mapping[str, str]) -> bool:
        assert operator in OPERATORS, f"unsupported operator: {operator}"
        wanted = {key: re.sub(r"\$\{(.*?)\}", lambda name: context[name[1]], value) for key, value in keys.items()}
        optional = operator.endswith("IfExists")
        return all(context.get(key, value if optional else None) == value for key, value in wanted.items())


@dataclass(frozen=True)
class Role:
    """A role of a template, with the names that its resources would have."""

    grants: tuple[Grant, ...]

    @classmethod
    def of(cls, properties: JSON, names: Mapping[str, str]) -> "Role":
        """Return the role with these properties; `names` are the values of each ``Ref`` and ``Fn::GetAtt``."""
        return cls(
            tuple(
                Grant(
                    statement["Sid"],
                    statement["Effect"],
                    action,
                    _text(resource, names),
                    statement.get("Condition", {}),
                )
                for policy in properties["Policies"]
                for statement in policy["PolicyDocument"]["Statement"]
                for action in listed(statement["Action"])
                for resource in listed(statement["Resource"])
            )
        )

    def allows(self, request: Request) -> bool:
        """Return whether a statement allows the request and none denies it."""
        return {grant.effect for grant in self.grants if grant.covers(request)} == {"Allow"}

    def unused(self, requests: set[Request]) -> Iterator[Grant]:
        """Yield the grants that no request used."""
        for grant in self.grants:
            if grant.effect == "Allow" and not any(grant.covers(request) for request in requests):
                yield grant


def listed(value: Any) -> list[Any]:
    """Return a value of a policy, which may be a single one, as a list."""
    return value if isinstance(value, list) else [value]


def _text(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(_text(part, names) for part in value["Fn::Join"][1])
    return names[value.get("Ref") or ".".join(value["Fn::GetAtt"])]


def _like(pattern: str, text: str) -> bool:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text) is not None
