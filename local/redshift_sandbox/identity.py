"""The database user of a caller."""

from ministack.core.iam_evaluator import resolve_caller_identity

ROOT_USER = "IAM:root"


def database_user(access_key: str) -> str:
    """Return the database user that Redshift maps an AWS caller to: ``IAM:<user>`` or ``IAMR:<role>``.

    An access key that belongs to no user and no role is the account's root, as in MiniStack's STS.
    """
    arn = caller_arn(access_key)
    if ":assumed-role/" in arn:
        # arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
        return f"IAMR:{arn.split(':assumed-role/', 1)[1].split('/', 1)[0]}"
    if ":user/" in arn:
        return f"IAM:{arn.rsplit('/', 1)[1]}"
    return ROOT_USER


def caller_arn(access_key: str) -> str:
    """Return the ARN of the user or assumed role that an access key belongs to; empty for the account's root."""
    identity = resolve_caller_identity(access_key)
    return str(identity["userArn"]) if identity else ""
