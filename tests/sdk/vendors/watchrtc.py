"""watchRTC: one server, a WebSocket and two POSTs beside it."""

import json
from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("cyara.com", "watchrtc.testrtc.com")
WELCOME = {
    "connectionId": "c1",
    "projectId": "p1",
    "interval": 8000,
    "sendInterval": 1,
    "collectConsoleLogEnabled": False,
}


def answer(received: Received) -> Answer:
    return as_json({})


def greeting(received: Received) -> Iterator[str]:
    yield json.dumps(WELCOME)


def replies(received: Received, message: Message) -> Iterator[str]:
    yield from ()
