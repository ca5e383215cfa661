"""The contents of SYS_QUERY_HISTORY, written when it is queried."""

import threading
from collections import defaultdict, deque
from datetime import timedelta

from redshift_sandbox.postgres import SUPERUSER, Cluster
from redshift_sandbox.redshift_data.statements import Part, Statement

_MAX_QUERIES = 1_000
# Redshift truncates query texts to this length.
_MAX_TEXT = 4_000
_STATUS = {"FINISHED": "success", "FAILED": "failed", "ABORTED": "canceled", "STARTED": "running"}
_TYPES = {
    **dict.fromkeys(("SELECT", "INSERT", "UPDATE", "DELETE", "COPY", "UNLOAD"), None),
    **dict.fromkeys(("CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE", "COMMENT"), "DDL"),
    **dict.fromkeys(("VACUUM", "ANALYZE", "SET", "SHOW", "RESET", "EXPLAIN", "BEGIN", "COMMIT", "ROLLBACK"), "UTILITY"),
    "WITH": "SELECT",
}

# Workgroup ARN and database.
_Key = tuple[str, str]
_lock = threading.Lock()
_run: defaultdict[_Key, deque[tuple[Statement, Part]]] = defaultdict(lambda: deque(maxlen=_MAX_QUERIES))


def note(statement: Statement, part: Part) -> None:
    """Record that a query was started."""
    with _lock:
        _run[statement.target.workgroup_arn, statement.target.database].append((statement, part))


def fill(cluster: Cluster, statement: Statement) -> None:
    """Write the latest queries of the statement's database to the table that SYS_QUERY_HISTORY reads."""
    with _lock:
        noted = list(_run[statement.target.workgroup_arn, statement.target.database])
    with cluster.connect(statement.target.database, SUPERUSER) as own, own.transaction(), own.cursor() as cursor:
        # Concurrent queries may fill the table at the same time.
        cursor.execute("LOCK TABLE redshift_library.queries IN EXCLUSIVE MODE")
        cursor.execute("DELETE FROM redshift_library.queries")
        with cursor.copy("COPY redshift_library.queries FROM STDIN") as stream:
            for run, part in noted:
                stream.write_row(_row(run, part))


def _row(statement: Statement, part: Part) -> tuple[object, ...]:
    text = part.sql
    microseconds = max(0, part.duration // 1_000)
    start = (part.updated - timedelta(microseconds=microseconds)).replace(tzinfo=None)
    word = (text.split(maxsplit=1) or [""])[0].upper()
    return (
        statement.target.user, part.query_id, statement.name or "default", statement.pid, statement.target.database,
        _TYPES.get(word, "OTHER") or word, _STATUS.get(part.status, "running"), start,
        part.updated.replace(tzinfo=None),
        microseconds, part.error, max(0, part.rows), max(0, part.size), text[:_MAX_TEXT],
    )  # fmt: skip
