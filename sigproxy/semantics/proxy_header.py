"""The PROXY protocol's header: a layer-4 balancer states its client's address (HAProxy's spec).

Version 1 is a line of text; version 2 is binary and states its own length. The bytes after the
header are the client's and must not be read with it.
"""

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from proxyprotocol.result import ProxyResult, ProxyResultType
from proxyprotocol.v1 import ProxyProtocolV1
from proxyprotocol.v2 import ProxyProtocolV2

from sigproxy.errors import ProxyHeaderInvalid

_LINE = ProxyProtocolV1()
_BINARY = ProxyProtocolV2()

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_SIGNATURE_BYTES = 8  # both versions are longer, and differ by then
_LINE_BYTES = 107  # section 2.1: the longest, with its CRLF
_FIXED_BYTES = 16  # of version 2, section 2.2: the last two are the length of the rest
_IS_TCP_OR_UNSAID = frozenset({0x00, 0x11, 0x21, 0x31})  # byte 13: AF_UNSPEC, _INET, _INET6, _UNIX


class Header(NamedTuple):
    """*client* None: the balancer's own connection (a health check), or it states no address."""

    client: IPv4Address | IPv6Address | None


class Wanted(NamedTuple):
    """More is needed: up to *most* bytes, or up to the end of the line if it *is_line*."""

    most: int
    is_line: bool = False

    def part(self, ahead: bytes) -> int:
        """Return how many of the bytes *ahead*, peeked and not yet read, are of the header."""
        end = ahead.find(b"\n") if self.is_line else -1
        return min(self.most, len(ahead) if end < 0 else end + 1)


def begins(data: bytes) -> bool:
    """Return whether *data* begins with a header, of either version."""
    return data.startswith((b"PROXY ", _SIGNATURE[:_SIGNATURE_BYTES]))


def parse(data: bytes) -> Header | Wanted:
    """Parse *data*, a whole header or the start of one; raise ProxyHeaderInvalid."""
    if len(data) < _SIGNATURE_BYTES:
        return Wanted(_SIGNATURE_BYTES - len(data))
    try:
        if _BINARY.is_valid(data):
            return _binary(data)
        if _LINE.is_valid(data):
            return _line(data)
    except (ValueError, struct.error) as error:  # struct.error: too short for its address family
        raise ProxyHeaderInvalid(f"the PROXY protocol header is malformed: {error}") from error
    raise ProxyHeaderInvalid(
        "the connection does not begin with a PROXY protocol header: the balancer has to send one, "
        "or server.proxy_protocol has to be false"
    )


def _line(data: bytes) -> Header | Wanted:
    if data.endswith(b"\n"):
        return Header(_client(_LINE.unpack_line(data)))
    if len(data) >= _LINE_BYTES:
        raise ValueError(f"its line has no end within {_LINE_BYTES} bytes")
    return Wanted(_LINE_BYTES - len(data), is_line=True)


def _binary(data: bytes) -> Header | Wanted:
    if len(data) < _FIXED_BYTES:
        return Wanted(_FIXED_BYTES - len(data))
    fixed, rest = data[:_FIXED_BYTES], data[_FIXED_BYTES:]
    header = _BINARY.unpack_header(fixed)
    if len(rest) < header.data_len:
        return Wanted(header.data_len - len(rest))
    if header.command == "local":  # section 2.2: its addresses must be ignored
        return Header(None)
    if fixed[13] not in _IS_TCP_OR_UNSAID:
        raise ValueError(f"0x{fixed[13]:02x} is not a client's TCP connection")
    if header.type not in (ProxyResultType.IPv4, ProxyResultType.IPv6):
        return Header(None)
    return Header(_client(_BINARY.unpack_data(header, fixed, rest)))


def _client(result: ProxyResult) -> IPv4Address | IPv6Address | None:
    source = result.source
    return source[0] if isinstance(source, tuple) else None


def written(client: str, client_port: int, server: str, server_port: int) -> bytes:
    """Return a header of version 2 that says who has connected (section 2.2).

    Without an address, as of a UNIX socket, it says that the connection is our own (LOCAL).
    """
    try:
        source, target = ip_address(client), ip_address(server)
    except ValueError:
        return _SIGNATURE + b"\x20\x00\x00\x00"
    if source.version != target.version:  # a balancer takes its IPv6 clients to an IPv4 address
        target = ip_address("0.0.0.0" if source.version == 4 else "::")
    family = b"\x11" if source.version == 4 else b"\x21"  # over TCP
    addresses = source.packed + target.packed + struct.pack("!HH", client_port, server_port)
    return _SIGNATURE + b"\x21" + family + struct.pack("!H", len(addresses)) + addresses
