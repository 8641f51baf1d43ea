"""``/-/``: what the gateway says about itself. No host is a lone hyphen: no path collides."""

import json

from sigproxy.errors import MethodRefused, NoRoute
from sigproxy.gateway.drain import Drain
from sigproxy.semantics.fields import Field

PREFIX = b"/-/"

# What a server-wide OPTIONS is answered with: methods that some upstream may take.
OPTIONS: list[Field] = [(b"Allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]


def is_asked_of_all(method: str, request_target: bytes) -> bool:
    """Return whether this is ``OPTIONS *``, which asks about the server (RFC 9110, 9.3.7)."""
    return method == "OPTIONS" and request_target == b"*"


def page(method: str, path: bytes, drain: Drain) -> tuple[int, list[Field], bytes]:
    """Return status, fields and JSON of an own page; raise NoRoute or MethodRefused."""
    ready = (200, {"status": "ready"}) if drain.is_ready else (503, {"status": "draining"})
    pages = {
        # Answers while the process answers at all: restart it if not.
        b"/-/live": (200, {"status": "live"}),
        # Fails from the first moment of a stop: send no new clients.
        b"/-/ready": ready,
    }
    found = pages.get(path.partition(b"?")[0])
    if found is None:
        raise NoRoute("the gateway's own pages are /-/live and /-/ready")
    if method not in ("GET", "HEAD"):
        raise MethodRefused("the gateway's own pages are read with GET", (b"Allow", b"GET, HEAD"))
    fields = [(b"Content-Type", b"application/json"), (b"Cache-Control", b"no-store")]
    return found[0], fields, json.dumps(found[1]).encode() + b"\n"
