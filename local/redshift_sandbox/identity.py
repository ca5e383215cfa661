"""Which database user a caller is."""

from ministack.core.iam_evaluator import resolve_caller_identity

ROOT_USER = "IAM:root"


def database_user(access_key: str) -> str:
    """Return the database user that Redshift gives to an AWS caller: ``IAM:<user>`` or ``IAMR:<role>``.

    A key that is no user's and no role's is the account's root, as in STS here.
    """
    arn = caller_arn(access_key)
    if ":assumed-role/" in arn:
        # arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
        return f"IAMR:{arn.split(':assumed-role/', 1)[1].split('/', 1)[0]}"
    if ":user/" in arn:
        return f"IAM:{arn.rsplit('/', 1)[1]}"
    return ROOT_USER


def caller_arn(access_key: str) -> str:
    """Return the ARN of a key's user or assumed role, or nothing for the root of the account."""
    identity = resolve_caller_identity(access_key)
    return str(identity["userArn"]) if identity else ""
