"""Mask the addresses of clients in a finished line of the log: IPv4 to its /24, IPv6 to its /48.

A client's address can be anywhere in a line, since clients write paths, ids and User-Agent. So it
is searched for in the whole line. The addresses of vendors stay: without them no failed connection
can be explained.
"""

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from string import hexdigits

from sigproxy.exchange import Exchange
from sigproxy.semantics import client_chain

Address = IPv4Address | IPv6Address

IPV4_BITS = 24
IPV6_BITS = 48  # what a provider gives to a site (RFC 6177)

# An IPv6 address from its first colon, since that is found fast; a URL's path may have "%3A".
_FROM_COLON = re.compile(
    r"(?::|%3[Aa])(?:[0-9A-Fa-f:]|%3[Aa])*(?::|%3[Aa])(?:[0-9A-Fa-f:.]|%3[Aa])*"
)
_COLON = re.compile("%3[Aa]")
_DIGITS = 4  # in front of it
_MOST_LISTED = 8  # a chain of proxies is shorter; a client may list thousands to keep us busy


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
    return "".join(_without_ipv6(line, known, sites))


def _without_ipv6(line: str, known: Set[Address], sites: Set[int]) -> Iterator[str]:
    done = 0
    for found in _FROM_COLON.finditer(line):
        begin = found.start()
        while begin > max(done, found.start() - _DIGITS) and line[begin - 1] in hexdigits:
            begin -= 1
        yield line[done:begin]
        yield _masked_if_known(line[begin : found.end()], known, sites)
        done = found.end()
    yield line[done:]


def _known(exchange: Exchange) -> Iterator[str]:
    """Yield what the connection and the proxies' fields say, whether it is believed or not."""
    yield exchange.peer
    yield exchange.client or ""
    listed = client_chain.listed(exchange.fields)[-_MOST_LISTED:]
    yield from filter(None, map(client_chain.address, listed))


@lru_cache(maxsize=1024)
def _literal(text: str) -> re.Pattern[str]:
    """Return what finds the IPv4 address *text*, and not 1.2.3.4 in 11.2.3.45."""
    literal = re.escape(text)
    # The text first, then what is around it: so it is found fast.
    return re.compile(rf"{literal}(?![0-9])(?<![0-9]{literal})")


def _site(address: IPv6Address) -> int:
    return int(address) >> (128 - IPV6_BITS)


def _masked_if_known(text: str, known: Set[Address], sites: Set[int]) -> str:
    """Return an IPv6 address masked if it is of a client's site.

    The site decides and not the address: "2001:db8::7:443" is one with a port, or another one.
    """
    text, written = _COLON.sub(":", text), text
    whole = text if text.endswith("::") else text.rstrip(":.")
    address = _address(whole)
    is_of_site = isinstance(address, IPv6Address) and _site(address) in sites
    # ::ffff:cb00:7107 is an IPv4 address.
    return masked(whole) + text[len(whole) :] if is_of_site or address in known else written


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    """Return the address, without a zone; an IPv4-mapped one as IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
