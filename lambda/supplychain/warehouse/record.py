"""The load record: the generation that the warehouse holds, written in the same transaction as the rows."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from supplychain.dataset.manifest import Manifest
from supplychain.settings import Grantee, Grantees
from supplychain.warehouse.results import Result

logger = logging.getLogger(__name__)

SCHEMA = "supplychain_meta"
"""The database schema of what this app records about the data."""

_TABLE = f"{SCHEMA}.generation"
_SETTINGS = f"{SCHEMA}.settings"
"""The settings of the generation, one row each; `supplychain verify` needs them to check the rows."""

CREATE: tuple[str, ...] = (
    f"create schema if not exists {SCHEMA}",
    (
        f"create table if not exists {_TABLE} (generation varchar(64) not null, digest varchar(64) not null, "
        "as_of date not null, seed bigint not null, total_rows bigint not null, granted_to varchar(8000) not null, "
        "loaded_at timestamp not null default getdate()) diststyle all"
    ),
    (f"create table if not exists {_SETTINGS} (name varchar(64) not null, value varchar(256) not null) diststyle all"),
)
READ = f"select generation, digest, as_of, seed, total_rows, granted_to from {_TABLE}"
READ_SETTINGS = f"select name, value from {_SETTINGS}"
LOCK = f"lock {_TABLE}"
"""Serializes concurrent loads, including those that find no row to conflict on."""
DROP = f"drop schema if exists {SCHEMA} cascade"


@dataclass(frozen=True)
class Record:
    """The generation that the warehouse holds, and the grantees to whom this app has granted SELECT."""

    generation: str
    digest: str
    as_of: str
    seed: int
    total_rows: int
    granted_to: tuple[Grantee, ...]


def parse_record(result: Result) -> Record | None:
    """Return the record from the result of `READ`, or None if nothing has been loaded."""
    if not result.rows:
        return None
    generation, digest, as_of, seed, total_rows, granted_to = result.rows[0]
    return Record(
        generation=str(generation),
        digest=str(digest),
        as_of=str(as_of),
        seed=int(seed or 0),
        total_rows=int(total_rows or 0),
        granted_to=tuple(_readable_grantees(str(granted_to))),
    )


def _readable_grantees(text: str) -> Iterator[Grantee]:
    """Yield the grantees of a list, without those that someone has made unreadable."""
    for word in text.split(","):
        try:
            yield from Grantees().parse(word)
        except ValueError:
            logger.warning("the record names a grantee that cannot be read", extra={"grantee": word})


def write(manifest: Manifest, granted_to: tuple[Grantee, ...]) -> list[str]:
    """Return the statements that record the generation of `manifest` and its grantees."""
    settings = ", ".join(f"({sql_literal(name)}, {sql_literal(value)})" for name, value in manifest.settings.items())
    return [
        f"delete from {_TABLE}",
        (
            f"insert into {_TABLE} (generation, digest, as_of, seed, total_rows, granted_to) values "
            f"({sql_literal(manifest.generation)}, {sql_literal(manifest.digest)}, "
            f"{sql_literal(manifest.as_of.isoformat())}, {manifest.seed}, {manifest.rows}, "
            f"{_grantee_list(granted_to)})"
        ),
        f"delete from {_SETTINGS}",
        f"insert into {_SETTINGS} (name, value) values {settings}",
    ]


def write_grants(granted_to: tuple[Grantee, ...]) -> str:
    """Return the statement that records the grantees and changes nothing else."""
    return f"update {_TABLE} set granted_to = {_grantee_list(granted_to)}"


def sql_literal(text: str) -> str:
    """Quote a text as `supplychain.warehouse.insert_values.sql_literals` quotes a column of texts."""
    quoted = text.replace("'", "''").replace("\\", "'||chr(92)||'")
    return f"'{quoted}'"


def _grantee_list(granted_to: tuple[Grantee, ...]) -> str:
    return sql_literal(",".join(str(grantee) for grantee in granted_to))
