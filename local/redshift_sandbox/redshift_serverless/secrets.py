"""The admin password that Redshift keeps in Secrets Manager."""
# ruff: noqa: SLF001 - MiniStack offers its store under private names only

import json
import secrets
import string

from ministack.services import secretsmanager

# Redshift's rule for passwords: 8 to 64 characters with a lower-case letter, an upper-case letter and a digit.
_PASSWORD_LENGTH = 32


def random_password() -> str:
    """Return a password that Redshift accepts, of 32 letters and digits."""
    letters = string.ascii_letters + string.digits
    body = "".join(secrets.choice(letters) for _ in range(_PASSWORD_LENGTH - 3))
    return f"aA1{body}"


def create_admin_secret(
    *, namespace: str, namespace_arn: str, username: str, password: str, key: str | None
) -> str | None:
    """Store an admin password under the name and with the tags that Redshift uses.

    Parameters
    ----------
    namespace, namespace_arn
        The namespace.
    username, password
        The admin's.
    key
        The customer managed KMS key that encrypts the secret, if any.

    Returns
    -------
    str or None
        The secret's ARN; None if a secret of that name exists.
    """
    value = {"username": username, "password": password}
    arn: str | None = secretsmanager.create_secret_in_process(
        _secret_name(namespace, username), json.dumps(value), "Admin password of a Redshift Serverless namespace"
    )
    _, secret = secretsmanager._resolve(arn) if arn is not None else (None, None)
    if secret is not None:
        tags = {"aws:secretsmanager:owningService": "redshift", "aws:redshift-serverless:namespaceArn": namespace_arn}
        secret["Tags"] = [{"Key": name, "Value": value} for name, value in tags.items()]
        secret["KmsKeyId"] = key
    return arn


def delete_admin_secret(arn: str) -> None:
    """Delete a managed secret immediately, as Redshift does with its namespace."""
    secretsmanager.delete_secret_in_process(arn)


def secret_value(arn: str) -> str | None:
    """Return the current value of a secret, by name or ARN; None if it does not exist."""
    value: str | None = secretsmanager.resolve_secret_string(arn)
    return value


def _secret_name(namespace: str, username: str) -> str:
    return f"redshift!{namespace}-{username}"
