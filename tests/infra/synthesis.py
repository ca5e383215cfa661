"""Synthesises the stack for the tests, once per set of settings and run."""

import json
import tempfile
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra import ROOT
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack

from aws_cdk import App  # isort: skip  # after infra, as in app.py

JSON = dict[str, Any]

_OUT = tempfile.TemporaryDirectory(prefix="cdk.out-", dir=ROOT / ".cache")  # removed at exit


@dataclass(frozen=True)
class Synthesised:
    """A synthesised template."""

    template: JSON
    termination_protection: bool

    @property
    def resources(self) -> JSON:
        """All resources by logical id."""
        resources: JSON = self.template["Resources"]
        return resources

    def ids(self, kind: str) -> list[str]:
        """The logical ids of the resources of a type."""
        return [name for name, resource in self.resources.items() if resource["Type"] == kind]

    def all(self, kind: str) -> list[JSON]:
        """The properties of the resources of a type."""
        return [self.resources[name].get("Properties", {}) for name in self.ids(kind)]

    def only(self, kind: str) -> JSON:
        """The properties of the one resource of a type."""
        (properties,) = self.all(kind)
        return properties

    def only_id(self, kind: str) -> str:
        """The logical id of the one resource of a type."""
        (name,) = self.ids(kind)
        return name

    def depends_on(self, name: str) -> set[str]:
        """The logical ids that a resource depends on, directly or indirectly."""
        found: set[str] = set()
        todo = [name]
        while todo:
            for needed in _needed(self.resources[todo.pop()]) & self.resources.keys():
                if needed not in found:
                    found.add(needed)
                    todo.append(needed)
        return found


def _needed(resource: JSON) -> set[str]:
    explicit = resource.get("DependsOn", [])
    return {explicit} if isinstance(explicit, str) else set(explicit) | _references(resource.get("Properties", {}))


def _references(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if not isinstance(value, dict):
        return set()
    if "Ref" in value:
        return {str(value["Ref"])}
    if "Fn::GetAtt" in value:
        return {str(value["Fn::GetAtt"][0])}
    return set().union(*map(_references, value.values()))


@cache
def synthesise(**settings: str) -> Synthesised:
    """The template that `cdk synth -c key=value …` produces from `settings`."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(context=context | settings, outdir=_OUT.name)
    read = Settings.read(app.node.get_all_context())
    SupplyChainWarehouseStack(app, read.deploy.stack_name, settings=read)
    artifact = app.synth().get_stack_by_name(read.deploy.stack_name)
    return Synthesised(artifact.template, bool(artifact.termination_protection))
