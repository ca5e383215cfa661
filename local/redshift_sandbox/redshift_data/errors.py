"""The errors of the Redshift Data API, and PostgreSQL's errors in Redshift's wording."""

import psycopg

from redshift_sandbox.aws.service import ServiceError
from redshift_sandbox.postgres import PostgresError
from redshift_sandbox.sql.errors import SqlError, redshift_message

# Prefix of the constraints that CREATE TABLE adds to text columns, whose length is in bytes: see sql/ddl.py.
BYTE_LENGTH_CONSTRAINT = "redshift_bytes_"

_SERIALIZATION_FAILURE = "40001"
_CHECK_VIOLATION = "23514"
_QUERY_CANCELED = "57014"


def invalid(message: str) -> ServiceError:
    """Return the error for an invalid request."""
    return ServiceError("ValidationException", message)


def not_found(message: str, resource: str) -> ServiceError:
    """Return the error for a statement, a session or a result that does not exist."""
    return ServiceError("ResourceNotFoundException", message, ResourceId=resource)


def connection_failed(message: str) -> ServiceError:
    """Return the error for a failed connection to a database."""
    return ServiceError("DatabaseConnectionException", message, 500)


def connection_error(error: psycopg.OperationalError) -> str:
    """Return PostgreSQL's message for a refused connection, without the address that psycopg prepends."""
    text = str(error).strip()
    if isinstance(error, PostgresError):
        return text
    _, fatal, message = text.partition("FATAL:  ")
    return f"FATAL: {message}" if fatal else text


def statement_error(error: psycopg.Error | SqlError) -> str:
    """Return the Error of DescribeStatement for a failed statement."""
    if isinstance(error, SqlError):
        return f"ERROR: {error}"
    primary = error.diag.message_primary
    if primary is None:
        return _client_error(error)
    return _special_message(error, primary) or _general_message(error, primary)


def _client_error(error: psycopg.Error) -> str:
    """Return an error that is not PostgreSQL's, but its client's, as one line."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if not isinstance(error, psycopg.OperationalError):
        return line
    return f"The connection to the database was lost while the statement ran: {line}. Run the statement again."


def _special_message(error: psycopg.Error, primary: str) -> str | None:
    """Return Redshift's own message, None where it is PostgreSQL's."""
    if error.sqlstate == _SERIALIZATION_FAILURE:
        # Redshift's message has the numbers of the table and the transactions.
        return "ERROR: 1023\n  Detail: Serializable isolation violation on table: another transaction changed its rows"
    if error.sqlstate == _CHECK_VIOLATION and (error.diag.constraint_name or "").startswith(BYTE_LENGTH_CONSTRAINT):
        return f"ERROR: value too long for type character varying({_length(error)})"
    if error.sqlstate == _QUERY_CANCELED and "statement timeout" in primary:
        return "ERROR: Query cancelled on user's request: it ran longer than statement_timeout"
    return None


def _general_message(error: psycopg.Error, primary: str) -> str:
    severity = "FATAL" if error.diag.severity == "FATAL" else "ERROR"
    detail = f"\n  Detail: {error.diag.message_detail}" if error.diag.message_detail else ""
    return f"{severity}: {redshift_message(primary)}{detail}"


def _length(error: psycopg.Error) -> str:
    # The constraint's name is redshift_bytes_<length>_<table>_<column>.
    return (error.diag.constraint_name or "").removeprefix(BYTE_LENGTH_CONSTRAINT).split("_", 1)[0]
