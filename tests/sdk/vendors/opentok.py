"""Vonage's OpenTok: the session's servers; its messaging WebSocket opens and says nothing."""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

SESSION = {
    "session_id": "1_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5hYmNkZWZnaGlqa2xtbm9wfn4",
    "partner_id": "12345678",
    "create_dt": "Thu Jan 01 2026",
    "session_status": "INVALID",
    "media_server_hostname": None,
    "messaging_server_url": None,
    "messaging_url": "wss://mantis-prod-us.opentok.com:443/rumorwebsocketsv2",
    "symphony_address": "symphony.opentok.com",
    "properties": {
        "mediaMode": "routed",
        "p2p": {"preference": {"value": "disabled"}},
        "reportIssue": True,
    },
    "media_server_name": "mantis123-pdx.tokbox.com",
    "messaging_server": "msg-mantis123-pdx.tokbox.com",
    "ice_server": None,
    "ice_credential_expiration": 86100,
    "ice_servers": [],
}


def answer(received: Received) -> Answer:
    return as_json([SESSION] if "/session/" in received.path else {})


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    yield from ()
