"""What the two ends of a run saw: the browser, and the servers that stand for the vendors'."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Field = tuple[str, str]
Message = str | bytes


class Way(StrEnum):
    """How an SDK runs: without a gateway, or what makes it use one."""

    DIRECT = "direct"
    SAMPLE = "sample"  # its own setting leads to NGINX, with the vendors' sample configuration
    SETTING = "setting"  # its own setting leads to sigproxy
    SHIM = "shim"  # it is told nothing: the page loads the shim, and may connect to sigproxy alone


@dataclass(slots=True)
class Received:
    """One request as it arrived at an upstream, its target and fields as they were sent."""

    sni: str | None
    port: int
    method: str
    target: str
    fields: list[Field]
    turn: int = 0  # how many of this run had the same method and path before
    body: bytes = b""
    status: int | None = None
    messages: list[Message] = field(default_factory=list)  # of a WebSocket, from the client
    replies: list[Message] = field(default_factory=list)  # of a WebSocket, to the client

    def value(self, name: str) -> str | None:
        """Return the values of a field, joined as RFC 9110, 5.3 has it; None without the field."""
        values = [value for key, value in self.fields if key.lower() == name]
        return ", ".join(values) if values else None

    @property
    def host(self) -> str:
        return (self.value("host") or "").partition(":")[0]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def is_websocket(self) -> bool:
        return (self.value("upgrade") or "").lower() == "websocket"

    @property
    def is_preflight(self) -> bool:
        return self.method == "OPTIONS" and self.value("access-control-request-method") is not None

    @property
    def url(self) -> str:
        secure, plain = ("wss", "ws") if self.is_websocket else ("https", "http")
        return f"{plain if self.port == 80 else secure}://{self.value('host')}{self.target}"


@dataclass(slots=True)
class Asked:
    """One request as the page made it, and what became of it in the browser."""

    method: str
    url: str
    fields: dict[str, str]
    body: bytes | None
    is_websocket: bool = False
    status: int | None = None
    failure: str | None = None
    cors_error: str | None = None  # in the words of the DevTools protocol
    has_ended: bool = False
    messages: list[Message] = field(default_factory=list)  # of a WebSocket, from the page
    replies: list[Message] = field(default_factory=list)  # of a WebSocket, to the page

    @property
    def has_succeeded(self) -> bool:
        """True if the page got an answer that is no error, though it may not read the body."""
        return self.status is not None and self.status < 400 and self.cors_error is None


@dataclass(slots=True)
class Run:
    """One SDK in one page: directly, or through a gateway."""

    way: Way = Way.SETTING
    asked: list[Asked] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)  # by the upstream
    caught: list[Received] = field(default_factory=list)  # past the gateway
    state: dict[str, Any] = field(default_factory=dict)  # what the page says of the SDK
    console: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # by the page's policy: directive and URL

    @property
    def arrived(self) -> Iterator[Received]:
        """Everything that a vendor's host saw, by whatever way."""
        yield from self.received
        yield from self.caught
