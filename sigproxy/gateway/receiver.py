"""What the two sides of a client's connection hand to one another: requests, and why they end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from aiohttp import http
from aiohttp.streams import StreamReader

from sigproxy.errors import GatewayError
from sigproxy.gateway.owner import Owner
from sigproxy.gateway.quota import Quota
from sigproxy.policies.limits import Limits

if TYPE_CHECKING:
    from sigproxy.gateway.downstream import DownstreamProtocol


class ClientStalled(ConnectionResetError):
    """The client has taken nothing for STALL_S."""


class MalformedBody(Exception):
    """The framing of a request's body is broken; args[0] says how."""


class Request:
    """A request's head, as parsed, the body to come, and the connection that both came on."""

    __slots__ = ("body", "connection", "head")

    def __init__(
        self, head: http.RawRequestMessage, body: StreamReader, connection: "DownstreamProtocol"
    ) -> None:
        self.head = head
        self.body = body
        self.connection = connection


Write = Callable[[bytes], object]


class Receiver(Protocol):
    """What the protocol hands up: requests, and what never became one."""

    @property
    def limits(self) -> Limits: ...

    @property
    def quota(self) -> Quota: ...

    async def handle(self, request: Request) -> bool:
        """Answer *request*; return whether the connection may serve another."""

    def leave(self, owner: Owner) -> None:
        """Let go of what is kept for a connection that serves no more requests."""

    def refuse_unparsed(self, peer: str, error: GatewayError, write: Write | None) -> None:
        """Note what never became a request; answer it, if there is a way to."""
