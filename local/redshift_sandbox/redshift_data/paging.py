"""Pages of lists, and the tokens of the next page."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from redshift_sandbox.redshift_data.errors import invalid

Entry = TypeVar("Entry")

NOT_OURS = "The NextToken is not valid for this request."

Position = list[Any]
"""An entry's sort key, which increases from entry to entry."""


def token(operation: str, position: Position) -> str:
    """Return the token for the page that follows a position in an operation's list."""
    return base64.urlsafe_b64encode(json.dumps([operation, *position]).encode()).decode()


def position_of(operation: str, given: str) -> Position:
    """Return the position that a token encodes.

    Raises
    ------
    ServiceError
        ValidationException, if it is not a token of this operation.
    """
    try:
        owner, *position = json.loads(base64.b64decode(given.encode(), altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        raise invalid(NOT_OURS) from None
    if owner != operation:
        raise invalid(NOT_OURS)
    return list(position)


def page(
    operation: str, entries: Iterable[Entry], key: Callable[[Entry], Position], request: Mapping[str, Any], size: int
) -> tuple[list[Entry], str | None]:
    """Return one page of a list, and the token of the next page.

    The list may change between requests: a token encodes a sort key, not a number of entries.

    Parameters
    ----------
    operation
        The name of the operation.
    entries
        The whole list, in order.
    key
        Returns the sort key of an entry.
    request
        May have NextToken and MaxResults.
    size
        The page size if MaxResults is missing or 0.
    """
    try:
        after = position_of(operation, request["NextToken"]) if request.get("NextToken") else None
        rest = [entry for entry in entries if after is None or key(entry) > after]
    except TypeError:
        raise invalid(NOT_OURS) from None
    count = int(request.get("MaxResults") or size)
    found = rest[:count]
    return found, token(operation, key(found[-1])) if len(rest) > count else None
