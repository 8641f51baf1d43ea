"""``/-/``: the gateway's own pages. No host is named "-", so no upstream's path collides."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from sigproxy.errors import MethodRefused, NoRoute
from sigproxy.policies.callers import Callers, bearer
from sigproxy.policies.cors import Cors, is_preflight
from sigproxy.semantics.fields import Field, Fields, first

PREFIX = b"/-/"

LIVE, READY = b"/-/live", b"/-/ready"

_ALLOWED = b"GET, HEAD, OPTIONS"


class Reply(NamedTuple):
    """A response from the gateway itself; *what* describes the request, for people."""

    status: int
    fields: list[Field]
    body: bytes
    what: str


# The response to a server-wide OPTIONS: the methods that some upstream may accept.
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
    """Return whether *path* is below ``/-/``, where all pages are the gateway's own."""
    return path.startswith(PREFIX) or (
        path.startswith(b"//") and path.lstrip(b"/").startswith(PREFIX[1:])
    )


def is_front(method: str, path: bytes, request: Fields) -> bool:
    """Return whether a browser asks for the page at "/": no WebSocket, and no script's request.

    A navigation names no origin, except by POST (Fetch, 3.1).
    """
    if path != b"/" or method not in ("GET", "HEAD"):
        return False
    return first(request, b"origin") is None and first(request, b"upgrade") is None


def is_health(path: bytes) -> bool:
    """Return whether *path*, of an own page, is what balancers ask again and again."""
    return _named(path) in (LIVE, READY)


def _named(path: bytes) -> bytes:
    return b"/" + path.partition(b"?")[0].lstrip(b"/")


def keyed(path: bytes) -> tuple[bytes, bytes, bytes]:
    """Return an own page's part of *path*, what stands at the key's place, and the rest.

    Slashes count as one, and a final one as none: clients join URLs and keys.

    >>> keyed(b"//-/ice/k/more/?x=1")
    (b'-/ice', b'k', b'more')
    """
    parts = path.partition(b"?")[0].lstrip(b"/").split(b"/", 2)
    own, below = b"/".join(parts[:2]), b"/".join(parts[2:])
    key, _, rest = below.lstrip(b"/").partition(b"/")
    return own, key, rest.strip(b"/")


def guarded(
    callers: Callers,
    methods: Sequence[str],
    method: str,
    key: bytes,
    fields: Fields,
    cors: Cors,
) -> Reply | None:
    """Return the answer to OPTIONS; None for a request that *callers* admit.

    *key* is what stands at its place in the path, or b"". Raises a GatewayError.
    """
    cors.admit()
    allow = (b"Allow", ", ".join((*methods, "OPTIONS")).encode())
    if is_preflight(method, fields):  # it has no Authorization yet
        if key:
            callers.admit_key(key)
        return Reply(204, cors.preflight_fields(fields), b"", "a CORS preflight")
    if method == "OPTIONS":
        what = f"what {callers.place} can be asked"
        return Reply(204, [allow, *cors.error_fields()], b"", what)
    if method not in methods:
        raise MethodRefused(f"{callers.place} is asked with {' or '.join(methods)}", allow)
    callers.admit(key or bearer(fields), cors)
    return None


def page(method: str, path: bytes, request: Fields, *, is_ready: bool) -> Reply:
    """Return one of the gateway's own pages, as JSON; raise NoRoute or MethodRefused.

    Any web page may read it, so that an app can ask whether its gateway is up. OPTIONS is a CORS
    preflight, or a balancer's health check (HAProxy's default) and then has the status of GET.
    """
    ready = (200, {"status": "ready"}) if is_ready else (503, {"status": "draining"})
    pages = {
        # Always 200; if there is no response, restart the process.
        LIVE: (200, {"status": "live"}),
        # Fails as soon as a stop begins, so that a balancer sends no new clients.
        READY: ready,
    }
    found = pages.get(_named(path))
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
