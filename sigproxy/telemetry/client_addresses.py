"""Mask the addresses of clients in a finished line of the log: IPv4 to its /24, IPv6 to its /48.

A client's address can be anywhere in a line, since clients write paths, ids and User-Agent. So it
is searched for in the whole line. The addresses of vendors stay: without them no failed connection
can be explained.
"""

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from sigproxy.exchange import Exchange
from sigproxy.semantics import client_chain

Address = IPv4Address | IPv6Address

IPV4_BITS = 24
IPV6_BITS = 48  # what a provider gives to a site (RFC 6177)

# As in a URL, where brackets surround it, and as anywhere else.
_IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")


@lru_cache(maxsize=4096)
def masked(text: str) -> str:
    """Return the network's first address for the address *text*; any other text as it is.

    >>> [masked(each) for each in ("203.0.113.7", "2001:db8:1:2::7", "unix:")]
    ['203.0.113.0', '2001:db8:1::', 'unix:']
    """
    address = _address(text)
    if address is None:
        return text
    bits = IPV4_BITS if address.version == 4 else IPV6_BITS
    return str(ip_network((address, bits), strict=False).network_address)


def without_addresses(line: str, exchange: Exchange) -> str:
    """Return *line* of *exchange* with every address of its client, and of proxies, masked."""
    known = {address for text in _known(exchange) if (address := _address(text)) is not None}
    for address in known:
        if address.version == 4:
            line = _literal(str(address)).sub(masked(str(address)), line)
    sites = {_site(address) for address in known if isinstance(address, IPv6Address)}
    return _IPV6.sub(lambda found: _masked_if_known(found[0], known, sites), line)


def _known(exchange: Exchange) -> Iterator[str]:
    """Yield what the connection and the proxies' fields say, whether it is believed or not."""
    yield exchange.peer
    yield exchange.client or ""
    yield from filter(None, map(client_chain.address, client_chain.listed(exchange.fields)))


@lru_cache(maxsize=1024)
def _literal(text: str) -> re.Pattern[str]:
    """Return what finds the IPv4 address *text*, and not 1.2.3.4 in 11.2.3.45."""
    return re.compile(rf"(?<![0-9]){re.escape(text)}(?![0-9])")


def _site(address: IPv6Address) -> int:
    return int(address) >> (128 - IPV6_BITS)


def _masked_if_known(text: str, known: Set[Address], sites: Set[int]) -> str:
    """Return an IPv6 address masked if it is of a client's site.

    The site decides and not the address: "2001:db8::7:443" is one with a port, or another one.
    """
    whole = text if text.endswith("::") else text.rstrip(":.")
    address = _address(whole)
    is_of_site = isinstance(address, IPv6Address) and _site(address) in sites
    # ::ffff:cb00:7107 is an IPv4 address.
    return masked(whole) + text[len(whole) :] if is_of_site or address in known else text


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    """Return the address, without a zone; an IPv4-mapped one as IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
