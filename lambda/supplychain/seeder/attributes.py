"""The attributes of the custom resource for Fn::GetAtt, from whatever describes the generation."""

from collections.abc import Mapping
from typing import Final

from supplychain.dataset.manifest import Manifest
from supplychain.seeder.request import GenerationProperties
from supplychain.warehouse.record import Record

UNKNOWN: Final = "unknown"


def of_manifest(manifest: Manifest) -> Mapping[str, str]:
    """Return the attributes of a generation in the lake."""
    return _attributes(manifest.generation, manifest.as_of.isoformat(), manifest.seed, str(manifest.rows))


def of_record(record: Record) -> Mapping[str, str]:
    """Return the attributes of the generation in the warehouse."""
    return _attributes(record.generation, record.as_of, record.seed, str(record.total_rows))


def of_properties(wanted: GenerationProperties) -> Mapping[str, str]:
    """Return what the properties tell of a generation that is neither in the lake nor in the warehouse."""
    as_of = wanted.seed.as_of
    return _attributes(wanted.generation, UNKNOWN if as_of == "today" else as_of.isoformat(), wanted.seed.seed, UNKNOWN)


def _attributes(generation: str, as_of: str, seed: int, rows: str) -> Mapping[str, str]:
    return {"Generation": generation, "AsOf": as_of, "Seed": str(seed), "TotalRows": rows}
