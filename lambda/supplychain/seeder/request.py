"""The properties of the custom resources, as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.settings import LoadSettings, SeedSettings, read
from supplychain.warehouse.place import Place

GENERATION_TYPE = "Custom::SupplyChainGeneration"
LAKE_TYPE = "Custom::SupplyChainLakeContents"


class RequestError(ValueError):
    """An event that this version of the seeder does not support; the message is one line."""


class EncryptionError(Exception):
    """The encryption key of a deployed namespace would have to change; the message is one line."""


@dataclass(frozen=True)
class LakeLocation:
    """The part of a bucket that holds generations, grouped by place."""

    bucket: str
    prefix: str = ""
    """Empty, or ends with a slash."""

    def place_prefix(self, place: Place) -> str:
        """Return the prefix of the generations of a place."""
        return f"{self.prefix}{place}/"


@dataclass(frozen=True)
class GenerationProperties:
    """The wanted state: the generation that a place holds, and how it is loaded."""

    place: Place
    lake: LakeLocation
    admin_secret: str | None
    """The ARN of the admin secret if AWS does not manage it."""
    copy_role: str
    """The role with which COPY reads the lake; empty if the namespace has none."""
    owns_namespace: bool
    """Whether the namespace belongs to the stack, which deletes it together with all its databases and users."""
    generation: str
    seed: SeedSettings
    load: LoadSettings

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "GenerationProperties":
        """Parse the properties, which CloudFormation passes as text.

        Raises
        ------
        RequestError
            If a property is missing.
        SettingError
            If the value of a setting is not accepted.
        """
        return cls(
            place=place_of(properties),
            lake=lake_of(properties),
            admin_secret=admin_secret_of(properties),
            copy_role=properties.get("CopyRoleArn") or "",
            owns_namespace=owns_namespace(properties),
            generation=required(properties, "Generation"),
            seed=read(SeedSettings, properties.get("Settings") or {}),
            load=read(LoadSettings, properties.get("Load") or {}),
        )


def generation_of(properties: Mapping[str, Any]) -> str | None:
    """Return the generation before an update, or None if an older version of the app did not pass it."""
    return properties.get("Generation") or None


def place_of(properties: Mapping[str, Any]) -> Place:
    """Return the place. Raises RequestError if a property is missing."""
    return Place(workgroup=required(properties, "Workgroup"), database=required(properties, "Database"))


def lake_of(properties: Mapping[str, Any]) -> LakeLocation:
    """Return the location of the lake. Raises RequestError if the bucket is missing."""
    return LakeLocation(bucket=required(properties, "Bucket"), prefix=properties.get("Prefix") or "")


def admin_secret_of(properties: Mapping[str, Any]) -> str | None:
    """Return the ARN of the admin secret; None means the one that AWS manages."""
    return properties.get("AdminSecretArn") or None


def owns_namespace(properties: Mapping[str, Any]) -> bool:
    """Return whether the namespace belongs to the stack."""
    return properties.get("OwnsNamespace") == "true"


def required(properties: Mapping[str, Any], name: str) -> str:
    """Return a required property. Raises RequestError if it is missing."""
    value = properties.get(name)
    if not isinstance(value, str) or not value:
        raise RequestError(f"property {name} of the custom resource is missing: deploy the stack with this version")
    return value
