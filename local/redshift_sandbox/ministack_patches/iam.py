"""IAM: who is checked, how policies are read, and how a request is refused."""
# ruff: noqa: SLF001 - MiniStack offers its evaluator under private names only

import contextvars
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_actions, iam_evaluator, router
from ministack.services import sts

from redshift_sandbox.authorization import LAST_REFUSAL, is_checked

_Asgi = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

# A variable of a policy: ${aws:userid}.
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
# MiniStack's messages for these are AWS's own.
_OWN_MESSAGES = frozenset({"iot", "iot-data", "logs", "ssm"})

CHECKED: contextvars.ContextVar[bool] = contextvars.ContextVar("sandbox_checked", default=False)
"""Whether the caller of the request at hand is checked."""


class _Checked:
    """Takes the place of MiniStack's switch AUTH: on for a request whose caller is checked."""

    def __bool__(self) -> bool:
        return CHECKED.get()


def check_users_and_roles() -> None:
    """AWS checks every request, MiniStack every one or none; here a key that belongs to nobody is the account's root.

    So any dummy key works, signed with any secret, and a request of a user or of a role's session is verified and
    held against the policies.
    """
    app.AUTH = _Checked()
    original: _Asgi = app.app

    async def handle(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            CHECKED.set(is_checked(_access_key(scope)))
        await original(scope, receive, send)

    app.app = handle


def keep_expired_sessions() -> None:
    """AWS tells an expired session from a key that never was; MiniStack forgets it, and it would become root here."""
    sts._evict_expired_sessions = lambda: None


def take_http_for_tls() -> None:
    """Policies refuse requests without TLS by aws:SecureTransport; the sandbox's plain HTTP stands for AWS's TLS."""
    original = app.pin_request_origin

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:  # MiniStack's signature
        del secure_transport
        original(source_ip, True)

    app.pin_request_origin = pin_request_origin


def substitute_policy_variables() -> None:
    """AWS puts the request's values in place of ``${…}`` in resources and conditions; MiniStack does not."""
    original = iam_evaluator._first_match

    def first_match(
        context: iam_evaluator.EvalContext, statements: list[iam_evaluator.ParsedStatement], effect: str
    ) -> iam_evaluator.ParsedStatement | None:
        return original(context, [_substituted(statement, context) for statement in statements], effect)

    iam_evaluator._first_match = first_match


def refuse_as_aws() -> None:
    """AWS names the resource in a refusal, and JSON services answer 400; MiniStack names none and answers 403."""
    original = iam_actions.access_denied_response

    def access_denied_response(
        service: str, action: str, principal_arn: str, request_id: str, **options: Any
    ) -> tuple[int, dict[str, str], bytes]:
        refused = LAST_REFUSAL.get()
        if refused is not None and not options.get("error_code"):
            options["resource_arn"] = refused.resource
            decided_by_resource = options.get("explicit_deny") and options.get("resource_policy_arn")
            if service not in _OWN_MESSAGES and not options.get("message") and not decided_by_resource:
                options["message"] = refused.message('"' if refused.resource.startswith("arn:aws:s3:") else "")
        status, headers, body = original(service, action, principal_arn, request_id, **options)
        return (400 if "x-amz-target" in (options.get("headers") or {}) else status), headers, body

    iam_actions.access_denied_response = access_denied_response


def _access_key(scope: MutableMapping[str, Any]) -> str:
    authorization = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
    query = scope.get("query_string", b"").decode("utf-8", "replace")
    parameters = parse_qs(query) if "Credential" in query or "AWSAccessKeyId" in query else {}
    return str(router.extract_access_key_id({"authorization": authorization.decode("latin-1")}, parameters))


def _substituted(
    statement: iam_evaluator.ParsedStatement, context: iam_evaluator.EvalContext
) -> iam_evaluator.ParsedStatement:
    texts = [*statement.resources, *statement.not_resources, str(statement.conditions)]
    if not any("${" in text for text in texts):
        return statement

    def substitute(value: Any) -> Any:
        if isinstance(value, str):
            return _VARIABLE.sub(lambda variable: _value(variable, context), value)
        if isinstance(value, list):
            return [substitute(part) for part in value]
        if isinstance(value, dict):
            return {key: substitute(part) for key, part in value.items()}
        return value

    return replace(
        statement,
        resources=substitute(statement.resources),
        not_resources=substitute(statement.not_resources),
        conditions=substitute(statement.conditions),
    )


def _value(variable: re.Match[str], context: iam_evaluator.EvalContext) -> str:
    value = iam_evaluator._resolve_condition_key(variable[1], context)
    # A variable that the request has no value for stays as it is, and so matches nothing.
    return value if isinstance(value, str) else variable[0]
