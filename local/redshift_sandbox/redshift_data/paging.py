"""Pages of lists, and the tokens that lead from one to the next."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from redshift_sandbox.redshift_data.errors import invalid

Entry = TypeVar("Entry")

NOT_OURS = "The NextToken is not valid for this request."

Position = list[Any]
"""Where an entry stands in its list: values that grow from entry to entry."""


def token(operation: str, position: Position) -> str:
    """Return the token for what comes after a position in an operation's answer."""
    return base64.urlsafe_b64encode(json.dumps([operation, *position]).encode()).decode()


def position_of(operation: str, given: str) -> Position:
    """Return the position that a token stands for.

    Raises
    ------
    ServiceError
        ValidationException, if it is no token of this operation.
    """
    try:
        owner, *position = json.loads(base64.b64decode(given.encode(), altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        raise invalid(NOT_OURS) from None
    if owner != operation:
        raise invalid(NOT_OURS)
    return list(position)


def page(
    operation: str, entries: Iterable[Entry], place: Callable[[Entry], Position], request: Mapping[str, Any], size: int
) -> tuple[list[Entry], str | None]:
    """Return one page of a list, and the token of the next.

    The list may change from page to page: a token stands for a place in the order, not for a number of entries.

    Parameters
    ----------
    operation
        Whose answer it is.
    entries
        The whole list, in order.
    place
        Where an entry stands in that order.
    request
        May have NextToken and MaxResults.
    size
        Most entries of a page without MaxResults, or with 0.
    """
    try:
        after = position_of(operation, request["NextToken"]) if request.get("NextToken") else None
        rest = [entry for entry in entries if after is None or place(entry) > after]
    except TypeError:
        raise invalid(NOT_OURS) from None
    count = int(request.get("MaxResults") or size)
    found = rest[:count]
    return found, token(operation, place(found[-1])) if len(rest) > count else None
