"""Which capacities Redshift Serverless takes.

Source: docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html: 4 RPU, or 8 to 512 in steps of 8, or up to 1024 in
steps of 32.
"""

from __future__ import annotations

from local.redshift_serverless.errors import invalid


def require_capacities(base: int, maximum: int | None) -> None:
    """Refuse, with ValidationException, capacities that AWS would refuse."""
    if not _is_base_capacity(base):
        message = (
            f"The base capacity {base} isn't valid: it is 4, or 8 to 512 in steps of 8, or up to 1024 in steps of 32."
        )
        raise invalid(message)
    if maximum is not None and maximum < base:
        message = f"The max capacity {maximum} must be greater than or equal to the base capacity {base}."
        raise invalid(message)


def _is_base_capacity(value: int) -> bool:
    return value == 4 or (8 <= value <= 512 and value % 8 == 0) or (512 < value <= 1024 and value % 32 == 0)
