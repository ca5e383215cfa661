"""Custom resources whose Create fails, whose function ends without an answer, or whose answer goes elsewhere."""
# ruff: noqa: SLF001  # MiniStack's stack engine is private

import secrets
import string
import threading
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource, handlers, stacks

_SUFFIX = string.ascii_uppercase + string.digits


def delete_after_failed_create() -> None:
    """AWS sends Delete to a custom resource whose Create failed or was never answered; MiniStack does not.

    The Delete has the physical id from the failed answer or, without an answer, one that CloudFormation composes of the
    stack's name, the logical id and a suffix. It is the first step of the rollback.
    """
    failures = _Failures()
    _remember_failed_answers(failures)
    _remember_failed_creates(failures)
    original = stacks._roll_back_operation

    async def roll_back(
        stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], reason_override: str = ""
    ) -> None:
        logical_id = operation.get("failed_logical_id") or ""
        record = failures.take(stack_id, logical_id)
        if record is not None and operation.get("failed_update") is None:
            stack.setdefault("_resources", {})[logical_id] = record
            operation["created"] = [*operation.get("created", ()), logical_id]
        await original(stack_name, stack_id, stack, operation, reason_override)

    stacks._roll_back_operation = roll_back
    # RollbackStack uses a reference of its own.
    handlers._roll_back_operation = roll_back


def fail_when_the_function_dies() -> None:
    """AWS and MiniStack wait for ServiceTimeout when a function ends with an error before it has answered.

    The sandbox fails the resource at once, with the error: nobody is going to answer any more.
    """
    original = lambda_svc._execute_function_with_config_scope

    def execute(func: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = original(func, event)
        token = _token(event)
        if token is not None and (result.get("error") or result.get("throttle")):
            _answer_for(token, f"The function ended without an answer: {_error_of(result)}")
        return result

    lambda_svc._execute_function_with_config_scope = execute


def answer_only_the_sandbox() -> None:
    """AWS's functions send their answers anywhere; the sandbox's runs on the user's machine, and gets no such event.

    An event of CloudFormation has the sandbox's ResponseURL. Another one comes from a caller that wants a function to
    send a request for it.
    """
    original = lambda_svc._execute_function

    def execute(func: dict[str, Any], event: Any) -> dict[str, Any]:
        url = event.get("ResponseURL") if isinstance(event, dict) else None
        if url is None or str(url).startswith(custom_resource._response_url("")):
            result: dict[str, Any] = original(func, event)
            return result
        message = f"The event's ResponseURL is not on the sandbox: {custom_resource._response_url('…')} is accepted"
        return {"body": {"errorMessage": message, "errorType": "InvalidRequestContent"}, "error": True, "log": ""}

    lambda_svc._execute_function = execute


def _token(event: Any) -> str | None:
    """Return the token in the ResponseURL of a custom resource's event; None for another event."""
    if not isinstance(event, dict) or "LogicalResourceId" not in event:
        return None
    return str(event.get("ResponseURL", "")).rpartition("/")[2] or None


def _answer_for(token: str, reason: str) -> None:
    with custom_resource._lock:
        waiting = custom_resource._pending.get(token)
        answered = waiting is None or waiting["result"] is not None
    if not answered:
        custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": reason})


def _error_of(result: dict[str, Any]) -> str:
    body = result.get("body")
    if not isinstance(body, dict):
        return str(body)
    return str(body.get("errorMessage") or body.get("Message") or body)


class _Failures:
    """Failed creates whose rollback has not begun, by stack and logical id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], str] = {}
        self._records: dict[tuple[str, str], dict[str, Any]] = {}

    def answered(self, stack_id: str, logical_id: str, physical_id: str) -> None:
        with self._lock:
            self._answers[stack_id, logical_id] = physical_id

    def failed(
        self, stack_id: str, stack_name: str, logical_id: str, resource_type: str, properties: dict[str, Any]
    ) -> None:
        suffix = "".join(secrets.choice(_SUFFIX) for _ in range(12))
        with self._lock:
            physical_id = self._answers.pop((stack_id, logical_id), None) or f"{stack_name}-{logical_id}-{suffix}"
            self._records[stack_id, logical_id] = {
                "PhysicalResourceId": physical_id,
                "ResourceType": resource_type,
                "LogicalResourceId": logical_id,
                "ResourceStatus": "CREATE_FAILED",
                "Properties": properties,
                "Attributes": {},
                "Timestamp": stacks.now_iso(),
            }

    def forget(self, stack_id: str, logical_id: str) -> None:
        with self._lock:
            self._answers.pop((stack_id, logical_id), None)
            self._records.pop((stack_id, logical_id), None)

    def take(self, stack_id: str, logical_id: str) -> dict[str, Any] | None:
        with self._lock:
            return self._records.pop((stack_id, logical_id), None)


def _remember_failed_answers(failures: _Failures) -> None:
    original = custom_resource.deliver_response

    def deliver_response(token: str, response: dict[str, Any]) -> bool:
        if response.get("Status") == "FAILED" and response.get("PhysicalResourceId"):
            failures.answered(
                str(response.get("StackId")),
                str(response.get("LogicalResourceId")),
                str(response["PhysicalResourceId"]),
            )
        return bool(original(token, response))

    custom_resource.deliver_response = deliver_response


def _remember_failed_creates(failures: _Failures) -> None:
    original = custom_resource.invoke_custom_resource

    def invoke_custom_resource(  # noqa: PLR0917  # MiniStack's signature
        request_type: str,
        logical_id: str,
        props: dict[str, Any],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        **options: Any,
    ) -> tuple[str, dict[str, Any]]:
        failures.forget(stack_id, logical_id)
        try:
            physical_id, data = original(
                request_type, logical_id, props, stack_name, stack_id, resource_type, **options
            )
        except (RuntimeError, TimeoutError):
            # A ValueError means that the function does not exist, so there is nothing to send a Delete to.
            if request_type == "Create":
                failures.failed(stack_id, stack_name, logical_id, resource_type, props)
            raise
        return physical_id, data

    custom_resource.invoke_custom_resource = invoke_custom_resource
