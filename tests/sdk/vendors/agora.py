"""Agora: the access points that choose a server, the edge's WebSocket, logs and reports."""

import json
import time
from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json, as_text

DOMAINS = ("agora.io", "sd-rtn.com", "agoraio.cn")
EDGE = {"ip": "127.0.0.1", "port": 4700}
URI_OF_AN_ANSWER = 23
CHOICES: dict[int, dict[str, object]] = {  # by the flag of what was asked
    4096: {},
    1048576: {"detail": {8: "a", 4: "b"}},
    4194304: {},
    4194310: {},
}


def answer(received: Received) -> Answer:
    if "/transpond/webrtc" in received.target:
        return as_json(_chosen())
    if "action=wrtc_gateway" in received.target:
        return as_json(
            {
                "code": 0,
                "addresses": [EDGE],
                "uid": 1234,
                "cid": 111,
                "cname": "room 1",
                "server_ts": int(time.time() * 1000),
                "detail": {},
                "flag": 4096,
            }
        )
    if "action=stringuid" in received.target:
        return as_json({"code": 0, "uid": 4321, "url": "x"})
    if received.path.endswith("/upload/v1"):
        return as_text("OK")
    return as_json({"code": 0})


def _chosen() -> dict[str, object]:
    now = int(time.time() * 1000)
    common = {
        "code": 0,
        "cid": 111,
        "uid": 1234,
        "cname": "room 1",
        "cert": "ticket",
        "detail": {},
        "edges_services": [EDGE],
        "server_ts": now,
    }
    answers = [
        {"flag": flag, "uri": URI_OF_AN_ANSWER, "buffer": {**common, "flag": flag, **more}}
        for flag, more in CHOICES.items()
    ]
    return {
        "opid": 1,
        "enter_ts": now,
        "leave_ts": now,
        "detail": {502: "192.0.2.1"},
        "response_body": answers,
    }


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    """Yield a success for each request that wants one.

    Joining, in newer SDKs, needs more than that: an answer that lacks it has them join again, at
    once and for ever.
    """
    request = json.loads(message)
    if request.get("_type") == "join_v3":
        return
    if request.get("_type") and request.get("_id"):
        yield json.dumps({"_id": request["_id"], "_result": "success", "_message": {}})
