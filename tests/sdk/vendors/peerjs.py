"""PeerJS' public server: an identity, and a WebSocket that carries what peers say to each other.

No other peer is there: an offer expires, as one does whose receiver does not come.
"""

import json
from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_text

DOMAINS = ("peerjs.com",)
OWN = "11111111-2222-3333-4444-555555555555"


def answer(received: Received) -> Answer:
    return as_text(OWN)


def greeting(received: Received) -> Iterator[str]:
    yield json.dumps({"type": "OPEN"})


def replies(received: Received, message: Message) -> Iterator[str]:
    said = json.loads(message)
    if said["type"] == "OFFER":
        yield json.dumps({"type": "EXPIRE", "src": said["dst"], "dst": OWN})
