"""The errors of the Redshift Data API, and how the engine's errors are told."""

import psycopg

from redshift_sandbox.aws.service import ServiceError
from redshift_sandbox.sql.errors import SqlError, as_redshift_tells

# Left by CREATE TABLE on text columns, whose length counts bytes: see local/redshift_sandbox/sql/ddl.py.
BYTE_LENGTH_CONSTRAINT = "redshift_bytes_"

_SERIALIZATION_FAILURE = "40001"
_CHECK_VIOLATION = "23514"
_QUERY_CANCELED = "57014"


def invalid(message: str) -> ServiceError:
    """Return the error for a request that cannot be carried out."""
    return ServiceError("ValidationException", message)


def not_found(message: str, resource: str) -> ServiceError:
    """Return the error for a statement, a session or a result that does not exist."""
    return ServiceError("ResourceNotFoundException", message, ResourceId=resource)


def connection_failed(message: str) -> ServiceError:
    """Return the error for a database that could not be reached while the caller waits."""
    return ServiceError("DatabaseConnectionException", message, 500)


def connection_error(error: psycopg.OperationalError) -> str:
    """Return the engine's words for a connection that it refused, without the address that psycopg puts before."""
    text = str(error).strip()
    _, fatal, words = text.partition("FATAL:  ")
    return f"FATAL: {words}" if fatal else text


def statement_error(error: psycopg.Error | SqlError) -> str:
    """Return what DescribeStatement's Error says of a failed statement."""
    if isinstance(error, SqlError):
        return f"ERROR: {error}"
    primary = error.diag.message_primary
    if primary is None:
        # No answer of the engine: the connection itself failed.
        return str(error).strip()
    severity = "FATAL" if error.diag.severity == "FATAL" else "ERROR"
    if error.sqlstate == _SERIALIZATION_FAILURE:
        # Redshift names the table and the transactions by number.
        return "ERROR: 1023\n  Detail: Serializable isolation violation on table: another transaction changed its rows"
    if error.sqlstate == _CHECK_VIOLATION and (error.diag.constraint_name or "").startswith(BYTE_LENGTH_CONSTRAINT):
        return f"ERROR: value too long for type character varying({_length(error)})"
    if error.sqlstate == _QUERY_CANCELED and "statement timeout" in primary:
        return "ERROR: Query cancelled on user's request: it ran longer than statement_timeout"
    detail = f"\n  Detail: {error.diag.message_detail}" if error.diag.message_detail else ""
    return f"{severity}: {as_redshift_tells(primary)}{detail}"


def _length(error: psycopg.Error) -> str:
    # The constraint's name is redshift_bytes_<length>_<table>_<column>.
    return (error.diag.constraint_name or "").removeprefix(BYTE_LENGTH_CONSTRAINT).split("_", 1)[0]
