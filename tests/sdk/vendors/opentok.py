"""Vonage's OpenTok: a session's servers, and its messaging WebSocket.

It opens and says nothing, unless the session is the one in which somebody publishes.
"""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors import rumor
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("opentok.com", "tokbox.com")
PUBLISHED = "2_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5hYmNkZWZnaGlqa2xtbm9wfn4"
OWN_SERVERS = [
    {"url": "turn:turn.tokbox.com:3478?transport=udp", "username": "v", "credential": "v"}
]
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


TALKS = "?talks=yes"


def answer(received: Received) -> Answer:
    if "/session/" not in received.path:
        return as_json({})
    if PUBLISHED not in received.path:
        return as_json([SESSION])
    talking = f"{SESSION['messaging_url']}{TALKS}"
    own = {"session_id": PUBLISHED, "messaging_url": talking, "ice_servers": OWN_SERVERS}
    return as_json([{**SESSION, **own}])


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[Message]:
    if TALKS in received.target and isinstance(message, bytes):
        yield from rumor.replies(message)
