"""Which hosts and ports a route allows, and which IP addresses any route may use (ADR 4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from sigproxy.errors import AddressRefused, BadTarget, TargetRefused
from sigproxy.semantics.authority import HTTPS_PORT, Authority

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_WIDEST = {4: 8, 6: 24}  # prefix lengths: no vendor has more
_PORTS = re.compile(r":(?:(\*)|([0-9]{1,5})(?:-([0-9]{1,5}))?)\Z")


@dataclass(frozen=True, slots=True)
class Pattern:
    """``api.example.com``, ``*.example.com:8443``, ``*:4000-4999``: a host and a range of ports.

    A wildcard covers one or more labels, and never an IP address; a network (``59.111.0.0/16``,
    ``[2001:db8::/32]:443``) covers addresses and never a name. Without a port, the pattern covers
    port 443 only.
    """

    host: str  # without "*." ; "" for a bare "*"; a network as it is written
    wildcard: bool
    low: int
    high: int
    network: Network | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the pattern for *text*; raise ValueError with the reason if it is not one."""
        host, low, high = _split_ports(text.strip())
        if "/" in host:
            network = _network(host)
            return cls(str(network), False, low, high, network)
        wildcard = host == "*" or host.startswith("*.")
        name = host[2:] if wildcard else host
        if "*" in name:
            raise ValueError("'*' stands only for whole labels at the left, as in '*.example.com'")
        if host != "*":
            try:
                name = Authority.parse(name.encode()).host
            except (BadTarget, UnicodeEncodeError) as error:
                raise ValueError(str(error)) from None
            if wildcard and Authority(name).is_ip:
                raise ValueError("an address has no names below it")
        return cls(name, wildcard, low, high)

    @property
    def is_open(self) -> bool:
        """True for "*" and "*.com", since anybody can register a name that matches; "0.0.0.0/4"."""
        if self.network is not None:
            return self.network.prefixlen < _WIDEST[self.network.version]
        return self.wildcard and "." not in self.host

    @property
    def is_single(self) -> bool:
        """True if it covers one host and one port."""
        return not self.wildcard and self.network is None and self.low == self.high

    def contains(self, other: "Pattern") -> bool:
        """Return whether it covers all that *other* covers."""
        if not self.low <= other.low <= other.high <= self.high:
            return False
        if other.network is not None:
            return self.network is not None and _is_part(other.network, self.network)
        if not other.wildcard:
            return self.covers(Authority(other.host, other.low))
        return self.wildcard and (not self.host or f".{other.host}".endswith(f".{self.host}"))

    def covers(self, authority: Authority) -> bool:
        if not self.low <= authority.port <= self.high:
            return False
        if self.network is not None:
            return authority.is_ip and ip_address(authority.host) in self.network
        if not self.wildcard:
            return authority.host == self.host
        if authority.is_ip:
            return False
        # The dot in front: "evilexample.com" is not under "*.example.com".
        return not self.host or authority.host.endswith("." + self.host)


def _is_part(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and inner.network_address in outer
    )


def _network(text: str) -> Network:
    try:
        return ip_network(text.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        what = "it is no address with a length"
        if "host bits" in str(error):
            what = "its address has to be the first one"
        raise ValueError(f"{text!r} is no network: {what}, as in 192.0.2.0/24") from None


def _split_ports(text: str) -> tuple[str, int, int]:
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        host, tail = host + bracket, rest
    else:
        host, colon, rest = text.partition(":")
        tail = colon + rest
    if not tail:
        return host, HTTPS_PORT, HTTPS_PORT
    match, shown = _PORTS.match(tail), tail.removeprefix(":")
    if match is None:
        raise ValueError(f"{shown!r} is not a port, a range like 4000-4999, or '*'")
    if match[1]:
        return host, 1, 65535
    low, high = int(match[2]), int(match[3] or match[2])
    if not 1 <= low <= high <= 65535:
        raise ValueError(f"{shown!r} is not a range within 1-65535")
    return host, low, high


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    patterns: tuple[Pattern, ...]

    def admit(self, authority: Authority) -> None:
        """Raise TargetRefused unless a pattern covers *authority*."""
        if not self.admits(authority):
            raise TargetRefused(
                f"{authority} is not among this route's targets; "
                "if it belongs to the vendor, the gateway's operator can add it to `targets`"
            )

    def names(self, authority: Authority) -> bool:
        """Return whether the operator wrote this very host, which a client cannot make up."""
        return any(
            not pattern.wildcard and pattern.network is None and pattern.covers(authority)
            for pattern in self.patterns
        )

    def admits(self, authority: Authority) -> bool:
        return any(pattern.covers(authority) for pattern in self.patterns)


# Addresses that ipaddress calls global, but that are not servers on the public internet.
_NEVER: tuple[Network, ...] = (
    IPv4Network("168.63.129.16/32"),  # Azure's host agent: a public address, used locally
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),  # 6to4 relay anycast, deprecated (RFC 7526)
    IPv4Network("224.0.0.0/4"),
    IPv6Network("2001::/23"),  # Teredo and other protocol assignments
    IPv6Network("2002::/16"),  # 6to4, deprecated with its relays (RFC 7526)
    IPv6Network("3fff::/20"),  # documentation (RFC 9637), which older Pythons do not know
)
# All IPv6 addresses that IANA has assigned to the public internet (RFC 4291, 2.4). This excludes
# those that embed IPv4 addresses: ::/96, ::ffff:0:0/96, and a local NAT64 prefix (RFC 8215).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# "64:ff9b::7f00:1" reaches 127.0.0.1 through a NAT64; coturn missed this twice
# (CVE-2020-26262, CVE-2026-27624).
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    allow_networks: tuple[Network, ...] = ()

    def admit(self, host: str, addresses: Iterable[str], source: str = "DNS") -> tuple[str, ...]:
        """Return *addresses*; raise AddressRefused if any of them is not allowed.

        *source*, for the message, is where the addresses of *host* come from: DNS, or a file.

        One bad address refuses the name. A name with public and private addresses is a rebinding
        attack or a misconfigured zone; using only the public ones would hide that.
        """
        checked = tuple(addresses)
        for text in checked:
            if not self.allows(ip_address(text)):
                resolved = "" if host == text else f" resolves to {text} (from {source}), which"
                raise AddressRefused(
                    f"{host}{resolved} is not a public address; if that is "
                    "meant, the gateway's operator can add it to `upstream.allow_networks`"
                )
        return checked

    def allows(self, address: Address) -> bool:
        return _within(address, self.allow_networks) or _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return _is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not _within(address, _NEVER)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
