"""100ms: the configuration, which names the server to join, and that server's JSON-RPC."""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("100ms.live",)
CONFIGURATION = {
    "endpoint": "wss://eu-1.100ms.live/v2/ws",
    "rtcConfiguration": {"ice_servers": []},
    "config": {"enabledFlags": ["nonWebRTCDisableOffer"], "networkHealth": {}},
}
# Of somebody who neither sends nor receives media: then joining needs no media server.
ROLE = {
    "name": "listener",
    "priority": 1,
    "publishParams": {"allowed": []},
    "subscribeParams": {"subscribeToRoles": []},
    "permissions": {},
}
POLICY = {"name": "listener", "known_roles": {"listener": ROLE}, "template_id": "t1"}
ROOM = {"name": "très bien", "session_id": "s1", "started_at": 1795233930000, "recording": {}}
PEERS = {"peers": {}, "room": ROOM}


def answer(received: Received) -> Answer:
    return as_json(CONFIGURATION if received.path == "/init" else {})


def greeting(received: Received) -> Iterator[str]:
    yield json.dumps({"method": "on-policy-change", "params": POLICY})


def replies(received: Received, message: Message) -> Iterator[str]:
    said: dict[str, Any] = json.loads(message)
    if "id" in said:
        yield json.dumps({"jsonrpc": "2.0", "id": said["id"], "result": {"timestamp": 0}})
    if said["method"] == "join":
        yield json.dumps({"method": "peer-list", "params": PEERS})
