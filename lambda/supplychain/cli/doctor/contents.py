"""Checks of what a deployed warehouse holds: its record, its rows, who may read them, and the data's guarantees."""

from typing import Final

from supplychain.cli.doctor.check import Answer, check
from supplychain.cli.doctor.deployment import Deployment
from supplychain.cli.guarantees import check_warehouse, shown
from supplychain.schema import TABLE_NAMES
from supplychain.warehouse import record
from supplychain.warehouse.ddl import SCHEMA

_ACTIONS: Final = (
    "redshift-serverless:GetWorkgroup",
    "redshift-serverless:GetNamespace",
    "redshift-data:ExecuteStatement",
    "redshift-data:DescribeStatement",
    "redshift-data:GetStatementResult",
    "secretsmanager:GetSecretValue",
)
"""What a query as the namespace's admin takes."""

_NO_MANIFEST: Final = Answer("unknown", "there is no manifest to compare with", "repair the lake first")

_READERS: Final = (
    "select lower(identity_type), identity_name, relation_name from svv_relation_privileges "
    f"where namespace_name = '{SCHEMA}' and privilege_type = 'SELECT' and identity_name <> current_user "
    f"and relation_name in ({', '.join(map(repr, TABLE_NAMES))})"
)
"""Who may select from which table: the kind of identity, its name, the table."""


@check("record", *_ACTIONS)
def recorded(deployment: Deployment) -> Answer:
    """Whether the warehouse holds the generation that the stack says."""
    held = record.parse_record(deployment.warehouse.api.execute(record.READ))
    deployed = deployment.outputs["Generation"]
    if held is None:
        return Answer("problem", f"{deployment.warehouse.place} holds no generation", deployment.reload)
    if held.generation != deployed:
        return Answer("problem", f"the warehouse holds {held.generation}, the stack says {deployed}", deployment.reload)
    if deployment.manifest and held.digest != deployment.manifest.digest:
        return Answer("problem", "the warehouse was loaded from other rows than the lake has", deployment.reload)
    return Answer("ok", f"the warehouse holds {deployed}")


@check("rows", *_ACTIONS)
def rows(deployment: Deployment) -> Answer:
    """Whether each table has as many rows as the manifest says."""
    if deployment.manifest is None:
        return _NO_MANIFEST
    counts = " union all ".join(f"select '{name}', count(*) from {SCHEMA}.{name}" for name in TABLE_NAMES)
    there = {str(name): int(count or 0) for name, count in deployment.warehouse.api.execute(counts).rows}
    wrong = [
        f"{name} has {there[name]:,} rows, the manifest says {table.rows:,}"
        for name, table in deployment.manifest.tables.items()
        if there[name] != table.rows
    ]
    if wrong:
        return Answer("problem", "; ".join(wrong), deployment.reload)
    return Answer("ok", f"{deployment.manifest.rows:,} in six tables, as the manifest says")


@check("grants", *_ACTIONS)
def grants(deployment: Deployment) -> Answer:
    """Whether those whom the deployment granted SELECT have it on each table, and who else has."""
    held = record.parse_record(deployment.warehouse.api.execute(record.READ))
    granted = [str(grantee) for grantee in held.granted_to] if held else []
    readers: dict[str, set[str]] = {}
    for kind, name, table in deployment.warehouse.api.execute(_READERS).rows:
        readers.setdefault("PUBLIC" if kind == "public" else f"{kind}:{name}", set()).add(str(table))
    wrong = [
        f"{grantee} may not select from {', '.join(missing)}"
        for grantee in granted
        if (missing := [name for name in TABLE_NAMES if name not in readers.get(grantee, ())])
    ]
    if wrong:
        return Answer("problem", "; ".join(wrong), f"{deployment.reload} --grant-select-to {','.join(granted)}")
    others = [f"{name} (granted by others)" for name in sorted(readers) if name not in granted]
    return Answer("ok", f"{', '.join([*granted, *others]) or 'nobody but the admin'} may select")


@check("guarantees", *_ACTIONS)
def guarantees(deployment: Deployment) -> Answer:
    """Whether the data's guarantees hold, as `supplychain verify` checks them."""
    found = check_warehouse(deployment.warehouse)
    broken = [f"{check.name} ({shown(rows)})" for check, rows in found.items() if rows]
    if broken:
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        return Answer("problem", f"broken: {broken[0]}{more}", f"supplychain verify shows all; {deployment.reload}")
    return Answer("ok", f"all {len(found)} checks of supplychain verify hold")


CHECKS: Final = (recorded, rows, grants, guarantees)
