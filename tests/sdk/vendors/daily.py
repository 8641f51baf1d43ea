"""Daily: the bundle that its SDK loads, and which here only says that it ran."""

from collections.abc import Iterator

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer

DOMAINS = ("daily.co",)
BUNDLE = b'state.bundle = "ran";\n'


def answer(received: Received) -> Answer:
    if not received.path.endswith(".js"):
        return Answer(status=404)
    return Answer(body=BUNDLE, fields={"Content-Type": "text/javascript; charset=utf-8"})


def greeting(received: Received) -> Iterator[str]:
    yield from ()


def replies(received: Received, message: Message) -> Iterator[str]:
    yield from ()
