"""A name server of our own on a high port of loopback: answers from a zone, records questions."""

import asyncio
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import cast

A, AAAA = 1, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5

_HEADER = struct.Struct("!6H")


@dataclass(slots=True)
class Name:
    """What the server says of one name. ``drop`` lists the types that stay unanswered."""

    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    ttl: int = 60
    a_rcode: int = NOERROR
    aaaa_rcode: int = NOERROR
    drop: frozenset[int] = frozenset()
    delay_s: float = 0.0

    def addresses(self, kind: int) -> tuple[str, ...]:
        return {A: self.a, AAAA: self.aaaa}.get(kind, ())

    def rcode(self, kind: int) -> int:
        return {A: self.a_rcode, AAAA: self.aaaa_rcode}.get(kind, NOERROR)


SILENT = Name(drop=frozenset({A, AAAA}))
UNKNOWN = Name(a_rcode=NXDOMAIN, aaaa_rcode=NXDOMAIN)


class Dns(asyncio.DatagramProtocol):
    """``zone`` may change between two questions; ``asked`` has every one of them."""

    def __init__(self) -> None:
        self.zone: dict[str, Name] = {}
        self.asked: list[tuple[str, int]] = []
        self._timers: set[asyncio.TimerHandle] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self._transport = cast(asyncio.DatagramTransport, transport)

    @property
    def address(self) -> str:
        host, port = self._transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._transport.close()

    def lookups(self, name: str) -> int:
        """Return how often the name was asked for its A record."""
        return self.asked.count((name, A))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, kind, end = _question(data)
        self.asked.append((name, kind))
        entry = self.zone.get(name, UNKNOWN)
        if kind in entry.drop:
            return
        reply = _reply(data[:2], data[_HEADER.size : end], kind, entry)
        if entry.delay_s:
            loop = asyncio.get_running_loop()
            self._timers.add(loop.call_later(entry.delay_s, self._transport.sendto, reply, addr))
        else:
            self._transport.sendto(reply, addr)


def _question(data: bytes) -> tuple[str, int, int]:
    """Return the name, the type, and where the question ends."""
    labels, at = [], _HEADER.size
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode())
        at += 1 + length
    (kind,) = struct.unpack_from("!H", data, at + 1)
    return ".".join(labels).lower(), kind, at + 5


def _reply(number: bytes, question: bytes, kind: int, entry: Name) -> bytes:
    addresses = entry.addresses(kind)
    flags = 0x8180 | entry.rcode(kind)  # a response, recursion desired and available
    header = number + struct.pack("!5H", flags, 1, len(addresses), 0, 0)
    records = b"".join(_record(kind, entry.ttl, address) for address in addresses)
    return header + question + records


def _record(kind: int, ttl: int, address: str) -> bytes:
    packed = ip_address(address).packed
    # 0xC00C points at the question's name.
    return struct.pack("!HHHIH", 0xC00C, kind, 1, ttl, len(packed)) + packed
