"""Checks of the outputs, the Glue tables and the lake of a deployment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from supplychain import schema
from supplychain.cli.admin_warehouse import AdminWarehouse, connect_as_admin
from supplychain.cli.doctor.check import RESEED, Answer, check
from supplychain.cli.doctor.stack import Stack
from supplychain.dataset.manifest import MANIFEST, Manifest
from supplychain.dataset.reader import GenerationError, complete_generation
from supplychain.dataset.storage import S3Storage
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import TableTypeDef

OUTPUTS: Final = (
    "WorkgroupName",
    "DatabaseName",
    "CatalogDatabaseName",
    "LakeBucketName",
    "Generation",
    "AsOf",
    "Seed",
    "TotalRows",
)
"""The stack's outputs."""

_NAMED: Final = 3
"""Most faults listed in a finding."""


@dataclass(frozen=True)
class Deployment:
    """A deployed stack."""

    session: "boto3.Session"
    stack: Stack

    @property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs."""
        return self.stack.outputs

    @property
    def lake(self) -> S3Storage:
        """The files of the deployed generation."""
        prefix = "/".join(self.outputs[key] for key in ("WorkgroupName", "DatabaseName", "Generation"))
        return S3Storage(self.session.client("s3"), self.outputs["LakeBucketName"], f"{prefix}/")

    @cached_property
    def manifest(self) -> Manifest | None:
        """The manifest of the generation, or None if there is none that this version can read."""
        try:
            return complete_generation(self.lake)
        except (GenerationError, ValueError):
            return None

    @cached_property
    def warehouse(self) -> AdminWarehouse:
        """The database as the admin of the namespace. Raises the errors of `connect_as_admin`."""
        return connect_as_admin(
            self.session,
            PlaceSettings(workgroup=self.outputs["WorkgroupName"], database=self.outputs["DatabaseName"]),
        )

    @property
    def reload(self) -> str:
        """The command that loads the rows from the lake again."""
        place = f"--workgroup {self.outputs['WorkgroupName']} --database {self.outputs['DatabaseName']}"
        return f"supplychain load --from {self.lake.location} {place}"


def missing_outputs(stack: Stack) -> Answer:
    """Whether the stack has the outputs that the other checks need."""
    missing = [key for key in OUTPUTS if not stack.outputs.get(key)]
    if missing:
        return Answer(
            "problem",
            f"{stack.name} has no {', '.join(missing)}",
            "if this is another app's stack, give --stack-name; otherwise deploy again with this version",
        )
    return Answer("ok", f"generation {stack.outputs['Generation']}, as of {stack.outputs['AsOf']}")


@check("Glue tables", "glue:GetTable")
def catalog(deployment: Deployment) -> Answer:
    """Whether the six tables have the columns of the schema and the location of the generation."""
    database = deployment.outputs["CatalogDatabaseName"]
    glue = deployment.session.client("glue")
    wrong = [
        f"{table.name} {fault}"
        for table in schema.TABLES
        if (fault := _fault(table, _find(glue, database, table.name), deployment.lake.location))
    ]
    if wrong:
        fix = f"supplychain catalog --location {deployment.lake.location} --database {database}"
        return Answer("problem", _listed(wrong), fix)
    return Answer(
        "ok", f"{len(schema.TABLES)} tables in {database} with the columns and the location of the generation"
    )


def _find(glue: "GlueClient", database: str, name: str) -> "TableTypeDef | None":
    # One by one: GetTables leaves out tables that the caller may not see in Lake Formation.
    try:
        return glue.get_table(DatabaseName=database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException:
        return None


def _fault(table: schema.Table, there: "TableTypeDef | None", location: str) -> str | None:
    if there is None:
        return "is missing"
    storage = there.get("StorageDescriptor", {})
    columns = [(column["Name"], column.get("Type")) for column in storage.get("Columns", [])]
    if columns != [(column.name, column.type.glue) for column in table.columns]:
        return "has different columns"
    if storage.get("Location") != f"{location}{table.name}/":
        return f"has the location {storage.get('Location')}"
    return None


@check("lake", "s3:ListBucket", "s3:GetObject")
def lake(deployment: Deployment) -> Answer:
    """Whether the files are those in the manifest, of the same sizes, with no others beside them."""
    manifest = complete_generation(deployment.lake)
    listed = {file.path: file.size for table in manifest.tables.values() for file in table.files}
    there = dict(_files(deployment.lake))
    wrong = [
        *(f"{path} is missing" for path in listed.keys() - there.keys()),
        *(f"{path} has a different size" for path in listed.keys() & there.keys() if listed[path] != there[path]),
        *(f"{path} is not in {MANIFEST}" for path in there.keys() - listed.keys() - {MANIFEST}),
    ]
    if wrong:
        return Answer(
            "problem",
            f"{deployment.lake.location}: {_listed(sorted(wrong))}",
            f"restore the previous version of the file in S3, or {RESEED}",
        )
    return Answer("ok", f"{len(listed)} files of {manifest.size:,} bytes, as {MANIFEST} lists them")


def _files(lake: S3Storage) -> Iterator[tuple[str, int]]:
    pages = lake.client.get_paginator("list_objects_v2").paginate(Bucket=lake.bucket, Prefix=lake.prefix)
    for page in pages:
        for entry in page.get("Contents", []):
            yield entry["Key"].removeprefix(lake.prefix), entry["Size"]


def _listed(faults: list[str]) -> str:
    more = f" and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    return "; ".join(faults[:_NAMED]) + more


CHECKS: Final = (catalog, lake)
