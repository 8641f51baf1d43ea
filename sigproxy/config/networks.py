"""Parse a network, and find how much of the internet several networks cover together."""

from collections.abc import Iterable, Iterator
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_network,
)

from sigproxy.config.masking import quoted
from sigproxy.config.problem import Invalid
from sigproxy.config.values import as_text
from sigproxy.policies.targets import Network

# Wider than any network of a balancer or CDN: their widest are /13 (IPv4) and /29 (IPv6).
_WIDE_IPV4, _WIDE_IPV6 = 12, 24
_HALF = 0.5
_EVERY_IPV4 = IPv4Network("0.0.0.0/0")
_GLOBAL_IPV6 = IPv6Network("2000::/3")  # all that IANA has assigned (RFC 4291, 2.4)
_MAPPED = IPv6Network("::ffff:0:0/96")
_PRIVATE: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)


def network_text(text: str) -> str:
    """Return *text*, a network, in its usual spelling."""
    return str(network(text))


def network(value: object) -> Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    text = as_text(value)  # ip_network would accept the number 10 as the address 0.0.0.10
    try:
        return ip_network(text)
    except ValueError:
        raise _no_network(text) from None


def _no_network(text: str) -> Invalid:
    try:
        widened = ip_network(text, strict=False)
    except ValueError:
        remedy = "write 10.0.0.0/8, 2001:db8::/32 or a single address"
        return Invalid(f"{quoted(text)} is not a network", remedy)
    return Invalid(f"{quoted(text)} has bits set beyond its prefix", f"write {widened}")


def everybody(networks: Iterable[Network]) -> str | None:
    """Return which part of the internet *networks* cover, if that is half or more; else None.

    Several can cover together what none covers alone: 0.0.0.0/1 and 128.0.0.0/1.
    """
    ipv4, ipv6 = _by_family(networks)
    covered = {
        "IPv4": sum(each.num_addresses for each in ipv4) / _EVERY_IPV4.num_addresses,
        "IPv6": sum(map(_global_addresses, ipv6)) / _GLOBAL_IPV6.num_addresses,
    }
    parts = [
        f"every {family} address" if share == 1 else f"{share:.0%} of all {family} addresses"
        for family, share in covered.items()
        if share >= _HALF
    ]
    return " and ".join(parts) or None


def _by_family(
    networks: Iterable[Network],
) -> tuple[list[IPv4Network], list[IPv6Network]]:
    """Return *networks* without overlaps; IPv4-mapped IPv6 networks count as IPv4."""
    ipv4: list[IPv4Network] = []
    ipv6: list[IPv6Network] = []
    for each in networks:
        if isinstance(each, IPv4Network):
            ipv4.append(each)
        elif each.subnet_of(_MAPPED):
            ipv4.append(IPv4Network((int(each.network_address) & 0xFFFF_FFFF, each.prefixlen - 96)))
        else:
            ipv6.append(each)
    return list(collapse_addresses(ipv4)), list(collapse_addresses(ipv6))


def _global_addresses(network: IPv6Network) -> int:
    """Return how many addresses of *network* are used on the internet."""
    if not network.overlaps(_GLOBAL_IPV6):
        return 0
    return min(network.num_addresses, _GLOBAL_IPV6.num_addresses)


def wide(networks: Iterable[Network]) -> Iterator[Network]:
    """Yield public networks that are wider than any proxy's own network."""
    for each in networks:
        limit = _WIDE_IPV4 if isinstance(each, IPv4Network) else _WIDE_IPV6
        if each.prefixlen < limit and not any(_is_within(each, other) for other in _PRIVATE):
            yield each


def _is_within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
