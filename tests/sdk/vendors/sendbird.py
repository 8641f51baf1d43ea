"""Sendbird Calls: log-in over HTTP, and a WebSocket."""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("sendbird.com",)
LOGGED_IN = {
    "sbcall_session_token": "t/1+x=",
    "stats_interval": 10,
    "user": {
        "user_id": "zoë",
        "nickname": "Zoë",
        "profile_url": "",
        "metadata": {},
        "is_active": True,
    },
}
ROOM = {
    "room_id": "room-1",
    "state": "open",
    "room_type": "small_room_for_video",
    "custom_items": {},
    "created_at": 1795233930000,
    "created_by": "zoë",
    "current_participants": [],
}


def answer(received: Received) -> Answer:
    if received.path.endswith("/login"):
        return as_json(LOGGED_IN)
    if received.path.startswith("/v1/rooms/"):
        return as_json({"room": ROOM})
    if received.path == "/v1/direct_calls/missed_signal":
        return as_json({"calls": []})
    return Answer(status=404)


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    yield from ()
