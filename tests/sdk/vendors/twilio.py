"""Twilio: Voice's signaling and Video's, and the events of both.

Voice says {type, payload}. Video has TCMP outside (hello, welcome, msg), and within its messages
RSP, of which "connect" is answered. No media server is behind either.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, as_json

DOMAINS = ("twilio.com",)
STUN = [{"urls": "stun:global.stun.twilio.com:3478"}]
HOME = {"region": "US_EAST_VIRGINIA", "edge": "ashburn", "home": "us1"}
ROOM = {
    "type": "connected",
    "session": "1",
    "sid": "RM1",
    "name": "room",
    "participant": {"sid": "PA1", "identity": "zoe"},
    "participants": [],
    "options": {"session_timeout": 30, "signaling_region": "us1", "media_region": "us1"},
}
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e" + (
    b"\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00"
)


def answer(received: Received) -> Answer:
    if received.host == "sdk.twilio.com":
        return Answer(body=SOUND, fields={"Content-Type": "audio/wav"})
    return as_json({})


def greeting(received: Received) -> Iterator[Message]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    if isinstance(message, str):
        said = json.loads(message)
        answers = _voice if "payload" in said and "body" not in said else _video
        yield from map(json.dumps, answers(said))


def _voice(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if said["type"] == "listen":
        yield {"type": "connected", "payload": {**HOME, "token": {"identity": "zoe", "ttl": 3600}}}
    if said["type"] == "register":
        yield {"type": "ready"}
    if said["type"] == "invite":
        yield {"type": "ringing", "payload": {"callsid": said["payload"]["callsid"]}}


def _video(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if said["type"] == "connect":  # of the gateway for events
        yield {"type": "connected", "session": "1"}
    if said["type"] == "hello":
        yield {"type": "welcome", "negotiatedTimeout": 60_000}
    about = said.get("body", {}).get("type")
    if about == "ice":
        yield _message({"type": "iced", "ice_servers": STUN})
    if about == "connect":
        yield _message(ROOM)


def _message(body: dict[str, Any]) -> dict[str, Any]:
    return {"type": "msg", "body": body}
