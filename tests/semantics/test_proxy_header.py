"""Whom a balancer connects, and how far its header goes (the PROXY protocol, 2.1 and 2.2)."""

import struct
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.errors import ProxyHeaderInvalid
from sigproxy.semantics.proxy_header import Header, Wanted, parse, written
from tests.lab.proxy_headers import SIGNATURE, addresses, binary, line, tlv

BEHIND = b"GET / HTTP/1.1\r\n\r\n"
V4 = addresses("203.0.113.7", "192.0.2.1")
V6 = addresses("2001:db8::7", "2001:db8::1")
UNIX = b"/run/a\xff".ljust(108, b"\0") * 2

NAMED = [
    (line("203.0.113.7"), "203.0.113.7"),
    (line("2001:db8::7", "2001:db8::1"), "2001:db8::7"),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff:f...f:ffff whatever 65535 65535\r\n", None),
    (binary(1, 0x11, V4), "203.0.113.7"),
    (binary(1, 0x21, V6), "2001:db8::7"),
    (binary(1, 0x11, V4, tlv(0x05, b"id") + tlv(0x02, b"a.example")), "203.0.113.7"),
    (binary(1, 0x21, V6, tlv(0xEA, b"vpce-08d2bf15fac5001c9")), "2001:db8::7"),
    (binary(1, 0x31, UNIX), None),
    (binary(1, 0x00, b"anything"), None),
    (binary(0, 0x00), None),
    # Read as a TLV, this address is a checksum of four bytes, or of too many.
    (binary(0, 0x11, addresses("3.0.4.1", "192.0.2.1")), None),
    (binary(0, 0x11, addresses("3.255.4.1", "192.0.2.1")), None),
]

MALFORMED = [
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03\x01\x02\0\x01\0\x01",  # a ClientHello
    b"proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n",
    b"PROXY \r\n",
    b"PROXY TCP4 203.0.113.7 192.0.2.1 50000 443\n",
    b"PROXY TCP4 203.0.113.7 192.0.2.1 50000\r\n",
    b"PROXY TCP4 203.0.113.7 192.0.2.1 50000 65536\r\n",
    b"PROXY TCP4 2001:db8::7 2001:db8::1 50000 443\r\n",
    b"PROXY TCP4 203.0.113.999 192.0.2.1 50000 443\r\n",
    b"PROXY TCP4 \xff.0.113.9 192.0.2.1 50000 443\r\n",
    b"PROXY UDP4 203.0.113.7 192.0.2.1 50000 443\r\n",
    b"PROXY UNKNOWN".ljust(107, b"x"),
    b"\r\n\r\n\0\r\nQUIX\n\x21\x11\0\0",
    SIGNATURE + b"\x11\x11\0\0",  # version 1 in binary
    binary(2, 0x11, V4),  # neither LOCAL nor PROXY
    binary(1, 0x12, V4),  # UDP
    binary(1, 0x41, V4),  # unassigned: to be rejected (2.2)
    binary(1, 0x13, V4),
    binary(1, 0x11, V4[:-1]),
    binary(1, 0x21, V4),
]


def read(stream: bytes, most: int = 65536) -> tuple[str | None, int]:
    """Return the client and the header's length, off a stream that gives *most* bytes at once."""
    data = b""
    while isinstance(found := parse(data), Wanted):
        ahead = stream[len(data) :][: min(found.most, most)]
        assert ahead, "it asks for more than there is"
        data += ahead[: found.part(ahead)]
    return (str(found.client) if found.client else None), len(data)


@pytest.mark.parametrize(("header", "client"), NAMED)
@pytest.mark.parametrize("most", [1, 7, 65536])
def test_a_header_is_read_and_nothing_behind_it(
    header: bytes, client: str | None, most: int
) -> None:
    assert read(header + BEHIND, most) == (client, len(header))
    assert read(header + b"\n" * 200, most) == (client, len(header))


@pytest.mark.parametrize("stream", MALFORMED)
def test_what_is_malformed_is_refused(stream: bytes) -> None:
    with pytest.raises(ProxyHeaderInvalid):
        read(stream)


def test_what_is_no_header_at_all_tells_how_to_mend_it() -> None:
    with pytest.raises(ProxyHeaderInvalid, match=r"server\.proxy_protocol has to be false"):
        parse(BEHIND)


def test_a_line_is_no_longer_than_it_may_be() -> None:
    longest = b"PROXY UNKNOWN ".ljust(105, b"f") + b"\r\n"

    assert read(longest) == (None, 107)


def streams() -> st.SearchStrategy[bytes]:
    """Return bytes that reach all of the parser: most begin as a header does."""
    begins = st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", b"PROXY TCP6 ", SIGNATURE])
    fixed = st.builds(
        lambda command, family, length: SIGNATURE + struct.pack("!BBH", command, family, length),
        st.sampled_from([0x20, 0x21, 0x22, 0x31]),
        st.sampled_from([0x00, 0x10, 0x11, 0x21, 0x31, 0x41, 0xFF]),
        st.integers(0, 300),
    )
    return st.builds(bytes.__add__, st.one_of(begins, fixed), st.binary(max_size=400))


@given(streams())
@example(binary(1, 0x11, V4, tlv(0x03, b"123")))  # a checksum that is none
def test_any_bytes_are_a_header_or_refused_or_too_few(stream: bytes) -> None:
    data = b""
    for _ in range(len(stream) + 1):
        try:
            found = parse(data)
        except ProxyHeaderInvalid:
            return
        if isinstance(found, Header):
            assert data == stream[: len(data)]
            return
        assert found.most > 0
        ahead = stream[len(data) :][: found.most]
        if not ahead:
            return
        taken = found.part(ahead)
        assert 0 < taken <= found.most
        data += ahead[:taken]
    raise AssertionError("it asks for ever")


# --- written ----------------------------------------------------------------------------------

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))
PORTS = st.integers(0, 65_535)


@given(ADDRESSES, PORTS, ADDRESSES, PORTS)
def test_what_is_written_is_read(
    client: IPv4Address | IPv6Address, port: int, server: IPv4Address | IPv6Address, bound: int
) -> None:
    header = written(str(client), port, str(server), bound)
    assert parse(header) == Header(client)  # also where the balancer's other side is of one family
    assert header[-4:] == port.to_bytes(2) + bound.to_bytes(2)


@pytest.mark.parametrize("client", ["", "nobody"])
def test_who_has_no_address_is_not_named(client: str) -> None:
    assert parse(written(client, 0, "192.0.2.1", 443)) == Header(None)
