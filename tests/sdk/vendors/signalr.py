"""Azure SignalR: an app's hub that sends the SDK to the service, and the service.

Messages are JSON and end with a record separator (SignalR's "HubProtocol.md").
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json, as_text

DOMAINS = ("contoso.com", "signalr.net")
END = "\x1e"
HANDSHAKE, INVOCATION, COMPLETION = "protocol", 1, 3
LONG_POLL_S = 0.5
HANDSHAKE_TURN = 2
SERVICE = {
    "url": "https://res1.service.signalr.net/client/?hub=chat",
    "accessToken": "eyJh.eyJi.c2ln",
    "availableTransports": [],
}
CONNECTION = {
    "connectionId": "c1",
    "connectionToken": "t/1+x=",
    "negotiateVersion": 1,
    "availableTransports": [
        {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
        {"transport": "LongPolling", "transferFormats": ["Text", "Binary"]},
    ],
}


def answer(received: Received) -> Answer:
    if received.path == "/hub/negotiate":
        return as_json(SERVICE)
    if received.path == "/client/negotiate":
        return as_json(CONNECTION)
    if received.method == "GET":
        return _polled(received.turn)
    return Answer(status=202 if received.method == "DELETE" else 200)


def _polled(turn: int) -> Answer:
    """Answer a poll: the WebSocket was turn 0; the first poll opens the connection, the next has a
    handshake, and all others have the result, since which of them follows the call is chance.
    """
    if turn <= HANDSHAKE_TURN:
        return as_text(_record({}) if turn == HANDSHAKE_TURN else "")
    return as_text(_result("0"), LONG_POLL_S)


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    for part in str(message).split(END)[:-1]:
        said: dict[str, Any] = json.loads(part)
        if HANDSHAKE in said:
            yield _record({})
        elif said["type"] == INVOCATION:
            yield _result(said["invocationId"])


def _result(number: str) -> str:
    return _record({"type": COMPLETION, "invocationId": number, "result": "très bien"})


def _record(value: Any) -> str:
    return json.dumps(value) + END
