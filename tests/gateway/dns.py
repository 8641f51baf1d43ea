"""A name server of our own on a high port of loopback: answers from a zone, records questions."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import cast

A, CNAME, AAAA = 1, 5, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5

_HEADER = struct.Struct("!6H")
_ASKED = b"\xc0\x0c"  # points at the question's name


@dataclass(slots=True)
class Name:
    """What the server says of one name. ``drop`` lists the types that stay unanswered.

    With an ``alias`` the addresses are that name's, behind a CNAME.
    """

    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    ttl: int = 60
    a_rcode: int = NOERROR
    aaaa_rcode: int = NOERROR
    drop: frozenset[int] = frozenset()
    delay_s: float = 0.0
    alias: str = ""

    def addresses(self, kind: int) -> tuple[str, ...]:
        return {A: self.a, AAAA: self.aaaa}.get(kind, ())

    def rcode(self, kind: int) -> int:
        return {A: self.a_rcode, AAAA: self.aaaa_rcode}.get(kind, NOERROR)


SILENT = Name(drop=frozenset({A, AAAA}))
UNKNOWN = Name(a_rcode=NXDOMAIN, aaaa_rcode=NXDOMAIN)


class Dns(asyncio.DatagramProtocol):
    """``zone`` may change between two questions; ``asked`` has every one of them.

    ``forge`` takes a reply and returns what is sent in its place.
    """

    def __init__(self) -> None:
        self.zone: dict[str, Name] = {}
        self.asked: list[tuple[str, int]] = []
        self._begun: list[tuple[str, int]] = []
        self._numbers: dict[tuple[str, int], bytes] = {}
        self.forge: Callable[[bytes], list[bytes]] = lambda reply: [reply]
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
        """Return how often the name was looked up.

        A question that is sent again, with the number that it had, is no new one: the resolver does
        so after 0.25 s, though the answer may be there and unread.
        """
        return self._begun.count((name, A))

    def _note(self, question: tuple[str, int], number: bytes) -> None:
        if self._numbers.get(question) != number:
            self._begun.append(question)
        self._numbers[question] = number
        self.asked.append(question)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, kind, end = _question(data)
        self._note((name, kind), data[:2])
        entry = self.zone.get(name, UNKNOWN)
        if kind in entry.drop:
            return
        replies = self.forge(_reply(data[:2], data[_HEADER.size : end], kind, entry))
        if entry.delay_s:
            loop = asyncio.get_running_loop()
            self._timers.add(loop.call_later(entry.delay_s, self._send, replies, addr))
        else:
            self._send(replies, addr)

    def _send(self, replies: list[bytes], addr: tuple[str, int]) -> None:
        for reply in replies:
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
    owner = labels(entry.alias) if entry.alias else _ASKED
    records = [record(_ASKED, CNAME, entry.ttl, owner)] if entry.alias else []
    for address in entry.addresses(kind):
        records.append(record(owner, kind, entry.ttl, ip_address(address).packed))
    flags = 0x8180 | entry.rcode(kind)  # a response, recursion desired and available
    header = number + struct.pack("!5H", flags, 1, len(records), 0, 0)
    return header + question + b"".join(records)


def labels(name: str) -> bytes:
    return b"".join(bytes([len(each)]) + each.encode() for each in name.split(".")) + b"\0"


def record(owner: bytes, kind: int, ttl: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data
