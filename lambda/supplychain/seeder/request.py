"""What CloudFormation asks of the seeder, as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.settings import LoadSettings, SeedSettings, read
from supplychain.warehouse.place import Place

GENERATION_TYPE = "Custom::SupplyChainGeneration"
LAKE_TYPE = "Custom::SupplyChainLakeContents"


class RequestError(ValueError):
    """The event is not one that this version of the seeder understands; the message is one line."""


@dataclass(frozen=True)
class LakePart:
    """The part of a bucket in which generations lie, by place."""

    bucket: str
    prefix: str = ""
    """Empty, or ends with a slash."""

    def folder(self, place: Place) -> str:
        """The prefix of a place's generations."""
        return f"{self.prefix}{place}/"


@dataclass(frozen=True)
class GenerationProperties:
    """The wanted state: a generation, in a place, loaded in a way."""

    place: Place
    lake: LakePart
    admin_secret: str | None
    """The secret of the namespace's admin, where AWS does not manage it."""
    copy_role: str
    """The role that COPY reads the lake with; empty where the namespace has none."""
    generation: str
    seed: SeedSettings
    load: LoadSettings

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "GenerationProperties":
        """The properties as CloudFormation passes them: every value is text.

        Raises
        ------
        RequestError
            Where a property is missing.
        SettingError
            Where a setting has a value that is not accepted.
        """
        return cls(
            place=place_of(properties),
            lake=lake_of(properties),
            admin_secret=admin_secret_of(properties),
            copy_role=properties.get("CopyRoleArn") or "",
            generation=required(properties, "Generation"),
            seed=read(SeedSettings, properties.get("Settings") or {}),
            load=read(LoadSettings, properties.get("Load") or {}),
        )


def generation_of(properties: Mapping[str, Any]) -> str | None:
    """The generation that an update starts from; None where an older version of the app has not named it."""
    return properties.get("Generation") or None


def place_of(properties: Mapping[str, Any]) -> Place:
    """The place that the properties name; RequestError where they do not."""
    return Place(workgroup=required(properties, "Workgroup"), database=required(properties, "Database"))


def lake_of(properties: Mapping[str, Any]) -> LakePart:
    """Where the properties say that generations lie; RequestError where they do not."""
    return LakePart(bucket=required(properties, "Bucket"), prefix=properties.get("Prefix") or "")


def admin_secret_of(properties: Mapping[str, Any]) -> str | None:
    """The admin's secret that the properties name; None means the one that AWS manages."""
    return properties.get("AdminSecretArn") or None


def required(properties: Mapping[str, Any], name: str) -> str:
    """A property that must be there; RequestError where it is not."""
    value = properties.get(name)
    if not isinstance(value, str) or not value:
        raise RequestError(f"property {name} of the custom resource is missing: deploy the stack with this version")
    return value
