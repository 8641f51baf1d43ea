"""Rumor, the framing of OpenTok's messaging WebSocket, and a session that begins by it.

A packet: its length (4 bytes, without themselves), two zeros, the type, then addresses, headers and
data. Each client's message is acknowledged by a STATUS with the same TRANSACTION-ID.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MESSAGE, CONNECT, PING, PONG, STATUS = 2, 3, 7, 8, 9
SERVER = "symphony.opentok.com"
_HEAD = struct.Struct("!IHBB")  # the last is the number of addresses
_LENGTH = struct.Struct("!H")
_OWN_BYTES = 4  # of the length, which it does not count


@dataclass(frozen=True, slots=True)
class Packet:
    type: int
    headers: Mapping[str, str] = field(default_factory=dict)
    data: str = ""

    @classmethod
    def parse(cls, raw: bytes) -> "Packet":
        _, _, kind, addresses = _HEAD.unpack_from(raw)
        texts, at = _texts(raw, _HEAD.size, addresses)
        texts, at = _texts(raw, at + 1, 2 * raw[at])
        return cls(kind, dict(zip(texts[::2], texts[1::2], strict=True)), raw[at:].decode())

    def bytes(self) -> bytes:
        headers = b"".join(_text(text) for pair in self.headers.items() for text in pair)
        rest = bytes([len(self.headers)]) + headers + self.data.encode()
        return _HEAD.pack(_HEAD.size - _OWN_BYTES + len(rest), 0, self.type, 0) + rest


def _texts(raw: bytes, at: int, count: int) -> tuple[list[str], int]:
    found = []
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(raw, at)
        at += _LENGTH.size
        found.append(raw[at : at + length].decode())
        at += length
    return found, at


def _text(text: str) -> bytes:
    return _LENGTH.pack(len(text.encode())) + text.encode()


def replies(raw: bytes) -> Iterator[bytes]:
    """Answer a packet; ask for an offer as soon as there is a stream."""
    packet = Packet.parse(raw)
    if packet.type == PING:
        yield Packet(PONG).bytes()
    elif packet.type == MESSAGE:
        request = json.loads(packet.data)
        kind, number = request["uri"].split("/")[-2:]
        created = request["method"] == "create"
        own = {"id": number, "creationTime": 0, "permissions": ["publish", "subscribe"]}
        state = {"connection": [own], "stream": [], "archive": []} if kind == "connection" else {}
        headers = {"STATUS": "200", "TRANSACTION-ID": packet.headers["TRANSACTION-ID"]}
        yield Packet(STATUS, headers, json.dumps(state)).bytes()
        if created and kind == "connection":
            yield _message("created", request["uri"], own)
        if created and kind == "stream":
            yield _message("generateoffer", request["uri"], {"sourceStreamId": "MANTIS"})


def _message(method: str, uri: str, content: Mapping[str, Any]) -> bytes:
    data = json.dumps({"method": method, "uri": uri, "content": content})
    return Packet(MESSAGE, {"X-TB-FROM-ADDRESS": SERVER}, data).bytes()
