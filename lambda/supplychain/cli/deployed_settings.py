"""The settings of a deployed generation, from the template of its stack."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from supplychain.cli.connection import CallError
from supplychain.settings import LoadSettings, SeedSettings, SettingError, read

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

GENERATION_TYPE: Final = "Custom::SupplyChainGeneration"
"""The type of the custom resource that holds a generation."""


@dataclass(frozen=True)
class DeployedSettings:
    """What a generation was deployed with."""

    seed: SeedSettings
    load: LoadSettings
    owns_namespace: bool
    """Whether the namespace belongs to the stack."""


def deployed_settings(cloudformation: "CloudFormationClient", stack_name: str, generation: str) -> DeployedSettings:
    """Return the settings with which the stack has deployed a generation.

    Raises
    ------
    CallError
        If the template has no such generation, as this version of the app names it.
    """
    template: Any = cloudformation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    resources = (json.loads(template) if isinstance(template, str) else template)["Resources"].values()
    for resource in resources:
        if resource["Type"] == GENERATION_TYPE:
            found = _settings(resource["Properties"])
            if found.seed.generation == generation:
                return found
    raise CallError(
        f"the template of {stack_name} has no settings from which this version of the app makes generation "
        f"{generation}: repair it with the version that has deployed it, or deploy again with this one"
    )


def _settings(properties: Mapping[str, Any]) -> DeployedSettings:
    try:
        return DeployedSettings(
            seed=read(SeedSettings, properties.get("Settings") or {}),
            load=read(LoadSettings, properties.get("Load") or {}),
            owns_namespace=properties.get("OwnsNamespace") == "true",
        )
    except SettingError as error:
        raise CallError(f"the template has settings of another version of this app: {error}") from None
