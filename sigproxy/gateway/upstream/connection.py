"""One connection to an upstream: send a request, read its response."""

import asyncio
import ssl
from collections.abc import Callable
from time import monotonic
from typing import cast

from aiohttp.streams import StreamReader

from sigproxy.errors import (
    BadResponse,
    ConnectionTerminated,
    GatewayError,
    ResponseTimeout,
)
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.reader import REQUEST_PART_BYTES, RESPONSE_PART_BYTES
from sigproxy.gateway.transport import Deadline, Flow, unread
from sigproxy.gateway.upstream.response_grammar import SilentBody
from sigproxy.gateway.upstream.response_reader import Head, ResponseReader, State, Turn
from sigproxy.policies.limits import Limits
from sigproxy.semantics.authority import Authority

Interim = Callable[[Head], None]

CLOSING_S = 1.0  # then a closing connection, which still uses a descriptor, is aborted
MOST_INTERIM = 64  # far more than the 103 (Early Hints) responses for one page


class Connection(asyncio.Protocol):
    """Sends one request at a time and reads the response's head; its body is a StreamReader."""

    __slots__ = (
        *("_cut_by", "_deadline", "_error", "_successor", "_loop", "_reader", "_timeout_s", "_tls"),
        "_waiter",
        *("address", "authority", "flow", "idle_since_s", "idle_until_s", "is_bound", "is_lost"),
        *("owner", "promised_s", "reused", "transport", "verified_s"),
    )

    def __init__(self, authority: Authority, loop: asyncio.AbstractEventLoop) -> None:
        self.authority = authority
        self.address = ""
        self.reused = False
        self.owner: PoolOwner | None = None  # the only client that may use it; None: all may
        self.is_bound = False  # to its owner, since the owner's login is for the connection
        self.promised_s: float | None = None  # how long it may be idle, if the upstream says so
        self.idle_since_s = self.idle_until_s = 0.0
        self.verified_s = 0.0
        self.is_lost = False
        self.transport: asyncio.Transport
        self._tls: ssl.SSLObject | None = None
        self._loop = loop
        self.flow = Flow(loop)
        self._deadline = Deadline(loop, self._deadline_passed)
        self._timeout_s = 0.0
        self._reader = ResponseReader(self.flow, loop)
        self._waiter: asyncio.Future[None] | None = None
        self._error: GatewayError | None = None
        self._cut_by: Exception | None = None  # the error that ended the connection, if any
        self._successor: asyncio.BaseProtocol | None = None

    @property
    def is_usable(self) -> bool:
        """False once the upstream has closed, or has sent bytes that belong to no response."""
        return not (self._reader.is_last or self.is_lost or self.transport.is_closing())

    @property
    def is_between_messages(self) -> bool:
        """Whether the whole response has been received, and nothing after it."""
        return self._reader.state in (State.IDLE, State.WHOLE) and not self._reader.behind

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: TLS is established, and the upstream's certificate is verified."""
        self.verified_s = monotonic()
        self.transport = cast(asyncio.Transport, transport)
        self.flow.made(self.transport, REQUEST_PART_BYTES)
        self._tls = transport.get_extra_info("ssl_object")

    def expect(self, method: str, limits: Limits) -> None:
        """Prepare for the response to a request with *method*."""
        self._reader.expect(method, limits)

    def mark_idle(self) -> None:
        """Expect no data: bytes that come before the next request close the connection."""
        self._reader.state = State.IDLE

    def data_received(self, data: bytes) -> None:
        if self._reader.state is not State.CLOSED:
            self._follow(self._reader.feed, data)
        if len(self._reader.behind) > RESPONSE_PART_BYTES:
            self.flow.hold()

    def _follow(self, read: Callable[..., Turn], *data: bytes) -> None:
        """Call *read* for one turn, and act on its result."""
        try:
            turn = read(*data)
        except GatewayError as error:
            self._fail(error)
            self.close()
            return
        if self._reader.head is not None:
            self._wake()
        if turn is Turn.STRAY:
            self.close()
        elif turn is Turn.OVER:
            self.flow.hold()
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Read the kept bytes: an interim response was taken, or it is our turn again."""
        if self._reader.state is not State.CLOSED and self._successor is None:
            self._follow(self._reader.go_on)
        if not self._reader.behind:
            self.flow.release()
            if self.is_lost:
                self._end()

    def answer_within(self, timeout_s: float) -> None:
        """Let ``read_head`` raise ResponseTimeout if there is no head after *timeout_s*."""
        self._timeout_s = timeout_s
        self._deadline.set(timeout_s)

    async def read_part(self, timeout_s: float) -> bytes:
        """Return the next part of the response's body, b"" at its end; raise BrokenBody."""
        self.answer_within(timeout_s)
        try:
            part: bytes = await self._reader.body.read(RESPONSE_PART_BYTES)
        finally:
            self._deadline.clear()
        return part

    def _deadline_passed(self) -> None:
        if self._reader.state is State.BODY:
            self._reader.body.set_exception(SilentBody(f"nothing came for {self._timeout_s:g} s"))
            return
        self._fail(ResponseTimeout(f"{self.authority} did not answer within {self._timeout_s:g} s"))

    async def read_head(self, interim: Interim) -> tuple[Head, StreamReader]:
        """Return the final response's head and body; pass each 1xx before it to *interim*."""
        interims = 0
        while True:
            if self._reader.head is None and self._reader.behind:
                self._go_on()
            found = self._reader.take()
            if found is None:
                await self._next()
                continue
            head, body = found
            if head.status >= 200 or head.status == 101:
                self._deadline.clear()
                return head, body
            interims += 1
            if interims > MOST_INTERIM:
                raise BadResponse(f"the upstream sent more than {MOST_INTERIM} interim responses")
            interim(head)

    async def _next(self) -> None:
        if self._error is not None:
            raise self._error
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: GatewayError) -> None:
        """Let ``read_head`` raise *error*, now or when it is called."""
        self._reader.is_last = True
        self._error = self._error or error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._error)

    def write(self, data: bytes) -> None:
        if self.transport.is_closing():
            raise ConnectionTerminated("the upstream closed the connection")
        self.flow.write(data)

    async def drain(self) -> None:
        """Wait until the upstream accepts more; raise ConnectionTerminated if it has gone."""
        try:
            await self.flow.drain()
        except ConnectionError as error:
            raise ConnectionTerminated("the upstream closed the connection") from error

    def pause_writing(self) -> None:
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        self.flow.resume_writing()

    def detach(self, successor: asyncio.BaseProtocol) -> bytes:
        """Hand the connection to *successor*; return the bytes received after the 101.

        A TLS transport may already have scheduled our connection_lost; we then pass it on.
        """
        self._successor = successor
        self._deadline.cancel()
        self.flow.release()
        return self._reader.detach()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self._successor is None:
            for part in unread(self._tls):
                self.data_received(part)
        self._tls = None
        self.is_lost = True
        self._deadline.cancel()
        self.flow.lost()
        if self._successor is not None:
            self._successor.connection_lost(exc)
            return
        self._cut_by = exc
        if not self._reader.behind or self._reader.state is State.SWITCHED:
            self._end()

    def _end(self) -> None:
        """Process the end of the connection, after all bytes before it."""
        if self._cut_by is not None:
            self._reader.break_off(f"connection lost: {self._cut_by}")
        else:
            self._reader.feed_eof()
        self.flow.connected = False
        self._fail(ConnectionTerminated("the upstream closed the connection before it answered"))

    def close(self) -> None:
        """Close, even if the upstream never answers our close_notify or reads our last bytes.

        In the middle of a message the connection is aborted, or the upstream would keep sending.
        """
        is_under_way = not self.is_between_messages
        self._reader.state = State.CLOSED
        self._deadline.clear()
        if is_under_way or self.transport.get_write_buffer_size():  # of an exchange that is over
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.close()
            self._loop.call_later(CLOSING_S, self._abandon)

    def _abandon(self) -> None:
        if not self.is_lost:
            self.transport.abort()

    def break_off(self, reason: str) -> None:
        """Abort the connection; a reader of the body gets an error with *reason*."""
        self._reader.break_off(f"connection lost: {reason}")
        self._reader.state = State.CLOSED
        if not self.transport.is_closing():
            self.transport.abort()
