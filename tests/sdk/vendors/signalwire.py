"""SignalWire: JSON-RPC on one WebSocket, and a chat's channel that returns each message."""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer

DOMAINS = ("signalwire.com",)
SESSION = {
    "identity": "zoe",
    "protocol": "signalwire_abc_p1",
    "authorization": {"type": "chat", "project": "p1", "scopes": ["chat"]},
    "ice_servers": [],
}
MEMBER = {"id": "zoe", "channel": "room 1", "state": {}}


def answer(received: Received) -> Answer:
    return Answer(status=404)


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    said: dict[str, Any] = json.loads(message)
    if "method" not in said:  # the acknowledgment of an event
        return
    is_session = said["method"] == "signalwire.connect"
    result = SESSION if is_session else {"code": "200", "message": "OK"}
    yield _rpc(said["id"], result=result)
    if said["method"] == "chat.publish":
        content = {"id": "m1", "sender_id": "zoe", "published_at": 1795233930, "member": MEMBER}
        params = {"channel": "room 1", "message": {**said["params"], **content}}
        event = {"event_type": "chat.channel.message", "timestamp": 1795233930.5, "params": params}
        yield _rpc("e1", method="signalwire.event", params=event)


def _rpc(number: str, **members: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, **members})
