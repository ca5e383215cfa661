"""Checks of a deployment from outside: its outputs, its catalog and its lake."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from supplychain import schema
from supplychain.cli.admin_warehouse import AdminWarehouse, connect_as_admin
from supplychain.cli.doctor.check import Answer, check
from supplychain.cli.doctor.stack import Stack
from supplychain.dataset.manifest import MANIFEST, Manifest
from supplychain.dataset.reader import GenerationError, complete_generation
from supplychain.dataset.storage import S3Storage
from supplychain.settings import PlaceSettings

if TYPE_CHECKING:
    import boto3
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
"""Most files or tables that a line names."""


@dataclass(frozen=True)
class Deployment:
    """A deployed stack, with the means to look into it."""

    session: "boto3.Session"
    stack: Stack

    @property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs."""
        return self.stack.outputs

    @property
    def lake(self) -> S3Storage:
        """Where the deployed generation lies."""
        prefix = "/".join(self.outputs[key] for key in ("WorkgroupName", "DatabaseName", "Generation"))
        return S3Storage(self.session.client("s3"), self.outputs["LakeBucketName"], f"{prefix}/")

    @cached_property
    def manifest(self) -> Manifest | None:
        """The generation's manifest, or None where there is none that this version can read."""
        try:
            return complete_generation(self.lake)
        except (GenerationError, ValueError):
            return None

    @cached_property
    def warehouse(self) -> AdminWarehouse:
        """The database as the namespace's admin; raises what `connect_as_admin` does."""
        return connect_as_admin(
            self.session,
            PlaceSettings(workgroup=self.outputs["WorkgroupName"], database=self.outputs["DatabaseName"]),
        )

    @property
    def reload(self) -> str:
        """The command that loads the lake's rows again."""
        place = f"--workgroup {self.outputs['WorkgroupName']} --database {self.outputs['DatabaseName']}"
        return f"supplychain load --from {self.lake.location} {place}"


def missing_outputs(stack: Stack) -> Answer:
    """Whether the stack has the outputs that the other checks start from."""
    missing = [key for key in OUTPUTS if not stack.outputs.get(key)]
    if missing:
        return Answer(
            "problem",
            f"{stack.name} has no {', '.join(missing)}",
            "give the stack of this app with --stack-name, or deploy again with this version",
        )
    return Answer("ok", f"generation {stack.outputs['Generation']}, as of {stack.outputs['AsOf']}")


@check("Glue tables", "glue:GetTables")
def catalog(deployment: Deployment) -> Answer:
    """Whether the six tables have the schema's columns, and lie over the generation's files."""
    database = deployment.outputs["CatalogDatabaseName"]
    pages = deployment.session.client("glue").get_paginator("get_tables").paginate(DatabaseName=database)
    there = {table["Name"]: table for page in pages for table in page["TableList"]}
    wrong = [
        f"{table.name} {fault}"
        for table in schema.TABLES
        if (fault := _fault(table, there.get(table.name), deployment.lake.location))
    ]
    if wrong:
        fix = f"supplychain catalog --location {deployment.lake.location} --database {database}"
        return Answer("problem", _listed(wrong), fix)
    return Answer(
        "ok", f"{len(schema.TABLES)} tables in {database} with the schema's columns over the generation's files"
    )


def _fault(table: schema.Table, there: "TableTypeDef | None", location: str) -> str | None:
    if there is None:
        return "is missing"
    storage = there.get("StorageDescriptor", {})
    columns = [(column["Name"], column.get("Type")) for column in storage.get("Columns", [])]
    if columns != [(column.name, column.type.glue) for column in table.columns]:
        return "has other columns than the schema"
    if storage.get("Location") != f"{location}{table.name}/":
        return f"lies over {storage.get('Location')}"
    return None


@check("lake", "s3:ListBucket", "s3:GetObject")
def lake(deployment: Deployment) -> Answer:
    """Whether the generation's files are those of its manifest: each there, of its size, and no other beside it."""
    manifest = complete_generation(deployment.lake)
    listed = {file.path: file.size for table in manifest.tables.values() for file in table.files}
    there = dict(_files(deployment.lake))
    wrong = [
        *(f"{path} is missing" for path in listed.keys() - there.keys()),
        *(f"{path} has another size" for path in listed.keys() & there.keys() if listed[path] != there[path]),
        *(f"{path} is not in {MANIFEST}" for path in there.keys() - listed.keys() - {MANIFEST}),
    ]
    if wrong:
        return Answer(
            "problem",
            f"{deployment.lake.location}: {_listed(sorted(wrong))}",
            "restore the file's earlier version in S3, or deploy again with another reseed",
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
