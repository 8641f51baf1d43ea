"""``/-/``: what the gateway says about itself. No host is a lone hyphen: no path collides."""

import json
from typing import NamedTuple

from sigproxy.errors import MethodRefused, NoRoute
from sigproxy.policies.cors import Cors, is_preflight
from sigproxy.semantics.fields import Field, Fields

PREFIX = b"/-/"

_ALLOWED = b"GET, HEAD, OPTIONS"


class Reply(NamedTuple):
    """An answer of the gateway's own; *what* says in words to which question."""

    status: int
    fields: list[Field]
    body: bytes
    what: str


# What a server-wide OPTIONS is answered with: methods that some upstream may take.
OPTIONS = Reply(
    200,
    [(b"Allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")],
    b"",
    "a question about the server as a whole",
)
_OWN_PAGE = "one of the gateway's own pages"


def is_asked_of_all(method: str, request_target: bytes) -> bool:
    """Return whether this is ``OPTIONS *``, which asks about the server (RFC 9110, 9.3.7)."""
    return method == "OPTIONS" and request_target == b"*"


def is_own(path: bytes) -> bool:
    """Return whether *path* is one of the gateway's own pages, or would be one."""
    return path.startswith(PREFIX) or (
        path.startswith(b"//") and path.lstrip(b"/").startswith(PREFIX[1:])
    )


def page(method: str, path: bytes, request: Fields, *, is_ready: bool) -> Reply:
    """Return what an own page says, as JSON; raise NoRoute or MethodRefused.

    Any web page may read it: an app asks whether its gateway is up. OPTIONS is a preflight, or a
    balancer's check (HAProxy's default), which must see what GET would.
    """
    ready = (200, {"status": "ready"}) if is_ready else (503, {"status": "draining"})
    pages = {
        # Answers while the process answers at all: restart it if not.
        b"/-/live": (200, {"status": "live"}),
        # Fails from the first moment of a stop: send no new clients.
        b"/-/ready": ready,
    }
    found = pages.get(b"/" + path.partition(b"?")[0].lstrip(b"/"))
    if found is None:
        raise NoRoute("the gateway's own pages are /-/live and /-/ready")
    if method not in ("GET", "HEAD", "OPTIONS"):
        raise MethodRefused("the gateway's own pages are read with GET", (b"Allow", _ALLOWED))
    status, content = found
    cors = Cors.unjudged(request)
    if is_preflight(method, request):
        return Reply(200, [(b"Allow", _ALLOWED), *cors.preflight_fields(request)], b"", _OWN_PAGE)
    fields = [(b"Cache-Control", b"no-store"), *cors.error_fields()]
    if method == "OPTIONS":
        return Reply(status, [(b"Allow", _ALLOWED), *fields], b"", _OWN_PAGE)
    fields.append((b"Content-Type", b"application/json"))
    return Reply(status, fields, json.dumps(content).encode() + b"\n", _OWN_PAGE)
