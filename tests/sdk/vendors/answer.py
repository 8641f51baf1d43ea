"""What a scripted service is, and what it answers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.sdk.record import Message, Received

TEXT = {"Content-Type": "text/plain"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: bytes = b""
    fields: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


class Service(Protocol):
    """A module of this package that has ``DOMAINS``."""

    DOMAINS: tuple[str, ...]

    def answer(self, received: Received) -> Answer: ...

    def greeting(self, received: Received) -> Iterable[Message]: ...

    def replies(self, received: Received, message: Message) -> Iterable[Message]: ...


def as_json(value: Any, status: int = 200, **fields: str) -> Answer:
    body = json.dumps(value).encode()
    return Answer(status, body, {"Content-Type": "application/json", **fields})


def as_text(text: str, delay_s: float = 0.0) -> Answer:
    return Answer(200, text.encode(), TEXT, delay_s)
