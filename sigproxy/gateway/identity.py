"""Who calls, through whom, and under which names they know us (D3, D8)."""

import itertools
import time
from dataclasses import dataclass, field
from ipaddress import ip_address

from sigproxy.exchange import Exchange
from sigproxy.gateway.receiver import Request
from sigproxy.gateway.transport import shown_address
from sigproxy.policies.targets import Network
from sigproxy.semantics import fields as f
from sigproxy.semantics import request as rules
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.forwarding import Forwarding


@dataclass(frozen=True, slots=True)
class Identity:
    """*trusted_proxies* None: X-Forwarded-For is appended to, whoever sent it.

    A listed proxy's X-Forwarded-Host and -Proto are believed as well; nobody else's ever are.
    """

    public_names: frozenset[Authority] = frozenset()
    trusted_proxies: tuple[Network, ...] | None = None
    pseudonym: str | None = "sigproxy"
    tls: bool = True
    id_prefix: str = "0"
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def begin(self, request: Request) -> Exchange:
        head = request.head
        return Exchange(
            id=f"{self.id_prefix}-{next(self._numbers):x}",
            started_at=time.time(),
            started_s=time.monotonic(),
            peer=request.connection.peer,
            method=head.method,
            request_target=head.path.encode("utf-8", "surrogateescape"),
            version=(head.version.major, head.version.minor),
            fields=head.raw_headers,
        )

    def blank(self, peer: str) -> Exchange:
        """Return the exchange of a client whose bytes were no request."""
        return Exchange(
            id=f"{self.id_prefix}-{next(self._numbers):x}",
            started_at=time.time(),
            started_s=time.monotonic(),
            peer=peer,
        )

    def own(self, exchange: Exchange) -> frozenset[Authority]:
        """Return our authorities as this client may spell them; raise a RequestError."""
        named = rules.host(exchange.version, exchange.fields)
        forwarded = self._forwarded_host(exchange)
        return self.public_names.union([each for each in (named, forwarded) if each is not None])

    def base(self, exchange: Exchange) -> bytes:
        """Return what stands before our request targets in a Location: "https://host", or b"".

        Without TLS of our own and without a proxy that tells, the scheme is unknown; a Location
        that is only a path is right in any case.
        """
        proto = self._vouched(exchange, b"x-forwarded-proto")
        if not self.tls and proto not in (b"https", b"http"):
            return b""
        authority = self._vouched(exchange, b"x-forwarded-host") or f.first(
            exchange.fields, b"host"
        )
        if authority is None:
            return b""
        return (proto if proto in (b"https", b"http") else b"https") + b"://" + authority

    def forwarding(self, exchange: Exchange, client_field: bytes | None = None) -> Forwarding:
        """Return what to tell the upstream; *client_field* is the vendor's, for the address."""
        trusted = self.trusted_proxies is None or self.is_trusted(exchange.peer)
        client = None if client_field is None else (client_field, self.client(exchange).encode())
        return Forwarding(exchange.peer, trusted, self.pseudonym, client)

    def client(self, exchange: Exchange) -> str:
        """Return the address furthest from us that a trusted proxy saw itself.

        Proxies append: what the client wrote into X-Forwarded-For stands left of that.
        """
        address = exchange.peer
        if self.trusted_proxies is None:
            return address
        chain = f.elements(exchange.fields, b"x-forwarded-for")
        while chain and self.is_trusted(address):
            seen = _address(chain.pop())
            if seen is None:
                break
            address = seen
        return address

    def _forwarded_host(self, exchange: Exchange) -> Authority | None:
        value = self._vouched(exchange, b"x-forwarded-host")
        return None if value is None else Authority.parse(value)

    def _vouched(self, exchange: Exchange, name: bytes) -> bytes | None:
        """Return the first element of *name* if a trusted proxy sent it."""
        if self.trusted_proxies is None or not self.is_trusted(exchange.peer):
            return None
        return next(iter(f.elements(exchange.fields, name)), None)

    def is_proxy(self, peer: str) -> bool:
        """Return whether *peer* is a proxy of ours, behind which many clients are."""
        return self.trusted_proxies is not None and self.is_trusted(peer)

    def is_trusted(self, peer: str) -> bool:
        """Return whether *peer* is one of the proxies in front."""
        if not peer:  # a UNIX socket: whoever may open it is on this machine
            return True
        address = ip_address(peer)
        return any(address in network for network in self.trusted_proxies or ())


def _address(element: bytes) -> str | None:
    """Return the address in an element of X-Forwarded-For; some proxies add a port."""
    text = element.decode("latin-1")
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return shown_address(str(ip_address(text)))
    except ValueError:
        return None
