"""Amazon Chime: a meeting's signaling, which answers a join, and the events of its clients.

A frame is a byte for its kind and an SdkSignalFrame; the numbers are those of the SDK's
SignalingProtocol.js. No media server is behind it, so a subscription, which has the offer, is
answered with a message of another attendee and not with a connection; and a join without a TURN
server, whose candidates the SDK would wait for. SDKs before 3.17 ask for one by HTTP then.
"""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors import protobuf
from tests.sdk.vendors.answer import Answer, as_json
from tests.sdk.vendors.protobuf import Value

DOMAINS = ("chime.aws",)
CREDENTIALS = {"username": "u", "password": "p", "ttl": 600, "uris": []}
RTC = b"\x05"  # the kind of a frame
TYPE, JOIN_ACK, INDEX, LEAVE_ACK, DATA_MESSAGE = 2, 5, 8, 12, 23  # fields of SdkSignalFrame
JOIN, SUBSCRIBE, LEAVE = 1, 3, 9  # values of its type
HELLO = protobuf.message((1, "chat"), (2, "hello"), (3, 0), (4, "attendee-2"), (5, 1))
ANSWERS: dict[int, tuple[tuple[int, int, bytes], ...]] = {  # type -> answers: type, field, value
    JOIN: ((2, JOIN_ACK, b""), (5, INDEX, protobuf.message((1, 0), (4, 1)))),
    SUBSCRIBE: ((22, DATA_MESSAGE, protobuf.message((1, HELLO))),),
    LEAVE: ((10, LEAVE_ACK, b""),),
}


def answer(received: Received) -> Answer:
    return as_json(CREDENTIALS if received.path.endswith("/turn_sessions") else {})


def greeting(received: Received) -> Iterator[Message]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[Message]:
    if isinstance(message, bytes):
        said = dict(protobuf.fields(message.removeprefix(RTC)))
        for kind, field, value in ANSWERS.get(int(said[TYPE]), ()):
            yield _frame((1, 1_700_000_000_000), (TYPE, kind), (field, value))


def _frame(*fields: tuple[int, Value]) -> bytes:
    return RTC + protobuf.message(*fields)
