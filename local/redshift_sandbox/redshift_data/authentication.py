"""The workgroup, database and database user of a request."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from redshift_sandbox.authorization import user_id
from redshift_sandbox.aws.service import Caller
from redshift_sandbox.identity import database_user
from redshift_sandbox.postgres import SUPERUSER
from redshift_sandbox.principals import create_user
from redshift_sandbox.redshift_data.errors import invalid
from redshift_sandbox.redshift_data.permissions import require_login
from redshift_sandbox.redshift_data.statements import Target
from redshift_sandbox.redshift_serverless.records import Namespace, Workgroup
from redshift_sandbox.redshift_serverless.secrets import secret_value
from redshift_sandbox.redshift_serverless.store import Store

# AWS's message for a workgroup or cluster that does not exist (aws-cdk#30536).
_NO_ENDPOINT = "Redshift endpoint doesn't exist in this region."


def resolve(store: Store, caller: Caller, request: Mapping[str, Any]) -> Target:
    """Return the target of a request. The database user of an IAM caller is created on first use.

    Raises
    ------
    ServiceError
        ValidationException, if the target is incomplete or does not exist, or the secret is wrong.
    """
    if bool(request.get("ClusterIdentifier")) == bool(request.get("WorkgroupName")):
        raise invalid("Either ClusterIdentifier or WorkgroupName must be provided, and not both.")
    if request.get("ClusterIdentifier"):
        raise invalid(_NO_ENDPOINT)
    if request.get("DbUser"):
        raise invalid("DbUser is not supported for serverless workgroups.")
    if not request.get("Database"):
        raise invalid("Database is required.")
    workgroup = find_workgroup(store, caller, request["WorkgroupName"])
    namespace = store.get_namespace(caller, workgroup.namespace_name)
    secret_arn = request.get("SecretArn")
    require_login(store, caller, workgroup, secret_arn)
    principal = database_user(caller.access_key)
    if secret_arn:
        user = _secret_user(namespace, secret_arn)
    else:
        user = principal
        _create_user(namespace, user)
    return Target(
        caller,
        principal,
        user_id(caller),
        workgroup.name,
        workgroup.arn,
        request["Database"],
        user,
        secret_arn,
    )


def find_workgroup(store: Store, caller: Caller, name: str) -> Workgroup:
    """Return a workgroup by its name or ARN.

    Raises
    ------
    ServiceError
        ValidationException, if none by that name accepts statements.
    """
    for workgroup in store.list_workgroups(caller):
        if name in (workgroup.name, workgroup.arn) and workgroup.status not in ("CREATING", "DELETING"):
            return workgroup
    raise invalid(_NO_ENDPOINT)


def _secret_user(namespace: Namespace, secret_arn: str) -> str:
    text = secret_value(secret_arn)
    if text is None:
        raise invalid("Secrets Manager can't find the specified secret.")
    try:
        secret = json.loads(text)
        username, password = secret["username"], secret["password"]
    except (ValueError, KeyError, TypeError):
        raise invalid("username and password in secret cannot be empty") from None
    if (username, password) == (namespace.admin_username, namespace.admin_password):
        return str(username)
    if not _password_matches(namespace, str(username), str(password)):
        raise invalid(f'FATAL: password authentication failed for user "{username}"')
    return str(username).lower()


def _password_matches(namespace: Namespace, username: str, password: str) -> bool:
    """Check the password of a user created by CREATE USER."""
    with namespace.cluster.connections.borrow("postgres", SUPERUSER) as connection:
        query = "SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = %s AND rolcanlogin"
        row = connection.execute(query, [username.lower()]).fetchone()
    return row is not None and row[0] is not None and _scram_matches(str(row[0]), password)


def _scram_matches(stored: str, password: str) -> bool:
    """Check a password against PostgreSQL's verifier: SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>."""
    kind, _, rest = stored.partition("$")
    if kind != "SCRAM-SHA-256":
        return False
    parameters, _, keys = rest.partition("$")
    iterations, _, salt = parameters.partition(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return hmac.compare_digest(stored_key, base64.b64decode(keys.partition(":")[0]))


def _create_user(namespace: Namespace, user: str) -> None:
    """Create the database user of an IAM caller, unless it exists."""
    with namespace.cluster.connections.borrow("postgres", SUPERUSER) as connection:
        known = connection.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", [user]).fetchone()
        if known is None:
            create_user(connection, user, superuser=False)
