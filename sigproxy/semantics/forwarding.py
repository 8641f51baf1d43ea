"""Which fields cross upstream, and which we add (RFC 9110, 7.6; X-Forwarded-For by custom)."""

from functools import lru_cache
from typing import NamedTuple

from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields

CREDENTIALS = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
CONTENT = frozenset(
    {b"content-encoding", b"content-language", b"content-length", b"content-type", b"digest"}
)

# Not the client's to say, or meant for us.
_DROPPED = frozenset(
    {
        b"host",  # replaced by the target's
        b"proxy",  # "httpoxy" (CVE-2016-5385): CGI servers read it as HTTP_PROXY
        b"expect",  # answered here: the gateway sends its own 100 when it reads the body
        b"access-control-allow-origin",  # a response field; the vendors' sample drops it too
        b"x-forwarded-for",  # appended to
        b"x-real-ip",  # replaced
        b"via",  # appended to
    }
)
_FORWARDED = frozenset(
    {
        b"forwarded",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-forwarded-server",
    }
)


class Forwarding(NamedTuple):
    """What the upstream is told about the client and about us."""

    peer: str  # the downstream connection's address; "" on a UNIX socket
    peer_is_trusted: bool  # may name clients in X-Forwarded-For
    pseudonym: str | None  # ours in Via; None adds no Via
    client: Field | None = None  # a vendor's own field for the client's address; b"": unknown

    def request_fields(
        self, fields: Fields, authority: Authority, without: frozenset[bytes] = frozenset()
    ) -> list[Field]:
        """Return the head's fields for *authority*, from the client's *fields*.

        *without* names, in lower case, what policy withholds (credentials, cookies).
        """
        replaced = self.client[0] if self.client is not None else b""
        kept = f.end_to_end(fields, _dropped(without, replaced, self.peer_is_trusted))
        return [(b"Host", str(authority).encode()), *kept, *self._added(fields)]

    def _added(self, fields: Fields) -> list[Field]:
        added = []
        chain = _lines(fields, b"x-forwarded-for") if self.peer_is_trusted else []
        if self.peer:
            # The client is the first, each proxy adds whom it saw: watchRTC takes the left-most.
            chain.append(self.peer.encode())
            added.append((b"X-Real-IP", self.peer.encode()))
        if chain:
            added.append((b"X-Forwarded-For", b", ".join(chain)))
        if self.client is not None and self.client[1]:
            added.append(self.client)
        received = _lines(fields, b"via")
        if self.pseudonym:
            received.append(b"1.1 " + self.pseudonym.encode())
        if received:
            added.append((b"Via", b", ".join(received)))
        return added

    def is_loop(self, fields: Fields) -> bool:
        """Return whether a request already passed this gateway (RFC 9110, 7.6.3)."""
        if not self.pseudonym:
            return False
        passed = f.elements(fields, b"via")
        own = self.pseudonym.lower().encode() if passed else b""
        return any(own in each.lower().split() for each in passed)


@lru_cache(maxsize=64)
def _dropped(without: frozenset[bytes], replaced: bytes, peer_is_trusted: bool) -> frozenset[bytes]:
    dropped = _DROPPED | without | {replaced.lower()}
    return dropped if peer_is_trusted else dropped | _FORWARDED


def _lines(fields: Fields, name: bytes) -> list[bytes]:
    """Return the field's lines that say something, to be joined into one (RFC 9110, 5.3)."""
    return [value for value in f.values(fields, name) if value]


def upgrade_fields(fields: list[Field]) -> list[Field]:
    """Return *fields* with the handshake's own hop-by-hop pair (RFC 6455, 4.1) added."""
    return [*fields, (b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
