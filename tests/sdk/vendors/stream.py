"""Stream Video: the coordinator's HTTP and WebSocket, the location hint, and one media server.

The media server's WebSocket takes Protocol Buffers from the SDK and may answer with JSON.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("stream-io-api.com", "stream-io-video.com")
TIME = "2026-01-01T00:00:00Z"
JOIN, HEALTH = 0x0A, 0x12  # of SfuRequest: fields 1 and 2
MEDIA_SERVER = "sfu-1.stream-io-video.com"
USER = {
    "id": "zoe",
    "name": "Zoë",
    "role": "user",
    "teams": [],
    "custom": {},
    "language": "",
    "blocked_user_ids": [],
    "created_at": TIME,
    "updated_at": TIME,
}
CONNECTED = {
    "type": "connection.ok",
    "connection_id": "c1",
    "created_at": TIME,
    "me": {**USER, "devices": []},
}
CALL = {
    "cid": "default:call1",
    "id": "call1",
    "type": "default",
    "created_at": TIME,
    "updated_at": TIME,
    "created_by": USER,
    "custom": {},
    "egress": {"broadcasting": False, "rtmps": []},
    "ingress": {"rtmp": {"address": ""}},
    "blocked_user_ids": [],
    "settings": {
        "audio": {"mic_default_on": False, "default_device": "speaker"},
        "video": {
            "camera_default_on": False,
            "target_resolution": {"width": 640, "height": 360, "bitrate": 500000},
        },
    },
    "current_session_id": "s1",
}
JOINED = {
    "call": CALL,
    "created": True,
    "duration": "1ms",
    "members": [],
    "own_capabilities": ["join-call"],
    "stats_options": {"enable_rtc_stats": False, "reporting_interval_ms": 2000},
    "credentials": {
        "token": "eyJh.eyJi.c2ln",
        "ice_servers": [],
        "server": {
            "edge_name": "sfu-1",
            "url": f"https://{MEDIA_SERVER}/twirp",
            "ws_endpoint": f"wss://{MEDIA_SERVER}/ws",
        },
    },
}


def answer(received: Received) -> Answer:
    if received.method == "HEAD":
        exposed = {"Access-Control-Expose-Headers": "x-amz-cf-pop"}
        return Answer(fields={"X-Amz-Cf-Pop": "FRA56-P1", **exposed})
    if received.path.startswith("/twirp/"):
        return as_json({})
    return as_json(JOINED if received.path.endswith("/join") else {"duration": "1ms"})


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    if isinstance(message, str):
        said: dict[str, Any] = {} if message.startswith("[") else json.loads(message)
        if "token" in said:
            yield json.dumps(CONNECTED)
    elif message[0] == JOIN:
        yield json.dumps({"joinResponse": {"callState": {}, "fastReconnectDeadlineSeconds": 10}})
    elif message[0] == HEALTH:
        yield json.dumps({"healthCheckResponse": {}})
