"""Cloudflare RealtimeKit: a participant's details, ICE servers, the location, and the socket."""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

OFFER = b"\x05offer"
DOMAINS = ("realtime.cloudflare.com", "dyte.io", "flagsmith.com")
CHAT = {"can_send": True, "text": True, "files": True}
PERMISSIONS = {
    "accept_waiting_requests": True,
    "can_accept_production_requests": True,
    "can_change_participant_permissions": False,
    "can_edit_display_name": True,
    "can_livestream": False,
    "can_record": False,
    "can_spotlight": False,
    "chat": {"public": CHAT, "private": {**CHAT, "can_receive": True}},
    "connected_meetings": {
        "can_alter_connected_meetings": False,
        "can_switch_connected_meetings": False,
        "can_switch_to_parent_meeting": False,
    },
    "disable_participant_audio": False,
    "disable_participant_screensharing": False,
    "disable_participant_video": False,
    "hidden_participant": False,
    "kick_participant": False,
    "media": {name: {"can_produce": "ALLOWED"} for name in ("audio", "video", "screenshare")},
    "pin_participant": False,
    "plugins": {"can_close": False, "can_edit_config": False, "can_start": False, "config": {}},
    "polls": {"can_create": False, "can_view": True, "can_vote": True},
    "recorder_type": "NONE",
    "show_participant_list": True,
    "waiting_room_type": "SKIP",
}
PRESET = {
    "id": "preset-1",
    "name": "group_call",
    "config": {
        "max_screenshare_count": 1,
        "max_video_streams": {"desktop": 10, "mobile": 6},
        "media": {
            "video": {"frame_rate": 30, "quality": "hd"},
            "screenshare": {"frame_rate": 15, "quality": "hd"},
        },
        "view_type": "GROUP_CALL",
    },
    "permissions": PERMISSIONS,
    "ui": {"design_tokens": {"colors": {"brand": {}, "background": {}}}},
}
DETAILS = {
    "participant": {"id": "p1", "name": "Zoë", "picture": "", "client_specific_id": "zoe"},
    "preset": PRESET,
    "meeting": {"id": "m1", "title": "très bien"},
}


def answer(received: Received) -> Answer:
    if received.path == "/iceservers":
        return as_json({"success": True, "iceServers": []})
    if received.path.endswith("/participant-details"):
        return as_json({"success": True, "data": DETAILS})
    return as_json({"success": True, "data": {"plugins": []}})


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[bytes]:
    """Return each message: of a store with nothing in it, and of a room, that is the answer.

    An offer has none, since an answer to it would have to be a media server's.
    """
    if isinstance(message, bytes) and OFFER not in message:
        yield message
