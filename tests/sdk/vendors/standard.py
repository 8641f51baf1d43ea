"""Twilio's signaling and a Janus server, as far as an SDK's first connection needs them."""

import json
from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer

DOMAINS = ("twilio.com", "sdk.example.com")
TWILIOS = [{"urls": "stun:global.stun.twilio.com:3478"}]


def answer(received: Received) -> Answer:
    return Answer(status=404)


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    if not isinstance(message, str):
        return
    asked = json.loads(message)
    if asked.get("type") == "hello":  # Twilio
        yield json.dumps({"type": "welcome", "negotiatedTimeout": 5000})
        yield json.dumps({"type": "msg", "body": {"type": "iced", "ice_servers": TWILIOS}})
    if asked.get("janus") in ("create", "attach"):
        done = {"janus": "success", "transaction": asked["transaction"], "data": {"id": 1}}
        yield json.dumps(done)
