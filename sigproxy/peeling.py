"""Take the gateway's own name off the front of a path: SDKs put it there (ADR 10)."""

from collections.abc import Collection

from sigproxy.errors import BadTarget, LoopDetected, NoRoute
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.prefix import behind, first_segment

# ACS repeats the gateway's name once. More than this many is an attack with a loop.
MAX_PEELS = 4


def peel(
    rest: bytes, mount: bytes, own_authorities: Collection[Authority], stripped_prefix: bytes = b""
) -> bytes:
    """Return *rest* without our own authority, *stripped_prefix* and *mount* at its front.

    ACS applies its proxy URL twice for call setup and TURN credentials: the request target is
    ``/<gateway>/<mount>/<host>/...``. If we forwarded it, we would connect to ourselves. Raises
    BadTarget if nothing remains, and LoopDetected if our name comes more than MAX_PEELS times.
    """
    path, mark, query = rest.partition(b"?")
    for _ in range(MAX_PEELS + 1):
        segment, _, following = path.lstrip(b"/").partition(b"/")
        if not _is_own(segment, own_authorities):
            return path + mark + query
        path = b"/" + following
        for front in (stripped_prefix, mount):
            inner = behind(front, path)
            path = path if inner is None else inner or b"/"
        if path == b"/":
            raise BadTarget("the path names this gateway and no upstream after it")
    raise LoopDetected(f"the path names this gateway more than {MAX_PEELS} times")


def check_no_prefix(peeled: bytes) -> None:
    """Raise NoRoute if our own name is followed by neither the mount nor a host."""
    segment = first_segment(peeled)
    if segment and b"." not in segment and b":" not in segment:
        shown = segment[:60].decode("ascii", "backslashreplace")
        raise NoRoute(
            f"this gateway's own name is followed by '/{shown}', which is neither a host nor the "
            "route's prefix. If a proxy in front removes it from the path, make the proxy send it "
            f"(NGINX: `proxy_set_header X-Forwarded-Prefix /{shown};`; Traefik's StripPrefix does) "
            "and list the proxy in `trusted_proxies`"
        )


def _is_own(segment: bytes, own_authorities: Collection[Authority]) -> bool:
    try:
        return Authority.parse(segment) in own_authorities
    except BadTarget:
        return False
