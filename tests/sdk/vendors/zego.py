"""ZEGOCLOUD: the hub that carries a room's signaling, and logs.

Names and numbers are those of the SDK's protobuf roots. A frame of the hub is a head, with a type
and a stream, and a message; the answer's type is the request's and one. A type carries frames of
the room, which have a head of their own. No media server is behind it.
"""

import struct
from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors import protobuf
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("coolbcloud.com", "coolzcloud.com", "coolgcloud.com", "coolfcloud.com")
HUB = struct.Struct("!BxHIIx")  # mark, type, length, stream
HUB_MARK = 0xAF
HEARTBEAT, UPWARD, ESTABLISHED, DOWNWARD = 12, 17, 19, 21
CONFIGURATIONS = {14, 23, 35, 39}  # types of requests for one
ROOM = struct.Struct("!BHI")  # mark, the header's length, the body's
ROOM_MARK = 49
LOGIN, LOGOUT = 1001, 1003
TIME_MS = 1_700_000_000_000
ROOM_ANSWERS = {
    LOGIN: protobuf.message(
        (1, protobuf.message((1, 0))),  # RspHead: no error
        *((number, 1) for number in (2, 3, 4, 5)),  # sessions, and the user's number
        (6, TIME_MS),
        (8, 30_000),  # milliseconds between heartbeats
        (9, 90_000),
        (10, 1),  # users
        (11, protobuf.message((1, "zoe"), (2, 1))),  # AnchorInfo
    ),
    LOGOUT: protobuf.message((1, protobuf.message((1, 0)))),
}


def answer(received: Received) -> Answer:
    return as_json({})


def greeting(received: Received) -> Iterator[Message]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[bytes]:
    if received.path != "/accesshub" or not isinstance(message, bytes):
        return
    _, kind, length, stream = HUB.unpack_from(message)
    said = dict(protobuf.fields(message[HUB.size : HUB.size + length]))
    transaction = protobuf.message((1, said[1]))
    if kind in CONFIGURATIONS:
        yield _frame(kind + 1, stream, protobuf.message((1, 0), (3, transaction)))
    elif kind == HEARTBEAT:
        yield _frame(kind + 1, stream, protobuf.message((1, said[1]), (2, said[2])))
    elif kind == UPWARD:
        yield _frame(kind + 1, stream, transaction)
        yield _frame(ESTABLISHED, stream, b"")
        for payload in _room(said[8]):
            yield _frame(DOWNWARD, stream, protobuf.message((1, payload), (3, TIME_MS)))


def _frame(kind: int, stream: int, body: bytes) -> bytes:
    return HUB.pack(HUB_MARK, kind, len(body), stream) + body


def _room(payload: int | bytes) -> Iterator[bytes]:
    """Answer a frame of the room: a header, with a command and a number, and a body."""
    assert isinstance(payload, bytes)
    _, length, _ = ROOM.unpack_from(payload)
    header = dict(protobuf.fields(payload[ROOM.size : ROOM.size + length]))
    command = int(header[1])
    if body := ROOM_ANSWERS.get(command):
        own = protobuf.message((1, command + 1), (2, header[2]), (3, TIME_MS), (6, 1))
        yield ROOM.pack(ROOM_MARK, len(own), len(body)) + own + body
