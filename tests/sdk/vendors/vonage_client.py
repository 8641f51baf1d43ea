"""Vonage's Client SDK: a session on a socket.io WebSocket, and an API beside it.

Frames are those of Engine.IO 4 with Socket.IO 5's inside: 0 opens, 40 connects, 42 is an event.
"""

import json
from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors import sdp
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("vonage.com",)
CALL = "00000000-1111-2222-3333-444444444444"
OPENED = {"sid": "1", "upgrades": [], "pingInterval": 25_000, "pingTimeout": 20_000}
SESSION = {"id": "SES-1", "user_id": "USR-1", "name": "zoe", "api_key": "key"}
USER = {"id": "USR-1", "name": "zoe", "display_name": "Zoë"}


def answer(received: Received) -> Answer:
    if received.path.endswith("/users/me"):
        return as_json(USER)
    if received.path.endswith("/legs"):
        offer = json.loads(received.body)["body"]["offer"]["sdp"]
        return as_json({"rtc_id": CALL, "sdp": sdp.answer(offer)})
    return as_json({})


def greeting(received: Received) -> Iterator[str]:
    yield "0" + json.dumps(OPENED)


def replies(received: Received, message: Message) -> Iterator[str]:
    if message == "40":
        yield '40{"sid":"1"}'
        yield "42" + json.dumps(["session:success", {"body": SESSION}])
