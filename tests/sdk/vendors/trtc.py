"""Tencent RTC: which servers to use, a room's signaling, and logs.

Signaling is JSON, {cmd, data, seq}; the numbers are the SDK's. No media server is behind it.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("rtc.qq.com", "cloud-rtc.com", "cloud-rtc.net", "tim.qq.com", "my-imcloud.com")
SIGNALING = "signaling-a1.rtc.qq.com"
SCHEDULED = {"code": 0, "message": "", "data": {"domains": [SIGNALING, SIGNALING], "config": {}}}
READY, JOINED = 19, 20
ADDRESSES = {"clientIp": "127.0.0.1", "signalInnerIp": "10.0.0.1"}
ROOM = {
    "relayOuterIp": "127.0.0.1",
    "relayInnerIp": "10.0.0.1",
    "relayPort": 8000,
    "publishers": [],
    "ability": {},
}


def answer(received: Received) -> Answer:
    return as_json(SCHEDULED if received.path.endswith("/api/v1/config") else {})


def greeting(received: Received) -> Iterator[str]:
    yield _said(READY, ADDRESSES)


def replies(received: Received, message: Message) -> Iterator[str]:
    said = json.loads(message)
    if said["cmd"] in ("join", "join/v2"):
        yield _said(JOINED, ROOM, seq=said["seq"], tinyId="1")


def _said(command: int, data: dict[str, Any], **more: Any) -> str:
    return json.dumps({"cmd": command, "code": 0, "message": "", "data": data, **more})
