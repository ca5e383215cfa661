"""A service that speaks AWS's JSON 1.1 protocol: dispatch, validation, errors."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import StructureShape
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id

from redshift_sandbox.aws.model import WrongTypeError, serialize, service_model, validation_message, violations
from redshift_sandbox.postgres import PostgresError

_LOG = logging.getLogger("sandbox")

_MAX_CAUSE = 500

Response = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Caller:
    """The account, region and access key of a request."""

    account: str
    region: str
    access_key: str

    @property
    def tenant(self) -> tuple[str, str]:
        """Account and region: callers see the resources of their own."""
        return self.account, self.region


class ServiceError(Exception):
    """An error response of AWS.

    Parameters
    ----------
    code
        The error's name in the service model.
    message
        What went wrong, in AWS's wording where it is known.
    status
        The HTTP status.
    members
        Further members of the error's shape.
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members


Operation = Callable[[Caller, dict[str, Any]], Awaitable[Mapping[str, Any]]]
Authorize = Callable[[Caller, str, dict[str, Any]], Awaitable[None]]
"""Refuses an operation, with a ServiceError, to a caller whose policies do not allow it."""


@dataclass(frozen=True)
class JsonService:
    """A service with one function per operation, called once the caller is authorized."""

    name: str
    operations: Mapping[str, Operation]
    authorize: Authorize
    _headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/x-amz-json-1.1"})

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request. MiniStack calls it with these arguments."""
        del method, path
        access_key = extract_access_key_id(headers, query) or ""
        caller = Caller(get_account_id(), get_region(), access_key)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            return await self._answer(caller, operation, body)
        except ServiceError as error:
            return self._error(error)
        except PostgresError as error:
            return self._error(ServiceError("InternalServerException", str(error), 500))
        except Exception as error:  # noqa: BLE001  # a service always answers; the log has the traceback
            _LOG.exception("%s %s failed", self.name, operation)
            cause = " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_CAUSE]
            message = f"Internal error of the sandbox: {cause}. Its log has the details: redshift-sandbox logs"
            return self._error(ServiceError("InternalServerException", message, 500))

    async def _answer(self, caller: Caller, operation: str, body: bytes) -> Response:
        model = service_model(self.name)
        if operation not in model.operation_names:
            raise ServiceError("UnknownOperationException", f"The operation {operation!r} does not exist.")
        if operation not in self.operations:
            raise ServiceError(
                "UnsupportedOperation", f"The sandbox does not support the operation {operation} of {self.name}.", 501
            )
        shapes = model.operation_model(operation)
        try:
            request = json.loads(body or b"{}")
            problems = violations(shapes.input_shape, request) if shapes.input_shape is not None else []
        except WrongTypeError as error:
            raise ServiceError("SerializationException", str(error)) from None
        except (ValueError, RecursionError):
            raise ServiceError("SerializationException", "The request is not valid JSON.") from None
        if problems:
            raise ServiceError("ValidationException", validation_message(problems))
        await self.authorize(caller, operation, request)
        answer = serialize(shapes.output_shape, await self.operations[operation](caller, request))
        return 200, dict(self._headers), json.dumps(answer).encode()

    def _error(self, error: ServiceError) -> Response:
        # In some services the member's name is capitalized.
        shapes = [shape for shape in service_model(self.name).error_shapes if isinstance(shape, StructureShape)]
        key = "Message" if any("Message" in shape.members for shape in shapes) else "message"
        answer = {"__type": error.code, key: error.message, **error.members}
        return error.status, {**self._headers, "x-amzn-errortype": error.code}, json.dumps(answer).encode()
