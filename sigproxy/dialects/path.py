"""``/<host>[:port]/<path>?<query>``: ACS, Vonage, Daily, and watchRTC with the host in proxyUrl.

/api.example.com/v1/x?y=1       https://api.example.com/v1/x?y=1
/api.example.com:8443/x         https://api.example.com:8443/x
/api.example.com                https://api.example.com/         watchRTC's WebSocket
/api.example.com//config        https://api.example.com/config   ACS joins ".../" and "/..."
//api.example.com/x             https://api.example.com/x        Daily, set to "https://gateway/"
/user@api.example.com/x         BadTarget
/favicon                        NoRoute: without a dot or a port it is not a host
"""

import re
from dataclasses import dataclass

from sigproxy.errors import BadTarget, NoRoute
from sigproxy.semantics.authority import HTTPS_PORT, Authority
from sigproxy.semantics.target import Target

_FIRST_SEGMENT = re.compile(rb"/+([^/?#]*)/*")


@dataclass(frozen=True, slots=True)
class PathDialect:
    name = "path"
    host_in_path = True
    keeps_cookies_apart = True
    from_client = True
    client_field = None

    def resolve(self, request_target: bytes) -> Target:
        """Return the target that *request_target*, the part after the route's prefix, names.

        Raises BadTarget, or NoRoute if the first segment does not look like a host. Several
        slashes right after the authority become one; the rest is kept byte for byte.
        """
        match = _FIRST_SEGMENT.match(request_target)
        if match is None or not match[1]:
            raise NoRoute("the path names no upstream; it should be /<host>/<path>")
        segment = match[1]
        if segment.lower() in (b"https:", b"http:", b"wss:", b"ws:"):
            raise BadTarget("the path names a scheme; write /<host>/<path> without https://")
        if b"." not in segment and b":" not in segment:
            raise NoRoute(f"{_shown(segment)} is not a host; the path should be /<host>/<path>")
        return Target(Authority.parse(segment), b"/" + request_target[match.end() :])

    def expose(self, target: Target) -> bytes | None:
        """Return the request target that resolves to *target*; None if none does."""
        if target.path.startswith(b"//"):
            return None  # resolve() would collapse it
        return b"/" + _segment(target.authority) + target.path

    def cookie_path(self, authority: Authority, path: bytes) -> bytes | None:
        """Return the path, below the route, that *authority*'s cookie with this Path covers."""
        return b"/" + _segment(authority) + path.rstrip(b"/")


def _segment(authority: Authority) -> bytes:
    host = str(authority)
    if "." not in host and ":" not in host:
        host += f":{HTTPS_PORT}"  # resolve() takes a name without a dot for a host only with a port
    return host.encode()


def _shown(segment: bytes) -> str:
    return repr(segment[:60].decode("ascii", "backslashreplace"))
