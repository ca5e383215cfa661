"""IAM checks of the services in this package, by MiniStack's evaluator, and sessions of roles."""
# ruff: noqa: SLF001  # MiniStack's stores are private

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_actions import identity_denial_message
from ministack.services import iam, sts

from redshift_sandbox.aws.service import Authorize, Caller, ServiceError

NO_RESOURCE = "*"
"""The resource of a request without one: only a statement with ``Resource: "*"`` matches it."""


@dataclass(frozen=True)
class Denial:
    """An action on a resource that policies do not allow."""

    principal: str
    action: str
    resource: str
    explicit: bool

    def message(self, quote: str = "") -> str:
        """Return AWS's message. It names the resource, if the request has one, in the given quotes."""
        named = f"{quote}{self.resource}{quote}"
        text = str(identity_denial_message(self.action, self.principal, named, self.explicit))
        return text if self.resource != NO_RESOURCE else text.replace(f" on resource: {named}", "", 1)


LAST_DENIAL: ContextVar[Denial | None] = ContextVar("sandbox_last_denial", default=None)
"""Why the current request was denied, if it was; set by ``ministack_patches``."""


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role."""

    access_key: str
    secret: str
    token: str


def is_checked(access_key: str) -> bool:
    """Return whether the key belongs to an IAM user or a role session; any other key is the account's root."""
    if access_key in sts._sessions:
        return True
    try:
        return iam_evaluator.find_iam_access_key_account(access_key) is not None
    except iam_evaluator.AmbiguousAccessKeyError:
        return True


def of_checked_callers(authorize: Callable[[Caller, str, dict[str, Any]], None]) -> Authorize:
    """Return a function that calls `authorize` for checked callers, on a thread because it may wait for a lock."""

    async def authorize_checked(caller: Caller, operation: str, request: dict[str, Any]) -> None:
        if is_checked(caller.access_key):
            await asyncio.to_thread(authorize, caller, operation, request)

    return authorize_checked


def require(caller: Caller, action: str, resource: str, context: Mapping[str, Any]) -> None:
    """Check that the caller's policies allow an action.

    Parameters
    ----------
    caller
        The caller.
    action
        Such as ``redshift-data:ExecuteStatement``.
    resource
        The ARN, or `NO_RESOURCE`.
    context
        The request's condition keys and their values.

    Raises
    ------
    ServiceError
        AccessDeniedException, with AWS's message.
    """
    message = denial_message(caller, action, resource, context)
    if message is not None:
        raise ServiceError("AccessDeniedException", message)


def denial_message(caller: Caller, action: str, resource: str, context: Mapping[str, Any]) -> str | None:
    """Return AWS's message if the caller's policies do not allow an action, else None."""
    if not is_checked(caller.access_key):
        return None
    service = action.partition(":")[0]
    denied = iam_evaluator.enforce(caller.access_key, action, service, caller.region, resource, dict(context))
    if denied is None:
        return None
    last = LAST_DENIAL.get()
    # Without a denial, the credentials themselves have become invalid.
    return last.message() if last is not None else str(denied.message)


def role_exists(role_arn: str) -> bool:
    """Return whether the role exists."""
    account = role_arn.split(":")[4] if role_arn.count(":") > 4 else ""  # noqa: PLR2004  # the fields of an ARN
    return iam._roles.get_scoped(account, None, role_arn.rpartition("/")[2]) is not None


def role_session(role_arn: str, name: str, *, of: str = "") -> Credentials:
    """Return credentials of a role session; the same for the same arguments.

    Parameters
    ----------
    role_arn
        The role.
    name
        The session's name.
    of
        The session's owner, where several have sessions of the same role and name.
    """
    role = role_arn.rpartition("/")[2]
    digest = hashlib.sha256(f"{of} {role_arn} {name}".encode()).hexdigest()
    credentials = Credentials(f"ASIA{digest[:16].upper()}", digest[16:56], digest)
    account = role_arn.split(":")[4]
    sts.register_session(
        credentials.access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{sts._role_id(role_arn)}:{name}",
            "AccountId": account,
            "PrincipalType": "AssumedRole",
            "SecretAccessKey": credentials.secret,
            "SessionToken": credentials.token,
        },
    )
    return credentials


def user_id(caller: Caller) -> str:
    """Return the caller's ``aws:userid``."""
    identity = iam_evaluator.resolve_caller_identity(caller.access_key)
    return str(identity["userId"]) if identity else caller.account
