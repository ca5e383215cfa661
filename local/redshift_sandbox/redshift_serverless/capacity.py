"""Capacities and ports that Redshift Serverless accepts.

Source: docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html: 4 RPU, or 8 to 512 in steps of 8, or up to
1024 in steps of 32. The ports are in the documentation of CreateWorkgroup.
"""

from redshift_sandbox.redshift_serverless.errors import invalid

_CAPACITIES = frozenset({4, *range(8, 513, 8), *range(544, 1025, 32)})
_PORTS = frozenset({*range(5431, 5456), *range(8191, 8216)})


def require_port(port: int) -> None:
    """Raise ValidationException for a port that AWS does not accept."""
    if port not in _PORTS:
        raise invalid(f"The port {port} isn't valid: it must be 5431 to 5455, or 8191 to 8215.")


def require_capacities(base: int, maximum: int | None) -> None:
    """Raise ValidationException for capacities that AWS does not accept."""
    if base not in _CAPACITIES:
        raise invalid(
            f"The base capacity {base} isn't valid: it must be 4, 8 to 512 in steps of 8, or up to 1024 in steps of 32."
        )
    if maximum is not None and maximum < base:
        raise invalid(f"The max capacity {maximum} must be greater than or equal to the base capacity {base}.")
