"""Checks of the outputs, the Glue tables and the lake of a deployment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from supplychain import schema
from supplychain.cli.admin_warehouse import AdminWarehouse, connect_as_admin
from supplychain.cli.doctor.check import REPAIR, Answer, check
from supplychain.cli.doctor.stack import Stack
from supplychain.cli.glue import includes
from supplychain.dataset.manifest import MANIFEST, Manifest
from supplychain.dataset.reader import GenerationError, check_files, complete_generation, file_faults
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

QUICK_ROWS: Final = 200_000
"""Up to so many rows, a quick check compares their values too, which takes about a second."""

_NAMED: Final = 3
"""Most faults listed in a finding."""


@dataclass(frozen=True)
class Deployment:
    """A deployed stack."""

    session: "boto3.Session"
    stack: Stack
    quick: bool = False
    """Whether to compare the values of rows only up to `QUICK_ROWS` rows."""

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

    @property
    def is_thorough(self) -> bool:
        """Whether the values of rows are compared."""
        return not self.quick or (self.manifest is not None and self.manifest.rows <= QUICK_ROWS)

    @cached_property
    def lake_faults(self) -> list[str]:
        """How the files of the lake differ from what was deployed."""
        try:
            manifest = complete_generation(self.lake)
            if wrong := self._manifest_faults(manifest):
                return wrong
            if not (wrong := file_faults(self.lake, manifest)) and self.is_thorough:
                check_files(self.lake, manifest)
        except (GenerationError, ValueError) as error:
            return [" ".join(str(error).split()).removeprefix(self.lake.location)]
        else:
            return wrong

    def _manifest_faults(self, manifest: Manifest) -> list[str]:
        has = {
            "Generation": manifest.generation,
            "AsOf": manifest.as_of.isoformat(),
            "Seed": str(manifest.seed),
            "TotalRows": str(manifest.rows),
        }
        return [
            f"{MANIFEST} has {key} {value}, the stack has deployed {self.outputs[key]}"
            for key, value in has.items()
            if value != self.outputs[key]
        ]

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

    @property
    def repair(self) -> str:
        """The command that puts back everything that differs from what was deployed."""
        return f"{REPAIR} --stack-name {self.stack.name}"


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
        return Answer("problem", listed(wrong), fix)
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
    if not includes(there, schema.glue_table(table, location)):
        return "has other formats, parameters or comments"
    return None


@check("lake", "s3:ListBucket", "s3:GetObject")
def lake(deployment: Deployment) -> Answer:
    """Whether the files are those in the manifest, with the same rows, and no others beside them."""
    if deployment.lake_faults:
        return Answer("problem", f"{deployment.lake.location}: {listed(deployment.lake_faults)}", deployment.repair)
    manifest = complete_generation(deployment.lake)
    files = sum(len(table.files) for table in manifest.tables.values())
    same = "with the rows of its digests" if deployment.is_thorough else "with its sizes"
    return Answer("ok", f"{files} files of {manifest.size:,} bytes, as {MANIFEST} lists them, {same}")


def listed(faults: Sequence[str]) -> str:
    """Return the first faults as one line."""
    more = f" and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    return "; ".join(faults[:_NAMED]) + more


CHECKS: Final = (catalog, lake)
