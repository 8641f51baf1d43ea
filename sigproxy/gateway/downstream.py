"""The client's side of a connection: aiohttp's server protocol, with our errors and deadlines."""

import asyncio
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp.http_exceptions import InvalidURLError, LineTooLong
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from sigproxy.errors import (
    BadRequest,
    GatewayError,
    HeadTooLarge,
    RequestTimeout,
    TargetTooLong,
    VersionUnsupported,
)
from sigproxy.policies.limits import Limits

# Beyond a limit of ours the parser goes on a little, so that the answer can carry CORS fields.
_PARSER_SLACK = 2


class Receiver(Protocol):
    """What the protocol hands up: requests, and what never became one."""

    @property
    def limits(self) -> Limits: ...

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse: ...

    def refuse_unparsed(self, transport: asyncio.Transport, error: GatewayError) -> None: ...


class DownstreamProtocol(RequestHandler):
    """Adds what aiohttp's protocol lacks: a deadline for the head, and errors rendered our way."""

    def __init__(self, receiver: Receiver, manager: web.Server, **kwargs: Any) -> None:
        limits = receiver.limits
        super().__init__(
            manager,
            max_line_size=limits.request_target_bytes * _PARSER_SLACK,
            max_field_size=limits.request_field_bytes * _PARSER_SLACK,
            max_headers=limits.field_lines,
            auto_decompress=False,
            access_log=None,  # type: ignore[arg-type]  # None turns it off
            **kwargs,
        )
        self._receiver = receiver
        self._head_bytes = 0
        self._head_deadline: asyncio.TimerHandle | None = None
        self.heir: asyncio.BaseProtocol | None = None  # see UpstreamProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
            return  # behind what is no HTTP nothing is; aiohttp would keep each attempt to read it
        idle = self._waiter is not None and not self._waiter.done()
        seen = self._request_count
        super().data_received(data)
        if self._request_count != seen:
            self._head_arrived()
        elif data and idle:
            self._head_bytes += len(data)
            if self._head_bytes > self._receiver.limits.request_head_bytes * _PARSER_SLACK:
                self._give_up(HeadTooLarge("the request's head is too large"))
            elif self._head_deadline is None:
                self._await_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_arrived()
        super().connection_lost(exc)
        if self.heir is not None:
            self.heir.connection_lost(exc)  # type: ignore[arg-type]  # as asyncio calls it

    def _await_head(self) -> None:
        timeout = self._receiver.limits.header_timeout_s
        self._head_deadline = self._loop.call_later(timeout, self._head_is_late)

    def _head_arrived(self) -> None:
        self._head_bytes = 0
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _head_is_late(self) -> None:
        self._head_deadline = None
        timeout = self._receiver.limits.header_timeout_s
        self._give_up(RequestTimeout(f"no whole request head came within {timeout:g} s"))

    def _give_up(self, error: GatewayError) -> None:
        if self.transport is not None and self._head_bytes:
            self._receiver.refuse_unparsed(self.transport, error)
        self.force_close()

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing of what aiohttp meets on a connection that is closed already.

        A client that leaves, or a stop, while aiohttp discards the rest of a refused body is no
        fault; our own are logged by the handler.
        """
        if self.transport is not None:
            super().log_exception(*args, **kwargs)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the parser refused; aiohttp calls this in place of the handler."""
        if self.transport is not None:
            self._receiver.refuse_unparsed(self.transport, _parser_error(exc, message))
        return SENT_LAST


def _parser_error(exc: BaseException | None, message: str | None) -> GatewayError:
    if isinstance(exc, LineTooLong):
        if bytes(exc.args[0]).startswith((b"/", b"http:", b"https:")):
            return TargetTooLong("the request target is too long")
        return HeadTooLarge("a field of the request is too large")
    if isinstance(exc, InvalidURLError):  # whose message is the URL, tokens and all
        return BadRequest("the request target is no URL")
    reason = (message or "not HTTP/1.1").partition(":\n")[0].strip()
    if reason == "Too many headers received":
        return HeadTooLarge("the request has too many fields")
    if reason.startswith("Bad status line"):  # aiohttp's word for any first line
        reason = "its first line is no request line of HTTP/1.1"
    if "PRI" in reason:  # the preface of HTTP/2 (RFC 9113, 3.4)
        return VersionUnsupported("HTTP/2 is not spoken here; use HTTP/1.1")
    return BadRequest(f"the request is malformed: {reason}")


class DownstreamServer(web.Server):
    """Makes one DownstreamProtocol for each connection."""

    def __init__(self, receiver: Receiver, **kwargs: Any) -> None:
        super().__init__(receiver.handle, handler_cancellation=True)
        self._receiver = receiver
        self._protocol_kwargs = kwargs

    def __call__(self) -> RequestHandler:
        return DownstreamProtocol(self._receiver, self, loop=self._loop, **self._protocol_kwargs)

    def pre_shutdown(self) -> None:
        """Close idle connections; let busy ones finish their request.

        aiohttp's own closes busy ones for reading, so that an upload under way hangs, and leaves
        idle ones open and deaf until the drain is over.
        """
        for connection in self.connections:
            # One without a waiter is serving a request, or discarding the rest of a refused body.
            idle = connection._waiter is not None and not connection._messages
            # One that is new may have its first request on its way.
            if idle and connection._request_count:
                connection.force_close()
            else:
                connection.keep_alive(False)


class _Sent:
    """Stands in for a response that we wrote to the transport ourselves."""

    __slots__ = ("keep_alive",)

    def __init__(self, keep_alive: bool) -> None:
        self.keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


SENT = cast(web.StreamResponse, _Sent(keep_alive=True))
SENT_LAST = cast(web.StreamResponse, _Sent(keep_alive=False))
