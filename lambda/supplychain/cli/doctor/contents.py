"""Checks of the warehouse: the recorded generation, row counts, grants and the guarantees of the data."""

from collections.abc import Mapping, Sequence
from typing import Final

from supplychain.cli.doctor.check import Answer, check
from supplychain.cli.doctor.deployment import Deployment, listed
from supplychain.cli.guarantees import check_warehouse, shown
from supplychain.dataset.manifest import Manifest
from supplychain.schema import TABLE_NAMES
from supplychain.settings import Grantee
from supplychain.warehouse import record
from supplychain.warehouse.comparison import differences
from supplychain.warehouse.data_api import DataApi
from supplychain.warehouse.ddl import SCHEMA

_ACTIONS: Final = (
    "redshift-serverless:GetWorkgroup",
    "redshift-serverless:GetNamespace",
    "redshift-data:ExecuteStatement",
    "redshift-data:DescribeStatement",
    "redshift-data:GetStatementResult",
    "secretsmanager:GetSecretValue",
)
"""The IAM actions of a query as the admin of the namespace."""

_NO_MANIFEST: Final = Answer("unknown", "there is no manifest to compare with", "see the check of the lake")

_READERS: Final = (
    "select lower(identity_type), identity_name, relation_name from svv_relation_privileges "
    f"where namespace_name = '{SCHEMA}' and privilege_type = 'SELECT' "
    f"and relation_name in ({', '.join(map(repr, TABLE_NAMES))})"
)
"""The type and name of each identity that may select from a table, and the table."""


@check("record", *_ACTIONS)
def recorded(deployment: Deployment) -> Answer:
    """Whether the warehouse has recorded the generation in the stack's outputs."""
    held = record.parse_record(deployment.warehouse.api.execute(record.READ))
    deployed = deployment.outputs["Generation"]
    if held is None:
        return Answer("problem", f"{deployment.warehouse.place} holds no generation", deployment.reload)
    if held.generation != deployed:
        return Answer(
            "problem",
            f"the warehouse holds generation {held.generation}, the stack has deployed {deployed}",
            deployment.reload,
        )
    if deployment.manifest is None:
        return Answer("ok", f"the warehouse holds generation {deployed}")
    if held.digest != deployment.manifest.digest:
        return Answer("problem", "the digest of the loaded rows differs from that of the lake", deployment.reload)
    if not is_recorded(deployment.warehouse.api, deployment.manifest):
        return Answer("problem", "the day, seed, rows or settings differ from those of the lake", deployment.reload)
    return Answer("ok", f"the warehouse holds generation {deployed}")


def is_recorded(api: DataApi, manifest: Manifest) -> bool:
    """Return whether the record of the warehouse has the generation, day, seed, rows, digest and settings."""
    held = record.parse_record(api.execute(record.READ))
    settings = {str(name): str(value) for name, value in api.execute(record.READ_SETTINGS).rows}
    wanted = (manifest.generation, manifest.digest, manifest.as_of.isoformat(), manifest.seed, manifest.rows)
    return (
        held is not None
        and (held.generation, held.digest, held.as_of, held.seed, held.total_rows) == wanted
        and settings == manifest.settings
    )


@check("rows", *_ACTIONS)
def rows(deployment: Deployment) -> Answer:
    """Whether each table has the rows of the manifest's files."""
    if deployment.manifest is None:
        return _NO_MANIFEST
    counts = " union all ".join(f"select '{name}', count(*) from {SCHEMA}.{name}" for name in TABLE_NAMES)
    there = {str(name): int(count or 0) for name, count in deployment.warehouse.api.execute(counts).rows}
    wrong = [
        f"{name} has {there[name]:,} rows instead of {table.rows:,}"
        for name, table in deployment.manifest.tables.items()
        if there[name] != table.rows
    ]
    if deployment.is_thorough and not deployment.lake_faults:
        wrong = list(map(str, differences(deployment.warehouse.api, deployment.lake, deployment.manifest)))
    if wrong:
        return Answer("problem", listed(wrong), deployment.reload)
    if deployment.lake_faults:
        return Answer("unknown", "the counts are right; values need the files of the lake", "see the check of the lake")
    values = "" if deployment.is_thorough else "; values were not compared"
    return Answer("ok", f"{deployment.manifest.rows:,} rows in six tables, as in the manifest{values}")


@check("grants", *_ACTIONS)
def grants(deployment: Deployment) -> Answer:
    """Whether the grantees of the deployment may select from every table, and who else may."""
    held = record.parse_record(deployment.warehouse.api.execute(record.READ))
    granted = held.granted_to if held else ()
    readers = _readers(deployment.warehouse.api)
    if wrong := _missing(granted, readers):
        names = ",".join(map(str, granted))
        return Answer("problem", "; ".join(wrong), f"{deployment.reload} --grant-select-to {names}")
    mine = [str(grantee) for grantee in granted]
    others = [f"{name} (not granted by this app)" for name in sorted(readers) if name not in mine]
    return Answer("ok", f"{', '.join([*mine, *others]) or 'only the admin'} may select")


def missing_grants(api: DataApi, wanted: Sequence[Grantee]) -> list[str]:
    """Return a text for each grantee who may not select from all tables."""
    return _missing(wanted, _readers(api))


def _readers(api: DataApi) -> dict[str, set[str]]:
    """Return the tables from which each identity may select, without the admin."""
    readers: dict[str, set[str]] = {}
    ((admin,),) = api.execute("select current_user").rows
    for kind, name, table in api.execute(_READERS).rows:
        if name != admin:
            readers.setdefault("PUBLIC" if kind == "public" else f"{kind}:{name}", set()).add(str(table))
    return readers


def _missing(wanted: Sequence[Grantee], readers: Mapping[str, set[str]]) -> list[str]:
    return [
        f"{grantee} may not select from {', '.join(missing)}"
        for grantee in wanted
        if (missing := [name for name in TABLE_NAMES if name not in readers.get(str(grantee), ())])
    ]


@check("guarantees", *_ACTIONS)
def guarantees(deployment: Deployment) -> Answer:
    """Whether the guarantees of the data hold, as in `supplychain verify`."""
    found = check_warehouse(deployment.warehouse)
    broken = [f"{check.name} ({shown(rows)})" for check, rows in found.items() if rows]
    if broken:
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        return Answer("problem", f"broken: {broken[0]}{more}", f"supplychain verify lists all; {deployment.reload}")
    return Answer("ok", f"all {len(found)} checks of supplychain verify pass")


CHECKS: Final = (recorded, rows, grants, guarantees)
