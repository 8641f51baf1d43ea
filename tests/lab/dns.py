"""A name server of our own on a high port of loopback: answers from a zone, records questions.

Over TCP as well, at the same port. What does not fit into a datagram is cut, and marked as that.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import cast

A, CNAME, AAAA = 1, 5, 28
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 2, 3, 4, 5
OPT, COOKIE = 41, 10  # RFC 6891; RFC 7873
PLAIN_BYTES = 512  # RFC 1035, 4.2.1: the most in a datagram, unless the question allows more

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


@dataclass(frozen=True, slots=True)
class Question:
    """One that has come; ``options`` is its EDNS record, empty if it has none."""

    name: str
    kind: int
    number: bytes
    raw: bytes  # name, type and class, as they came
    options: bytes
    over_tcp: bool = False

    @property
    def has_cookie(self) -> bool:
        return struct.pack("!2H", COOKIE, 8) in self.options

    @property
    def room(self) -> int:
        return struct.unpack_from("!H", self.options, 3)[0] if self.options else PLAIN_BYTES


# Takes a question and the right reply; returns what is sent in its place, None: nothing.
Manner = Callable[[Question, bytes], bytes | None]

SILENT = Name(drop=frozenset({A, AAAA}))
UNKNOWN = Name(a_rcode=NXDOMAIN, aaaa_rcode=NXDOMAIN)


class Dns(asyncio.DatagramProtocol):
    """``zone`` may change between two questions; ``asked`` has every one of them.

    ``forge`` takes a reply and returns what is sent in its place; ``manner`` sees the question.
    """

    def __init__(self) -> None:
        self.zone: dict[str, Name] = {}
        self.asked: list[tuple[str, int]] = []
        self.questions: list[Question] = []
        self.manner: Manner = lambda question, reply: reply
        self._begun: list[tuple[str, int]] = []
        self._numbers: dict[tuple[str, int], bytes] = {}
        self.forge: Callable[[bytes], list[bytes]] = lambda reply: [reply]
        self._timers: set[asyncio.TimerHandle] = set()
        self._connections: set[asyncio.StreamWriter] = set()

    async def start(
        self,
        address: str = "127.0.0.1",
        *,
        tcp: bool = False,
        sock: socket.socket | None = None,  # in place of an address: one in another network
    ) -> None:
        loop = asyncio.get_running_loop()
        place = None if sock else (address, 0)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=place, sock=sock
        )
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._server: asyncio.Server | None = None
        if tcp:
            port = transport.get_extra_info("sockname")[1]
            self._server = await asyncio.start_server(self._converse, address, port)

    @property
    def address(self) -> str:
        host, port = self._transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._transport.close()
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.transport.abort()

    def lookups(self, name: str) -> int:
        """Return how often the name was looked up.

        A question that is sent again, with the number that it had, is no new one: the resolver does
        so after 0.25 s, though the answer may be there and unread.
        """
        return self._begun.count((name, A))

    def _note(self, question: Question) -> None:
        """A question with EDNS is the second form of one that was asked without."""
        key = (question.name, question.kind)
        if self._numbers.get(key) != question.number and not question.options:
            self._begun.append(key)
        self._numbers[key] = question.number
        self.asked.append(key)
        self.questions.append(question)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = _question(data)
        reply = self._answer(question)
        if reply is None:
            return
        if len(reply) > question.room:
            reply = _cut(question)
        replies = self.forge(reply)
        entry = self.zone.get(question.name, UNKNOWN)
        if entry.delay_s:
            loop = asyncio.get_running_loop()
            self._timers.add(loop.call_later(entry.delay_s, self._send, replies, addr))
        else:
            self._send(replies, addr)

    def _answer(self, question: Question) -> bytes | None:
        self._note(question)
        entry = self.zone.get(question.name, UNKNOWN)
        if question.kind in entry.drop:
            return None
        return self.manner(question, _reply(question.number, question.raw, question.kind, entry))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                question = replace(_question(await reader.readexactly(length)), over_tcp=True)
                if (reply := self._answer(question)) is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
        self._connections.remove(writer)
        writer.close()

    def _send(self, replies: list[bytes], addr: tuple[str, int]) -> None:
        for reply in replies:
            self._transport.sendto(reply, addr)


def _question(data: bytes) -> Question:
    labels, at = [], _HEADER.size
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode())
        at += 1 + length
    (kind,) = struct.unpack_from("!H", data, at + 1)
    raw, options = data[_HEADER.size : at + 5], data[at + 5 :]
    return Question(".".join(labels).lower(), kind, data[:2], raw, options)


def refusal(question: Question, rcode: int, *, options: bytes = b"", bare: bool = False) -> bytes:
    """Return a reply that says nothing but *rcode*; *bare*: not even what was asked."""
    counts = struct.pack("!5H", 0x8180 | rcode, not bare, 0, 0, bool(options))
    return question.number + counts + (b"" if bare else question.raw) + options


def _cut(question: Question) -> bytes:
    return question.number + struct.pack("!5H", 0x8380, 1, 0, 0, 0) + question.raw


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
