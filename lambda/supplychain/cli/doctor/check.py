"""A check and its finding. A check that cannot be made is reported as unknown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from supplychain.cli.admin_warehouse import WAREHOUSE_ERRORS
from supplychain.cli.connection import CallError
from supplychain.dataset.reader import GenerationError
from supplychain.warehouse.data_api import StatementError
from supplychain.warehouse.place import PlaceGoneError

Status = Literal["ok", "warning", "problem", "unknown"]
Context = TypeVar("Context")

REPAIR: Final = "supplychain repair"
"""The command that puts back data that is not as it was deployed."""

_DENIED: Final = ("AccessDenied", "Unauthorized", "AuthorizationError", "403", "Forbidden")
"""Prefixes of the error codes for a missing permission. S3 answers HEAD with the number alone."""


class Answer(NamedTuple):
    """The outcome of a check."""

    status: Status
    found: str
    fix: str = ""
    """What to do; empty if there is nothing to do."""


class Finding(NamedTuple):
    """The outcome of a named check: a line of the report."""

    check: str
    status: Status
    found: str
    fix: str


@dataclass(frozen=True)
class Check(Generic[Context]):
    """A check of a context, with the IAM actions that it needs."""

    name: str
    actions: tuple[str, ...]
    answer: Callable[[Context], Answer]

    def run(self, context: Context) -> Finding:
        """Return the finding. A call that is refused or fails makes it unknown; no exception of AWS is raised."""
        try:
            return Finding(self.name, *self.answer(context))
        except ClientError as error:
            return Finding(self.name, *self._refused(error))
        except EndpointConnectionError as error:
            return Finding(self.name, "unknown", str(error), "check the network, the region and AWS_ENDPOINT_URL")
        except BotoCoreError as error:
            return Finding(self.name, "unknown", _line(error), self._needs())
        except WAREHOUSE_ERRORS as error:
            return Finding(self.name, *self._failed(error))
        except (CallError, GenerationError, ValueError) as error:
            return Finding(self.name, "problem", _line(error), REPAIR)

    def _refused(self, error: ClientError) -> Answer:
        if is_denied(error):
            return Answer("unknown", f"the caller may not call {error.operation_name}", self._needs())
        answer = error.response["Error"]
        code, message = answer.get("Code", ""), answer.get("Message", "")
        reason = ": ".join(filter(None, (code, " ".join(message.split()))))
        return Answer("unknown", f"{error.operation_name} failed: {reason}", self._needs())

    def _failed(self, error: Exception) -> Answer:
        if isinstance(error, PlaceGoneError):
            return Answer("problem", _line(error), "deploy again; if there are no changes to deploy, destroy first")
        if isinstance(error, StatementError) and "permission denied" not in error.message:
            return Answer("problem", _line(error), REPAIR)
        return Answer("unknown", _line(error), self._needs())

    def _needs(self) -> str:
        *most, last = self.actions
        return f"the check needs {', '.join(most)} and {last}" if most else f"the check needs {last}"


def check(name: str, *actions: str) -> Callable[[Callable[[Context], Answer]], Check[Context]]:
    """Turn a function of a context into a check that needs these IAM actions."""
    return lambda answer: Check(name, actions, answer)


def is_denied(error: ClientError) -> bool:
    """Whether the caller lacks a permission. The Data API reports that as ValidationException."""
    answer = error.response["Error"]
    return answer.get("Code", "").startswith(_DENIED) or "not authorized to perform" in answer.get("Message", "")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
