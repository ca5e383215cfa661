"""Requests of web pages, and connections of other users: only the user's own programs may use the sandbox."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app

from redshift_sandbox import peers

_Asgi = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

_LOG = logging.getLogger("sandbox")

# The names of this machine's loopback interface, and those below localhost: bucket.localhost, id.execute-api.localhost.
_LOOPBACK = re.compile(r"(?:(?:[a-z0-9_-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
# Sec-Fetch-Site of a page of this server, and of an address that the user typed.
_OWN_SITES = frozenset({"same-origin", "none"})


def refuse_other_users() -> None:
    """AWS authenticates callers; here any access key is the account's root, so other users may not connect."""
    if not peers.refuse_other_users():
        _LOG.warning(
            "this system does not tell which user a connection belongs to: every local user can use the sandbox"
        )


def refuse_web_pages() -> None:
    """AWS requires a signature, which a page of another site cannot make; MiniStack accepts requests without one.

    A page in the user's browser reaches loopback, also under a host name of its own (DNS rebinding).
    """
    original: _Asgi = app.app

    async def handle(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        reason = _reason(scope) if scope["type"] in {"http", "websocket"} else None
        if reason is None:
            await original(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refuse(send, reason)

    app.app = handle


def _reason(scope: MutableMapping[str, Any]) -> str | None:
    """Return why a request is refused, None if it is not."""
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip())
    hosts = headers.get("host", [])
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
        return f"the Host {', '.join(hosts)!r} is not localhost or 127.0.0.1"
    origins = headers.get("origin", [])
    if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
        return f"the Origin {', '.join(origins)!r} is another site"
    sites = headers.get("sec-fetch-site", [])
    if any(site.lower() not in _OWN_SITES for site in sites):
        return "it comes from a page of another site"
    if scope.get("method") == "OPTIONS" and "access-control-request-method" in headers:
        return "cross-origin requests are not allowed"
    return None


async def _refuse(send: Any, reason: str) -> None:
    body = json.dumps({"__type": "AccessDeniedException", "message": f"The sandbox refuses this request: {reason}."})
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
