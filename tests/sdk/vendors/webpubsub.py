"""Azure Web PubSub: its reliable JSON subprotocol, with one client in each group."""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer

DOMAINS = ("webpubsub.azure.com",)
CONNECTED = {
    "type": "system",
    "event": "connected",
    "userId": "zoe",
    "connectionId": "c1",
    "reconnectionToken": "eyJh.eyJi.c2ln",
}


def answer(received: Received) -> Answer:
    return Answer(status=404)


def greeting(received: Received) -> Iterator[str]:
    yield json.dumps(CONNECTED)


def replies(received: Received, message: Message) -> Iterator[str]:
    """Acknowledge what wants it, and return a client's message to the group that it is in."""
    said: dict[str, Any] = json.loads(message)
    if "ackId" in said:
        yield json.dumps({"type": "ack", "ackId": said["ackId"], "success": True})
    if said["type"] == "sendToGroup":
        returned = {"type": "message", "from": "group", "fromUserId": "zoe", "sequenceId": 1}
        same = {name: said[name] for name in ("group", "dataType", "data")}
        yield json.dumps({**returned, **same})
