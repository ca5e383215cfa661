"""A check, what it finds, and how one that could not be made is reported."""

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

_DENIED: Final = ("AccessDenied", "Unauthorized", "AuthorizationError", "403", "Forbidden")
"""How the codes of a refusal begin. S3 answers HEAD with the number alone."""


class Answer(NamedTuple):
    """The outcome of a check."""

    status: Status
    found: str
    fix: str = ""
    """What to do; empty where nothing is to be done."""


class Finding(NamedTuple):
    """The outcome of a check, with its name: a line of the report."""

    check: str
    status: Status
    found: str
    fix: str


@dataclass(frozen=True)
class Check(Generic[Context]):
    """Something to look at, with the IAM actions that looking takes."""

    name: str
    actions: tuple[str, ...]
    answer: Callable[[Context], Answer]

    def run(self, context: Context) -> Finding:
        """The finding; a refused or failed call gives `unknown`, never an exception."""
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
            return Finding(self.name, "problem", _line(error), "deploy again with another reseed")

    def _refused(self, error: ClientError) -> Answer:
        if is_denied(error):
            return Answer("unknown", f"the caller may not call {error.operation_name}", self._needs())
        answer = error.response["Error"]
        code, message = answer.get("Code", ""), answer.get("Message", "")
        told = ": ".join(filter(None, (code, " ".join(message.split()))))
        return Answer("unknown", f"{error.operation_name} failed: {told or 'no reason given'}", self._needs())

    def _failed(self, error: Exception) -> Answer:
        if isinstance(error, PlaceGoneError):
            return Answer(
                "problem", _line(error), "deploy again; if the stack says there is nothing to do, destroy first"
            )
        if isinstance(error, StatementError) and "permission denied" not in error.message:
            return Answer("problem", _line(error), "deploy again with another reseed")
        return Answer("unknown", _line(error), self._needs())

    def _needs(self) -> str:
        *most, last = self.actions
        return f"the check needs {', '.join(most)} and {last}" if most else f"the check needs {last}"


def check(name: str, *actions: str) -> Callable[[Callable[[Context], Answer]], Check[Context]]:
    """Make a function of a context a check that needs these IAM actions."""
    return lambda answer: Check(name, actions, answer)


def is_denied(error: ClientError) -> bool:
    """Whether AWS refused a call for want of a permission. The Data API says so in a ValidationException."""
    answer = error.response["Error"]
    return answer.get("Code", "").startswith(_DENIED) or "not authorized to perform" in answer.get("Message", "")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
