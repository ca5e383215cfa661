"""What an update of a deployed stack does when one setting changes, found by comparing the two templates."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from infra import CACHE
from tools.variants import template

JSON = dict[str, Any]

GENERATION: Final = "Custom::SupplyChainGeneration"
LAKE_CONTENTS: Final = "Custom::SupplyChainLakeContents"


@dataclass(frozen=True)
class Change:
    """A new value of a setting, on a deployment with the settings `before`."""

    value: str
    before: Mapping[str, str]

    def after(self, setting: str) -> dict[str, str]:
        """The settings of the update."""
        return {**self.before, setting: self.value}


CHANGES: Final[Mapping[str, Change]] = {
    "num_products": Change("30", {}),
    "days": Change("12", {}),
    "warehouses": Change("2", {}),
    "orders_per_day": Change("4-6", {}),
    "purchase_orders_per_week": Change("1-3", {}),
    "seed": Change("7", {}),
    "as_of": Change("2026-01-30", {}),
    "reseed": Change("again", {}),
    "load_method": Change("copy", {}),
    "batch_rows": Change("50", {}),
    "grant_select_to": Change("user:IAM:root", {}),
    "statement_timeout": Change("200", {}),
    "workgroup": Change("another-workgroup", {}),
    "database": Change("another_database", {}),
    "catalog_database": Change("another_catalog", {}),
    "base_capacity": Change("16", {}),
    "max_capacity": Change("32", {}),
    "availability_zones": Change("3", {}),
    "enhanced_vpc_routing": Change("on", {"availability_zones": "3"}),
    "checks": Change("on", {}),
    "monitoring": Change("on", {}),
    "alarm_topic": Change("arn:aws:sns:us-east-1:000000000000:alarms", {"monitoring": "on"}),
    "customer_managed_key": Change("on", {}),
    "termination_protection": Change("on", {}),
}
"""A change of every setting but `stack_name`, which names another stack."""


OUTSIDE_TEMPLATE: Final = {
    "checks": "Nothing: it only affects the synthesis",
    "termination_protection": "In place: it is a property of the stack itself",
}
"""The effect of settings that no resource depends on."""


def effect(setting: str) -> str:
    """What CloudFormation and the seeder do when the setting changes: one sentence for the documentation."""
    if setting in OUTSIDE_TEMPLATE:
        return OUTSIDE_TEMPLATE[setting]
    change = CHANGES[setting]
    before, after = _resources(change.before), _resources(change.after(setting))
    return _refusal(before, after) or _replacement(before, after) or _reload(before, after) or _in_place(before, after)


def _refusal(before: JSON, after: JSON) -> str:
    keys = {_properties(resources, LAKE_CONTENTS)["CustomerManagedKey"] for resources in (before, after)}
    if len(keys) == 1:
        return ""
    return "Refused, unless `workgroup` changes too: the namespace is then replaced and the data loaded again"


def _reload(before: JSON, after: JSON) -> str:
    old, new = _properties(before, GENERATION), _properties(after, GENERATION)
    if old["Database"] != new["Database"]:
        return "Loads the data into the new database, then drops the six tables of the old one"
    if old["Generation"] != new["Generation"]:
        return "Reload: generates and loads the new data; readers see the old rows until it is complete"
    return "In place: the seeder runs, and loads nothing" if old["Load"] != new["Load"] else ""


def _in_place(before: JSON, after: JSON) -> str:
    added = sorted({_kind(after[name]) for name in after.keys() - before.keys()})
    changed = sorted({_kind(after[name]) for name in after.keys() & before.keys() if before[name] != after[name]})
    parts = [f"adds {', '.join(added)}"] * bool(added) + [f"updates {', '.join(changed)}"] * bool(changed)
    return f"In place: {'; '.join(parts)}"


def _replacement(before: JSON, after: JSON) -> str:
    common = after.keys() & before.keys()
    replaced = {_kind(after[name]) for name in common if _is_replaced(before[name], after[name])}
    added, removed = ({_kind(one[name]) for name in one.keys() - common} for one in (after, before))
    if not (kinds := sorted(replaced | (added & removed))):
        return ""
    moved = _properties(before, LAKE_CONTENTS)["Workgroup"] != _properties(after, LAKE_CONTENTS)["Workgroup"]
    return f"Replaces {', '.join(kinds)}{'; loads the data into the new one' * moved}"


def _is_replaced(before: JSON, after: JSON) -> bool:
    old, new = before.get("Properties", {}), after.get("Properties", {})
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    return bool(changed & _create_only(after["Type"]))


@cache
def _create_only(kind: str) -> frozenset[str]:
    if kind.startswith("Custom::"):
        return frozenset({"ServiceToken"})
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    pointers = (pointer.split("/")[2:] for pointer in schema.get("createOnlyProperties", []))
    return frozenset(pointer[0] for pointer in pointers if len(pointer) == 1)


def _kind(resource: JSON) -> str:
    return f"`{resource['Type'].removeprefix('AWS::')}`"


def _properties(resources: JSON, kind: str) -> JSON:
    (found,) = (resource["Properties"] for resource in resources.values() if resource["Type"] == kind)
    return dict(found)


def _resources(settings: Mapping[str, str]) -> JSON:
    return _cached(tuple(sorted(settings.items())))


@cache
def _cached(settings: tuple[tuple[str, str], ...]) -> JSON:
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        resources: JSON = template(Path(folder), dict(settings))["Resources"]
        return resources


def rows() -> Iterator[tuple[str, str]]:
    """Each setting and the effect of changing it."""
    return ((setting, effect(setting)) for setting in CHANGES)
