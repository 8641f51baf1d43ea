"""The client, the proxies in front of us, and the names under which they know us (ADR 10, 20)."""

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
    """*trusted_proxies* None: X-Forwarded-For is kept and appended to, whoever sent it.

    Only listed proxies are believed about the client and about the URL that it requested.
    *cdn_id* and *pseudonym* are our names in CDN-Loop and in Via; None: not sent.
    """

    public_names: frozenset[Authority] = frozenset()
    trusted_proxies: tuple[Network, ...] | None = None
    cdn_id: str | None = "sigproxy"
    pseudonym: str | None = None
    tls: bool = True
    _is_listed: Callable[[str], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        networks = self.trusted_proxies or ()
        # Cached: it is called several times per request, and a CDN has dozens of networks.
        listed = lru_cache(maxsize=4096)(lambda peer: _is_within(peer, networks))
        object.__setattr__(self, "_is_listed", listed)

    def own_authorities(self, exchange: Exchange) -> frozenset[Authority]:
        """Return the authorities by which this client may name us; raise a RequestError."""
        named = rules.host(exchange.version, exchange.fields)
        names = [] if named is None else [named]
        if self.is_proxy(exchange.peer):
            if host := announced.host(exchange.fields):
                names.append(rules.our_name(announced.HOST_NAMED_IN, host))
            if port := announced.port(exchange.fields):  # NGINX's $host lacks the port
                names += [each._replace(port=port) for each in names]
        return self.public_names.union(names)

    def named_host(self, exchange: Exchange) -> str | None:
        """Return the host of ours that the client asks, without a port; raise a RequestError."""
        if self.is_proxy(exchange.peer) and (host := announced.host(exchange.fields)):
            return rules.our_name(announced.HOST_NAMED_IN, host).host
        named = rules.host(exchange.version, exchange.fields)
        return None if named is None else named.host

    def external_origin(self, exchange: Exchange) -> bytes:
        """Return our origin for the Location field, b"https://host", or b"" for a path alone.

        Without TLS here, and without a proxy that states the scheme, the scheme is unknown; then
        a Location without an origin is always right. The caller adds any stripped prefix.
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
        """Return the port that a proxy in front has removed from Host; None if it is unknown."""
        known = {each.port for each in self.public_names if each.host == Authority.parse(host).host}
        if HTTPS_PORT in known:
            return None
        return announced.port(fields) or (min(known) if len(known) == 1 else None)

    def stripped_prefix(self, exchange: Exchange, path: bytes) -> bytes:
        """Return the prefix that a trusted proxy has removed from the front of *path*, or b"".

        If *path* still begins with the prefix, the proxy has only announced it.
        """
        if not self.is_proxy(exchange.peer):
            return b""
        prefix = announced.prefix(exchange.fields)
        is_there = path.startswith(prefix) and path[len(prefix) :][:1] in (b"", b"/", b"?")
        return b"" if is_there else prefix

    def forwarding(self, exchange: Exchange, client_field: bytes | None = None) -> Forwarding:
        """Return what the upstream is sent about the client; *client_field* is a vendor's field."""
        peer, fields = exchange.peer, exchange.fields
        client, vouched = self._vouched(peer, fields)
        if self.trusted_proxies is None:
            chain = f.elements(fields, b"x-forwarded-for")
        else:  # the client itself wrote the elements to the left of its address
            chain = [each.encode() for each in vouched]
        if peer:
            chain.append(peer.encode())
        return Forwarding(client, tuple(chain), self.cdn_id, self.pseudonym, client_field)

    def client(self, peer: str, fields: Fields) -> str:
        """Return the client's address: the last one that a chain of trusted proxies reports."""
        return self._vouched(peer, fields).client if self.is_proxy(peer) else peer

    def _vouched(self, peer: str, fields: Fields) -> Vouched:
        if not self.is_proxy(peer):
            return Vouched(peer, ())
        return client_chain.vouched(peer, client_chain.listed(fields), self.is_trusted)

    def is_proxy(self, peer: str) -> bool:
        """Return whether *peer* is a trusted proxy, so that many clients share its address."""
        return self.trusted_proxies is not None and self.is_trusted(peer)

    def is_trusted(self, peer: str) -> bool:
        """Return whether *peer* is a trusted proxy in front of us."""
        # A UNIX socket has no address; only processes of this machine can open it.
        return not peer or self._is_listed(peer)


def _is_within(peer: str, networks: tuple[Network, ...]) -> bool:
    address = ip_address(peer)
    return any(address in network for network in networks)
