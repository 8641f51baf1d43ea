"""One upstream for everything below a prefix: watchRTC's bare ``wss://gateway``, TRTC, LiveKit.

upstream = "https://vendor.example/base"      keep_path = true
/trace                                        https://vendor.example/base/trace
//trace                                       https://vendor.example/base/trace   "…/" + "/trace"
?apiKey=x                                     https://vendor.example/base?apiKey=x
/?apiKey=x                                    https://vendor.example/base/?apiKey=x

                                              keep_path = false
/anything/below?x=1                           https://vendor.example/base?x=1

Two vendors' SDKs write more into the query, and are read wherever the upstream is theirs
(``vendor_forms``): TRTC the host, Datadog the path.
"""

import re
from dataclasses import dataclass
from typing import Self

from sigproxy.dialects import vendor_forms
from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target

# Vendors also write "wss" for the same server; the request decides whether it is a WebSocket.
_UPSTREAM = re.compile(rb"(?:https|wss)://([^/?#\\]+)((?:/[^?#\\\x00-\x20\x7f-\xff]*)?)\Z", re.I)
# Dot segments as servers read them: IIS treats "\\" as "/", Tomcat removes what follows ";".
_CLIMBS = re.compile(rb"(?:[/\\]|%2f|%5c)(?:\.|%2e){2}(?:[/\\;]|%2f|%5c|\Z)", re.I)


@dataclass(frozen=True, slots=True)
class FixedDialect:
    authority: Authority
    base_path: bytes  # the upstream URL's path without a final slash; "" for the root
    keep_path: bool = True
    name = "fixed"
    host_in_path = False
    keeps_cookies_apart = True
    from_client = False
    client_field = None

    @classmethod
    def parse(cls, upstream: str, keep_path: bool = True) -> Self:
        """Return the dialect for *upstream*, an https or wss URL; raise BadTarget otherwise."""
        match = _UPSTREAM.match(upstream.encode())
        if match is None:
            raise BadTarget("it is no URL of the form https://host[:port][/path]")
        if _CLIMBS.search(match[2]):
            raise BadTarget("its path has a dot segment; write it without")
        path = match[2] if not keep_path else match[2].rstrip(b"/")
        return cls(Authority.parse(match[1]), path, keep_path)

    @property
    def siblings(self) -> str | None:
        """The domain below which a request may name another host; None for most vendors."""
        return vendor_forms.signal_domain(self.authority)

    def resolve(self, request_target: bytes) -> Target:
        """Return the target for *request_target*, the part after the route's prefix.

        Raises BadTarget for a path or a vendor's parameter that leads elsewhere.
        """
        path, mark, query = request_target.partition(b"?")
        base = self.base_path
        is_intake = vendor_forms.is_intake(self.authority)
        forwarded = vendor_forms.forwarded(query) if is_intake else None
        if forwarded is not None:
            # What `keep_path` drops is the path of the request, and not the one in its query.
            path, mark, query = forwarded.partition(b"?")
            base = base.rstrip(b"/")
        elif not self.keep_path:
            path = b""
        if path:
            path = b"/" + path.lstrip(b"/")
            if base and _CLIMBS.search(path):
                raise BadTarget("the path has a '..' that leads out of the upstream's own path")
        authority = vendor_forms.signalled(self.authority, query) or self.authority
        return Target(authority, (base + path or b"/") + mark + query)

    def expose(self, target: Target) -> bytes | None:
        """Return the request target that resolves to *target*; None if none does."""
        if not target.path.startswith(self.base_path):
            return None
        exposed = target.path[len(self.base_path) :]
        try:
            return exposed if self.resolve(exposed) == target else None
        except BadTarget:
            return None

    def cookie_path(self, authority: Authority, path: bytes) -> bytes | None:
        """Return the path, below the route, that *authority*'s cookie with this Path covers.

        With the base "/v1", Path=/ covers every request, and Path=/v2 covers none.
        """
        path = path.rstrip(b"/")
        if authority != self.authority:
            return None  # only a redirect leads there; no request to this route does
        if self.base_path == path or self.base_path.startswith(path + b"/"):
            return b""
        below = self.keep_path and path.startswith(self.base_path + b"/")
        return path[len(self.base_path) :] if below else None
