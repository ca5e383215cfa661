"""End the sessions whose locks keep tables from being dropped.

A session that has read a table and is idle in a transaction holds a lock on it until the transaction ends, which may be
never. DROP TABLE waits for it, and readers that come later wait for DROP TABLE.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from supplychain.warehouse.data_api import DataApi

logger = logging.getLogger(__name__)

GRACE_SECONDS: Final = 20.0
"""How long a statement waits for the locks of other sessions before these are ended."""


@dataclass(frozen=True)
class LockBreaker:
    """Ends the sessions for whose locks a statement has waited longer than `grace_seconds` since this was created."""

    api: DataApi
    schemas: Sequence[str]
    """The database schemas whose tables the statement drops; locks on others are left alone."""
    grace_seconds: float
    started: float = field(default_factory=time.monotonic)

    def __call__(self, pid: int) -> None:
        """End the sessions that hold a lock for which the statement of process `pid` waits, if the time has passed."""
        if time.monotonic() - self.started < self.grace_seconds:
            return
        for holder, owner, table in self.api.execute(self._holders(pid)).rows:
            self.api.execute(f"select pg_terminate_backend({holder})")
            logger.warning(
                "ended a session that held a lock on a table to be dropped",
                extra={"pid": holder, "user": owner, "table": table, "waited_seconds": self.grace_seconds},
            )

    def _holders(self, pid: int) -> str:
        """Return the query for the process, the user and a table of each session that `pid` waits for."""
        schemas = ", ".join(f"'{schema}'" for schema in self.schemas)
        return (
            "select held.pid, held.txn_owner, min(pg_class.relname) from svv_transactions as held "
            "join svv_transactions as waiting on waiting.relation = held.relation "
            "join pg_class on pg_class.oid = held.relation "
            "join pg_namespace on pg_namespace.oid = pg_class.relnamespace "
            f"where waiting.pid = {int(pid)} and not waiting.granted and held.granted and held.pid <> {int(pid)} "
            f"and pg_namespace.nspname in ({schemas}) group by held.pid, held.txn_owner"
        )
