"""Who calls, through whom, and under which names they know us (ADR 10 and ADR 20)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address

from sigproxy.exchange import Exchange
from sigproxy.policies.targets import Network
from sigproxy.semantics import announced, client_chain
from sigproxy.semantics import fields as f
from sigproxy.semantics import request as rules
from sigproxy.semantics.authority import HTTPS_PORT, Authority
from sigproxy.semantics.client_chain import Vouched
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.forwarding import Forwarding


@dataclass(frozen=True, slots=True)
class Identity:
    """*trusted_proxies* None: X-Forwarded-For is appended to, whoever sent it.

    What a listed proxy says of the client and of the URL that it asked for is believed as well;
    nobody else's word ever is. *cdn_id* and *pseudonym* are ours in CDN-Loop and in Via, or None.
    """

    public_names: frozenset[Authority] = frozenset()
    trusted_proxies: tuple[Network, ...] | None = None
    cdn_id: str | None = "sigproxy"
    pseudonym: str | None = None
    tls: bool = True
    _is_listed: Callable[[str], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        networks = self.trusted_proxies or ()
        # Asked several times a request, and a CDN has dozens of networks.
        listed = lru_cache(maxsize=4096)(lambda peer: _is_within(peer, networks))
        object.__setattr__(self, "_is_listed", listed)

    def own_authorities(self, exchange: Exchange) -> frozenset[Authority]:
        """Return our authorities as this client may spell them; raise a RequestError."""
        named = rules.host(exchange.version, exchange.fields)
        names = [] if named is None else [named]
        if self.is_proxy(exchange.peer):
            if host := announced.host(exchange.fields):
                names.append(Authority.parse(host))
            if port := announced.port(exchange.fields):  # NGINX's $host is without it
                names += [each._replace(port=port) for each in names]
        return self.public_names.union(names)

    def external_origin(self, exchange: Exchange) -> bytes:
        """Return what stands before our request targets in a Location: "https://host", or b"".

        Without TLS of our own and without a proxy that tells, the scheme is unknown; a Location
        that is only a path is right in any case. What the proxy took off the path comes on top.
        """
        is_proxied = self.is_proxy(exchange.peer)
        scheme = announced.scheme(exchange.fields) if is_proxied else None
        if not self.tls and scheme is None:
            return b""
        host = announced.host(exchange.fields) if is_proxied else None
        authority = host or f.first(exchange.fields, b"host")
        if authority is None:
            return b""
        scheme = scheme or b"https"
        if is_proxied and b":" not in authority.rpartition(b"]")[2]:
            port = self._lost_port(authority, exchange.fields)
            authority = announced.with_port(authority, port, scheme)
        return scheme + b"://" + authority

    def _lost_port(self, host: bytes, fields: Fields) -> int | None:
        """Return the port that a proxy in front has left out of Host, if that can be known."""
        known = {each.port for each in self.public_names if each.host == Authority.parse(host).host}
        if HTTPS_PORT in known:
            return None
        return announced.port(fields) or (min(known) if len(known) == 1 else None)

    def stripped_prefix(self, exchange: Exchange, path: bytes) -> bytes:
        """Return the prefix that a trusted proxy has taken off the front of *path*, or b"".

        One that is still there was only named, not taken off.
        """
        if not self.is_proxy(exchange.peer):
            return b""
        prefix = announced.prefix(exchange.fields)
        is_there = path.startswith(prefix) and path[len(prefix) :][:1] in (b"", b"/", b"?")
        return b"" if is_there else prefix

    def forwarding(self, exchange: Exchange, client_field: bytes | None = None) -> Forwarding:
        """Return what to tell the upstream; *client_field* is the vendor's, for the address."""
        peer, fields = exchange.peer, exchange.fields
        client, vouched = self._vouched(peer, fields)
        if self.trusted_proxies is None:
            chain = f.elements(fields, b"x-forwarded-for")
        else:  # what stands left of the client is its own word
            chain = [each.encode() for each in vouched]
        if peer:
            chain.append(peer.encode())
        return Forwarding(client, tuple(chain), self.cdn_id, self.pseudonym, client_field)

    def client(self, peer: str, fields: Fields) -> str:
        """Return the address furthest from us that a trusted proxy saw itself."""
        return self._vouched(peer, fields).client if self.is_proxy(peer) else peer

    def _vouched(self, peer: str, fields: Fields) -> Vouched:
        if not self.is_proxy(peer):
            return Vouched(peer, ())
        return client_chain.vouched(peer, client_chain.listed(fields), self.is_trusted)

    def is_proxy(self, peer: str) -> bool:
        """Return whether *peer* is a proxy of ours, behind which many clients are."""
        return self.trusted_proxies is not None and self.is_trusted(peer)

    def is_trusted(self, peer: str) -> bool:
        """Return whether *peer* is one of the proxies in front."""
        # A UNIX socket has no address: whoever may open it is on this machine.
        return not peer or self._is_listed(peer)


def _is_within(peer: str, networks: tuple[Network, ...]) -> bool:
    address = ip_address(peer)
    return any(address in network for network in networks)
