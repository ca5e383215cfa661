"""From a Redshift statement to a plan for PostgreSQL."""

from __future__ import annotations

from local.sql.plan import Plan


def translate(text: str) -> Plan:
    """Return how PostgreSQL is to run one Redshift statement."""
    first = text.strip().split(None, 2)
    verb = " ".join(first[:2]).upper()
    return Plan(verb, (text,), outside_transaction=verb in ("CREATE DATABASE", "DROP DATABASE"), commits=verb.startswith("TRUNCATE"))
