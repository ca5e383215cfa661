"""The errors of Redshift Serverless."""

from redshift_sandbox.aws.service import ServiceError


def conflict(message: str) -> ServiceError:
    """Return the error for a change that the present state does not allow."""
    return ServiceError("ConflictException", message)


def invalid(message: str) -> ServiceError:
    """Return the error for a request that can never be carried out."""
    return ServiceError("ValidationException", message)


def not_found(kind: str, name: str) -> ServiceError:
    """Return the error for a namespace, workgroup or ARN that does not exist."""
    return ServiceError("ResourceNotFoundException", f"The {kind} {name} wasn't found.", resourceName=name)
