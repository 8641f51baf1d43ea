"""Which fields cross upstream, and which we add (RFC 9110, 7.6; X-Forwarded-For by custom)."""

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

# Not the client's to say, or meant for us; and what a proxy in front said of itself.
_DROPPED = frozenset(
    {
        b"host",  # replaced by the target's
        b"proxy",  # "httpoxy" (CVE-2016-5385): CGI servers read it as HTTP_PROXY
        b"expect",  # answered here: the gateway sends its own 100 when it reads the body
        b"access-control-allow-origin",  # a response field; the vendors' sample drops it too
        b"cdn-loop",  # appended to
        b"via",  # appended to, or a fact of the hop before us: see page 20 of docs/adr
        inner_hop.NEVER,
    }
)
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')


class Forwarding(NamedTuple):
    """What the upstream is told about the client and about us."""

    client: str  # the address of who asks; "": unknown, on a UNIX socket
    chain: tuple[bytes, ...]  # for X-Forwarded-For: the client, then each proxy up to us
    cdn_id: str | None = None  # ours in CDN-Loop (RFC 8586); None adds none
    pseudonym: str | None = None  # ours in Via; None sends no Via
    client_field: bytes | None = None  # a vendor's own field for the client's address

    def request_fields(
        self, fields: Fields, authority: Authority, without: frozenset[bytes] = frozenset()
    ) -> list[Field]:
        """Return the head's fields for *authority*, from the client's *fields*.

        *without* names, in lower case, what policy withholds (credentials, cookies).
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
            # The client is the first, each proxy adds whom it saw: watchRTC takes the left-most.
            added.append((b"X-Forwarded-For", b", ".join(self.chain)))
        if self.client_field is not None and self.client:
            added.append((self.client_field, self.client.encode()))
        # Nobody may take an element off CDN-Loop (RFC 8586, 2), whether or not we add one.
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
    """Return who has handled a request, by CDN-Loop (RFC 8586, 2), without their parameters."""
    lines = f.values(fields, b"cdn-loop")
    if not lines:
        return set()
    listed = _QUOTED.sub(b"", b",".join(lines)).split(b",")
    return {each.partition(b";")[0].strip(b" \t").lower() for each in listed}


@lru_cache(maxsize=64)
def _dropped(without: frozenset[bytes], replaced: bytes | None) -> frozenset[bytes]:
    return _DROPPED | without | {(replaced or b"host").lower()}


def _with(fields: Fields, name: bytes, own: str | None) -> bytes:
    """Return the lines of the list-valued field *name* as one (RFC 9110, 5.3), and *own* behind."""
    lines = [value for value in f.values(fields, name) if value]
    return b", ".join([*lines, own.encode()] if own is not None else lines)


def upgrade_fields(fields: list[Field]) -> list[Field]:
    """Return *fields* with the handshake's own hop-by-hop pair (RFC 6455, 4.1) added."""
    return [*fields, (b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
