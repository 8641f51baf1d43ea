"""A recording DNS server that answers every name.

A gateway that goes to the wrong host is so caught by the upstream's record, instead of being
saved by NXDOMAIN.
"""

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import cast

from tests.parity.record import Journal

MAIN = "127.44.0.1"
REFUSED_ADDRESS = "127.44.0.3"  # nobody listens
FORBIDDEN = "127.45.0.1"  # outside allow_networks; an upstream listens, so that a hit is recorded
IPV4, IPV6 = 1, 28
KINDS = {IPV4: "A", IPV6: "AAAA"}
SERVFAIL, NXDOMAIN, REFUSED = 2, 3, 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says for one name; *turns* replaces *ipv4* from lookup to lookup."""

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    ttl: int = 30
    rcode: int = 0
    ipv6_rcode: int = 0
    silent: frozenset[int] = frozenset()
    turns: tuple[tuple[str, ...], ...] = ()


ZONE = {
    "nx.example.com": Answer(rcode=NXDOMAIN),
    "servfail.example.com": Answer(rcode=SERVFAIL),
    "empty.example.com": Answer(),
    "down.example.com": Answer((REFUSED_ADDRESS,)),
    "tls13.example.com": Answer(("127.44.0.2",)),
    "selfsigned.example.com": Answer(("127.44.0.5",)),
    "wrongname.example.com": Answer(("127.44.0.6",)),
    "expired.example.com": Answer(("127.44.0.7",)),
    "tls12.example.com": Answer(("127.44.0.8",)),
    "plain.example.com": Answer(("127.44.0.9",)),
    # Home routers, and dnsmasq without an upstream, refuse AAAA only.
    "aaaafail.example.com": Answer((MAIN,), ipv6_rcode=REFUSED),
    "multi.example.com": Answer((REFUSED_ADDRESS, MAIN)),
    "ssrf.example.com": Answer((FORBIDDEN,)),
    "mixed.example.com": Answer((FORBIDDEN, MAIN)),
    "mapped.example.com": Answer(ipv6=(f"::ffff:{FORBIDDEN}",)),
    "rebind.example.com": Answer(turns=((MAIN,), (FORBIDDEN,)), ttl=0),
    "ttl1.example.com": Answer((MAIN,), ttl=1),
    "v6.example.com": Answer(ipv6=("::1",)),
    "localhost": Answer((FORBIDDEN,)),
    "drop.background.example.com": Answer(silent=frozenset({IPV4, IPV6})),
    "aaaadrop.background.example.com": Answer((MAIN,), silent=frozenset({IPV6})),
    "hole.background.example.com": Answer(("127.44.0.4",)),
}
ANY_OTHER = Answer((MAIN,))


class DnsServer(asyncio.DatagramProtocol):
    """Answers A and AAAA over UDP from ZONE, any other name with MAIN."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            name, kind, end = _question(data)
        except (IndexError, struct.error, UnicodeDecodeError):
            return
        self._journal.looked_up(name, KINDS.get(kind, str(kind)))
        answer = ZONE.get(name, ANY_OTHER)
        if kind not in answer.silent:
            self._transport.sendto(_message(data, end, answer, self._addresses(name, kind)), addr)

    def _addresses(self, name: str, kind: int) -> tuple[str, ...]:
        answer = ZONE.get(name, ANY_OTHER)
        if kind == IPV6:
            return answer.ipv6
        if kind != IPV4 or not answer.turns:
            return answer.ipv4 if kind == IPV4 else ()
        turn = self._journal.current.lookups_of(name) - 1
        return answer.turns[min(turn, len(answer.turns) - 1)]


def _question(data: bytes) -> tuple[str, int, int]:
    """Return name, type and the offset behind the question (RFC 1035, 4.1.2)."""
    labels, at = [], 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode("ascii").lower())
        at += length + 1
    (kind,) = struct.unpack_from(">H", data, at + 1)
    return ".".join(labels), kind, at + 5


def _message(query: bytes, end: int, answer: Answer, addresses: tuple[str, ...]) -> bytes:
    identity, flags = struct.unpack_from(">HH", query)
    (kind,) = struct.unpack_from(">H", query, end - 4)
    rcode = answer.ipv6_rcode if kind == IPV6 and answer.ipv6_rcode else answer.rcode
    head = struct.pack(
        ">HHHHHH", identity, 0x8180 | (flags & 0x0100) | rcode, 1, len(addresses), 0, 0
    )
    return head + query[12:end] + b"".join(_resource(kind, answer.ttl, a) for a in addresses)


def _resource(kind: int, ttl: int, address: str) -> bytes:
    family = socket.AF_INET6 if kind == IPV6 else socket.AF_INET
    packed = socket.inet_pton(family, address)
    return struct.pack(">HHHIH", 0xC00C, kind, 1, ttl, len(packed)) + packed
