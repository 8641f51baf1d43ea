"""Which fields go to the upstream, and which we add (RFC 9110, 7.6; X-Forwarded-For by custom)."""

import re
from functools import lru_cache
from typing import NamedTuple

from sigproxy.errors import LoopDetected
from sigproxy.semantics import fields as f
from sigproxy.semantics import inner_hop
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.framing import canonical_length

CREDENTIALS = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
CONTENT = frozenset(
    {b"content-encoding", b"content-language", b"content-length", b"content-type", b"digest"}
)

# Fields that the client must not set, that are for the gateway, or that a proxy in front added.
_DROPPED = frozenset(
    {
        b"host",  # replaced by the target's
        b"proxy",  # "httpoxy" (CVE-2016-5385): CGI servers read it as HTTP_PROXY
        b"expect",  # the gateway itself sends the 100 (Continue) when it reads the body
        b"access-control-allow-origin",  # a response field; the vendors' sample drops it too
        b"cdn-loop",  # appended to
        b"via",  # appended to, or about the hop in front of us: ADR 20
        inner_hop.NEVER,
    }
)
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')


class Forwarding(NamedTuple):
    """What the gateway tells the upstream about the client and about itself."""

    client: str  # the client's address; "": unknown, on a UNIX socket
    chain: tuple[bytes, ...]  # for X-Forwarded-For: the client, then each proxy up to us
    cdn_id: str | None = None  # our name in CDN-Loop (RFC 8586); None: not added
    pseudonym: str | None = None  # our name in Via; None: no Via is sent
    client_field: bytes | None = None  # a vendor's own field for the client's address

    def request_fields(
        self, fields: Fields, authority: Authority, without: frozenset[bytes] = frozenset()
    ) -> list[Field]:
        """Return the fields of the request to *authority*, from the client's *fields*.

        *without*: lower-case names of fields that policy withholds (credentials, cookies).
        """
        dropped = f.not_end_to_end(fields, _dropped(without, self.client_field))
        kept = inner_hop.crossing(fields, dropped)
        if (f.first(fields, b"content-length") or b"").startswith(b"0"):
            kept = [*map(canonical_length, kept)]
        return [(b"Host", str(authority).encode()), *kept, *self._added(fields)]

    def _added(self, fields: Fields) -> list[Field]:
        added = []
        if self.client:
            added.append((b"X-Real-IP", self.client.encode()))
        if self.chain:
            # The client comes first (watchRTC reads the left-most), then each proxy up to us.
            added.append((b"X-Forwarded-For", b", ".join(self.chain)))
        if self.client_field is not None and self.client:
            added.append((self.client_field, self.client.encode()))
        # No element of CDN-Loop may be removed (RFC 8586, 2), whether or not we add one.
        if passed := _with(fields, b"cdn-loop", self.cdn_id):
            added.append((b"CDN-Loop", passed))
        if self.pseudonym is not None:
            added.append((b"Via", _with(fields, b"via", f"1.1 {self.pseudonym}")))
        return added

    def check_loop(self, fields: Fields) -> None:
        """Raise LoopDetected for a request that has passed this gateway before."""
        if self.cdn_id and self.cdn_id.lower().encode() in _cdn_ids(fields):
            raise _loop("CDN-Loop")
        if self.pseudonym and (passed := f.elements(fields, b"via")):
            own = self.pseudonym.lower().encode()
            if any(own in each.lower().split() for each in passed):
                raise _loop("Via")


def _loop(field: str) -> LoopDetected:
    return LoopDetected(
        f"this request has been through this gateway before ({field}); if it names the gateway by "
        "a name that the gateway does not know as its own, add that to `public_names`"
    )


def _cdn_ids(fields: Fields) -> set[bytes]:
    """Return the ids in CDN-Loop (RFC 8586, 2), lower-case and without their parameters."""
    lines = f.values(fields, b"cdn-loop")
    if not lines:
        return set()
    listed = _QUOTED.sub(b"", b",".join(lines)).split(b",")
    return {each.partition(b";")[0].strip(b" \t").lower() for each in listed}


@lru_cache(maxsize=64)
def _dropped(without: frozenset[bytes], replaced: bytes | None) -> frozenset[bytes]:
    return _DROPPED | without | {(replaced or b"host").lower()}


def _with(fields: Fields, name: bytes, own: str | None) -> bytes:
    """Return the lines of the list-valued field *name* as one (RFC 9110, 5.3), with *own* last."""
    lines = [value for value in f.values(fields, name) if value]
    return b", ".join([*lines, own.encode()] if own is not None else lines)


def upgrade_fields(fields: list[Field]) -> list[Field]:
    """Return *fields* with Connection and Upgrade for a WebSocket handshake (RFC 6455, 4.1)."""
    return [*fields, (b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
