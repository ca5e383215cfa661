"""The findings, the stack's events and the function's log as one text, to send with a report."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from supplychain.cli.doctor.account import make_client
from supplychain.cli.doctor.check import Finding
from supplychain.cli.doctor.stack import read_stack

if TYPE_CHECKING:
    import boto3

_MOST_LINES: Final = 500
"""Most events, and most lines of the log, in the text."""

_LOGGED_FOR: Final = dt.timedelta(hours=3)
"""The time span of the log in the text."""


def evidence(session: "boto3.Session", stack_name: str, findings: Sequence[Finding]) -> str:
    """Return the text without the account number. A part that cannot be read is replaced by the reason."""
    now = dt.datetime.now(dt.UTC)
    text = "\n".join(
        [
            f"supplychain {version('supplychain')}, {session.region_name}, {now:%Y-%m-%d %H:%M} UTC",
            *_part("findings", lambda: ("  ".join(filter(None, finding)) for finding in findings)),
            *_part("stack's events, newest first", lambda: _events(session, stack_name)),
            *_part("function's log", lambda: _log(session, stack_name)),
            "",
        ]
    )
    try:
        account = make_client(session, "sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError):
        return text
    return text.replace(account, "<account>")


def _part(title: str, lines: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return ["", f"== {title}", *lines()]
    except (BotoCoreError, ClientError) as error:
        return ["", f"== {title}", f"could not be read: {' '.join(str(error).split())}"]


def _events(session: "boto3.Session", stack_name: str) -> Iterator[str]:
    pages = make_client(session, "cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack_name)
    for event in islice((event for page in pages for event in page["StackEvents"]), _MOST_LINES):
        reason = " ".join(event.get("ResourceStatusReason", "").split())
        yield (
            f"{event['Timestamp']:%Y-%m-%d %H:%M:%S} {event['ResourceStatus']} {event['LogicalResourceId']} "
            f"({event['ResourceType']}) {reason}"
        ).rstrip()


def _log(session: "boto3.Session", stack_name: str) -> Iterator[str]:
    stack = read_stack(make_client(session, "cloudformation"), stack_name)
    groups = [name for kind, name in stack.resources if kind == "AWS::Logs::LogGroup"]
    since = int((dt.datetime.now(dt.UTC) - _LOGGED_FOR).timestamp() * 1000)
    for group in groups:
        pages = (
            make_client(session, "logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=group, startTime=since)
        )
        events: list[Any] = [event for page in pages for event in page["events"]]
        yield from (event["message"].rstrip() for event in events[-_MOST_LINES:])
