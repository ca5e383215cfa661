"""The errors of Redshift Serverless."""

from redshift_sandbox.aws.service import ServiceError


def conflict(message: str) -> ServiceError:
    """Return the error for a request that conflicts with the current state."""
    return ServiceError("ConflictException", message)


def invalid(message: str) -> ServiceError:
    """Return the error for an invalid request."""
    return ServiceError("ValidationException", message)


def not_found(kind: str, name: str) -> ServiceError:
    """Return the error for a namespace, workgroup or ARN that does not exist."""
    return ServiceError("ResourceNotFoundException", f"The {kind} {name} wasn't found.", resourceName=name)
