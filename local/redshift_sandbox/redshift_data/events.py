"""The EventBridge event that is sent when a statement with WithEvent ends.

Its format is documented in docs.aws.amazon.com/redshift/latest/mgmt/data-api-monitoring-events.html.
"""
# ruff: noqa: SLF001  # MiniStack's event bus is private

import asyncio
import contextvars
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from ministack.services import eventbridge

from redshift_sandbox.identity import caller_arn
from redshift_sandbox.redshift_data.limits import RETENTION_SECONDS
from redshift_sandbox.redshift_data.statements import Statement


def announcer() -> Callable[[Statement], None]:
    """Return a function that sends the event, from any thread, in the account and region of the current request."""
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()

    def announce(statement: Statement) -> None:
        loop.call_soon_threadsafe(partial(_put, statement), context=context)

    return announce


def _put(statement: Statement) -> None:
    whole, target, caller = statement.whole, statement.target, statement.target.caller
    detail = {
        "principal": caller_arn(caller.access_key) or f"arn:aws:iam::{caller.account}:root",
        "statementId": statement.id,
        "statementName": statement.name or "",
        "workgroupName": target.workgroup,
        "state": whole.status,
        "pages": sum(len(part.result.pages) for part in statement.batch or (whole,) if part.result),
        "queryId": whole.query_id,
        "expireAt": (whole.created + timedelta(seconds=RETENTION_SECONDS)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    entry = {
        "Source": "aws.redshift-data",
        "DetailType": "Redshift Data Statement Status Change",
        "Detail": json.dumps(detail),
        "Resources": [target.workgroup_arn],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
