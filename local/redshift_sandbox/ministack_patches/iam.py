"""IAM: which callers are checked, evaluation of policies, and the text of denials."""
# ruff: noqa: SLF001  # MiniStack's IAM evaluator is private

import contextvars
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_actions, iam_evaluator, router
from ministack.services import sts

from redshift_sandbox.authorization import LAST_DENIAL, is_checked

_Asgi = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

# A policy variable, such as ${aws:userid}.
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
# Services whose denials MiniStack already words as AWS does.
_WORDED_AS_AWS = frozenset({"iot", "iot-data", "logs", "ssm"})

CHECKED: contextvars.ContextVar[bool] = contextvars.ContextVar("sandbox_checked", default=False)
"""Whether the caller of the current request is checked."""


class _Checked:
    """Replaces MiniStack's switch AUTH: true during a request whose caller is checked."""

    def __bool__(self) -> bool:
        return CHECKED.get()


def check_users_and_roles() -> None:
    """AWS checks the signature and the policies of every request; MiniStack checks all requests or none.

    Here, requests of IAM users and of role sessions are checked. Any other key is the account's root, with any
    secret, so that clients work with dummy credentials.
    """
    app.AUTH = _Checked()
    original: _Asgi = app.app

    async def handle(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            CHECKED.set(is_checked(_access_key(scope)))
        await original(scope, receive, send)

    app.app = handle


def keep_expired_sessions() -> None:
    """AWS rejects the key of an expired session; MiniStack forgets it, and an unknown key is root here."""
    sts._evict_expired_sessions = lambda: None


def take_http_for_tls() -> None:
    """AWS's endpoints use TLS, which policies require with aws:SecureTransport; the sandbox's use HTTP on loopback."""
    original = app.pin_request_origin

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:  # MiniStack's signature
        del secure_transport
        original(source_ip, True)

    app.pin_request_origin = pin_request_origin


def substitute_policy_variables() -> None:
    """AWS substitutes policy variables, ``${…}``, in resources and conditions; MiniStack does not."""
    original = iam_evaluator._first_match

    def first_match(
        context: iam_evaluator.EvalContext, statements: list[iam_evaluator.ParsedStatement], effect: str
    ) -> iam_evaluator.ParsedStatement | None:
        return original(context, [_substituted(statement, context) for statement in statements], effect)

    iam_evaluator._first_match = first_match


def word_denials_as_aws() -> None:
    """AWS names the resource in a denial, with status 400 in JSON services; MiniStack omits it, with status 403."""
    original = iam_actions.access_denied_response

    def access_denied_response(
        service: str, action: str, principal_arn: str, request_id: str, **options: Any
    ) -> tuple[int, dict[str, str], bytes]:
        denial = LAST_DENIAL.get()
        if denial is not None and not options.get("error_code"):
            options["resource_arn"] = denial.resource
            denied_by_resource_policy = options.get("explicit_deny") and options.get("resource_policy_arn")
            if service not in _WORDED_AS_AWS and not options.get("message") and not denied_by_resource_policy:
                options["message"] = denial.message('"' if denial.resource.startswith("arn:aws:s3:") else "")
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
    # A variable without a value is left as it is, so that it matches nothing.
    return value if isinstance(value, str) else variable[0]
