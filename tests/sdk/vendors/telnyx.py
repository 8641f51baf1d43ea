"""Telnyx: JSON-RPC on a WebSocket, of a client that registers and calls, and reports of calls."""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("telnyx.com",)
SESSION = "00000000-1111-2222-3333-444444444444"
REPORT = "55555555-1111-2222-3333-444444444444"
REGISTERED = {"state": "REGED", "call_report_id": REPORT, "region": "us", "dc": "ch1"}


def answer(received: Received) -> Answer:
    return as_json({})


def greeting(received: Received) -> Iterator[Message]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    if isinstance(message, str):
        said = json.loads(message)
        yield from (json.dumps({"jsonrpc": "2.0", **each}) for each in _replies(said))


def _replies(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    method = said.get("method", "").removeprefix("telnyx_rtc.")
    params = said.get("params", {})
    call = params.get("dialogParams", {}).get("callID")
    if method == "login":
        yield {"id": said["id"], "result": {"message": "logged in", "sessid": SESSION}}
        yield _asked("clientReady", {"reattached_sessions": []})
    elif method == "gatewayState":
        yield {"id": said["id"], "result": {"params": REGISTERED}}
    elif method == "invite":
        yield {"id": said["id"], "result": {"callID": call, "message": "CALL CREATED"}}
        yield _asked("ringing", {"callID": call})
    elif method == "bye":
        yield {"id": said["id"], "result": {"callID": call, "message": "CALL ENDED"}}


def _asked(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"id": method, "method": f"telnyx_rtc.{method}", "params": params}
