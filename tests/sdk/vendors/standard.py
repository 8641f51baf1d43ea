"""A Janus server, as far as its SDK's first connection needs one."""

import json
from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer

DOMAINS = ("sdk.example.com",)


def answer(received: Received) -> Answer:
    return Answer(status=404)


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    if not isinstance(message, str):
        return
    asked = json.loads(message)
    if asked.get("janus") in ("create", "attach"):
        done = {"janus": "success", "transaction": asked["transaction"], "data": {"id": 1}}
        yield json.dumps(done)
