"""The interface between a client's connection and the gateway: requests, and why they fail."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, Protocol

from aiohttp.streams import StreamReader

from sigproxy.errors import GatewayError, LimitError
from sigproxy.gateway.admission.quota import Quota
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.transport import Flow
from sigproxy.policies.limits import Limits
from sigproxy.semantics.client_tls import Fault
from sigproxy.semantics.fields import Fields


class ClientStalled(ConnectionResetError):
    """The client has read next to nothing for STALL_S."""


class MalformedBody(Exception):
    """The framing of a request's body is invalid; args[0] says how."""


class RequestHead(NamedTuple):
    method: str
    target: bytes
    version: tuple[int, int]
    fields: Fields
    is_chunked: bool
    should_close: bool  # the connection ends after this exchange (RFC 9112, 9.3)


class ClientConnection(Protocol):
    """The part of a client's connection that a request on it uses."""

    flow: Flow
    owner: PoolOwner
    peer: str
    refusal: LimitError | None
    transport: asyncio.Transport | None

    async def drain(self) -> None: ...

    def detach(self, successor: asyncio.BaseProtocol) -> bytes: ...

    def close(self) -> None: ...


class Request:
    """A request's parsed head, its body, and the connection that they come from."""

    __slots__ = ("body", "connection", "head")

    def __init__(self, head: RequestHead, body: StreamReader, connection: ClientConnection) -> None:
        self.head = head
        self.body = body
        self.connection = connection


Write = Callable[[bytes], object]


class Receiver(Protocol):
    """What the protocol hands up: requests, TURN, and what never became one."""

    @property
    def limits(self) -> Limits: ...

    @property
    def quota(self) -> Quota: ...

    @property
    def relays(self) -> bool:
        """Whether a connection that begins with STUN is relayed."""

    def relay(self, connection: ClientConnection, data: bytes) -> Coroutine[Any, Any, None]:
        """Take over *connection*, which began with *data*, at once; return what relays it."""

    async def handle(self, request: Request) -> bool:
        """Respond to *request*; return whether the connection may serve another."""

    def client_left(self, owner: PoolOwner) -> None:
        """Release what is kept for a connection that serves no more requests."""

    def refuse_unparsed(self, peer: str, error: GatewayError, write: Write | None) -> None:
        """Log *error* for bytes that are not a request; send it unless *write* is None."""

    def connection_failed(
        self, peer: str, fault: Fault, began_s: float, write: Write | None = None
    ) -> None:
        """Log *fault* of a connection that ended before its first request, and count it.

        It began at *began_s* of the loop's clock; *write* answers the client without TLS.
        """
