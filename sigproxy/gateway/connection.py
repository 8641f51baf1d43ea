"""One connection to an upstream: a request out, its response in."""

import asyncio
import ssl
from collections.abc import Callable
from enum import Enum
from time import monotonic
from typing import cast

from aiohttp import http
from aiohttp.streams import StreamReader

from sigproxy.errors import (
    BadResponse,
    ConnectionTerminated,
    GatewayError,
    ResponseTimeout,
)
from sigproxy.gateway.parsing import SilentBody, check_response_head, response_grammar
from sigproxy.gateway.reader import AHEAD_BYTES, MessageReader
from sigproxy.gateway.transport import Deadline, Flow, unread
from sigproxy.policies.limits import Limits
from sigproxy.semantics.authority import Authority

Head = http.RawResponseMessage
Interim = Callable[[Head], None]

CLOSING_S = 1.0  # until it is over, a connection that is closed is still a descriptor
MOST_INTERIM = 64  # 103s for one page are few


class State(Enum):
    """What the upstream may send now."""

    IDLE = "nothing: no request is under way"
    HEAD = "a response's head"
    BODY = "the rest of its body"
    WHOLE = "nothing more: the response has come"
    SWITCHED = "bytes of another protocol"
    CLOSED = "nothing that anybody reads"


class Connection(asyncio.Protocol):
    """Sends one request at a time and reads its response's head; the body is a StreamReader."""

    __slots__ = (
        *("_behind", "_deadline", "_error", "_head", "_heir", "_is_ended", "_is_last"),
        *("_limits", "_loop", "_reader", "_state", "_timeout_s", "_tls", "_waiter"),
        *(
            "address",
            "authority",
            "flow",
            "idle_since_s",
            "is_lost",
            "owner",
            "reusable_s",
            "reused",
        ),
        *("transport", "verified_s"),
    )

    def __init__(self, authority: Authority, loop: asyncio.AbstractEventLoop) -> None:
        self.authority = authority
        self.address = ""
        self.reused = False
        self.idle_since_s = 0.0
        self.verified_s = 0.0
        self.is_lost = False
        self.transport: asyncio.Transport
        self._tls: ssl.SSLObject | None = None
        self._loop = loop
        self.flow = Flow(loop)
        self._deadline = Deadline(loop, self._is_late)
        self._timeout_s = 0.0
        self._state = State.IDLE
        self._limits: Limits | None = None
        self._reader: MessageReader[Head]
        self._head: tuple[Head, StreamReader] | None = None  # for ``read_head``
        self._behind = b""  # what has come and waits for its turn
        self._is_ended = False  # nothing comes after that
        self._is_last = False  # the upstream has said so, or it cannot be told
        self._waiter: asyncio.Future[None] | None = None
        self._error: GatewayError | None = None
        self._heir: asyncio.BaseProtocol | None = None

    @property
    def is_usable(self) -> bool:
        """False once the upstream has closed, or sent what nobody asked for."""
        return not (self._is_last or self._is_ended or self.transport.is_closing())

    @property
    def is_between_messages(self) -> bool:
        """Whether the response has come, all of it, and nothing after it."""
        return self._state in (State.IDLE, State.WHOLE) and not self._behind

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, once the upstream's certificate has been verified."""
        self.verified_s = monotonic()
        self.transport = cast(asyncio.Transport, transport)
        self.flow.made(self.transport)
        self._tls = transport.get_extra_info("ssl_object")

    def expect(self, method: str, limits: Limits) -> None:
        """Prepare for the response to a request with *method*."""
        if limits is not self._limits:
            self._limits = limits
            self._reader = MessageReader(response_grammar(limits), self.flow, self._loop)
        self._reader.next(bodiless=method == "HEAD")
        self._state = State.HEAD

    def rest(self) -> None:
        """Expect nothing: whatever comes before the next request ends the connection."""
        self._state = State.IDLE

    def data_received(self, data: bytes) -> None:
        if self._behind or self._has_interim:
            self._behind += data
            if len(self._behind) > AHEAD_BYTES:
                self.flow.hold()
        else:
            self._read(data)

    def _read(self, data: bytes) -> None:
        """Follow *data* up to an interim response, the end, or the end of this turn."""
        while data:
            if self._state is State.HEAD:
                data = self._read_head(data)
                if self._has_interim:
                    self._behind = data  # an interim response goes first
                    return
            elif self._state is State.BODY:
                _, data = self._reader.feed(data)
                if self._reader.is_whole:
                    self._state = State.WHOLE
                elif self._reader.fault is not None:
                    self.close()
                elif data:
                    self._behind = data
                    self.flow.hold()
                    self._loop.call_soon(self._go_on)
                    return
            elif self._state is State.SWITCHED:
                self._behind = data
                return
            elif self._state is State.WHOLE and not data.strip(b"\r\n"):
                return  # RFC 9112, 2.2: old servers end a body with an empty line
            elif self._state is State.CLOSED:
                return
            else:  # nobody asked for more
                self.close()

    @property
    def _has_interim(self) -> bool:
        """Whether an interim response waits to be taken: one at a time is kept."""
        return self._head is not None and self._state is State.HEAD

    def _go_on(self) -> None:
        """Follow what has been kept: an interim response was taken, or it is our turn again."""
        data, self._behind = self._behind, b""
        self._read(data)
        if not self._behind:
            self.flow.release()
        if self._is_ended:
            self._end()

    def _read_head(self, data: bytes) -> bytes:
        """Follow *data* up to a head's end; return what is behind it."""
        try:
            head, rest = self._reader.feed(data)
            if head is not None:
                self._begin(head)
        except GatewayError as error:
            self._fail(error)
            self.close()
            return b""
        return rest

    def _begin(self, head: Head) -> None:
        assert self._limits is not None
        check_response_head(head, self._limits)
        self._head = head, self._reader.body
        if head.code == 101:
            self._state = State.SWITCHED
        elif head.code < 200:
            bytes_ = self._reader.head_bytes
            self._reader.next(bodiless=self._reader.bodiless)
            if not self._reader.spend(bytes_, 0):
                raise BadResponse("the upstream sends interim responses without end")
        else:
            self._is_last = self._is_last or bool(head.should_close)
            self._state = State.WHOLE if self._reader.is_whole else State.BODY
        self._wake()

    def answer_within(self, timeout_s: float) -> None:
        """Have ``read_head`` raise ResponseTimeout if it has no head by then."""
        self._timeout_s = timeout_s
        self._deadline.set(timeout_s)

    async def read_part(self, timeout_s: float) -> bytes:
        """Return the next part of the response's body, b"" at its end; raise BrokenBody."""
        self.answer_within(timeout_s)
        try:
            part: bytes = await self._reader.body.readany()
        finally:
            self._deadline.clear()
        return part

    def _is_late(self) -> None:
        if self._state is State.BODY:
            self._reader.body.set_exception(SilentBody(f"nothing came for {self._timeout_s:g} s"))
            return
        self._fail(ResponseTimeout(f"{self.authority} did not answer within {self._timeout_s:g} s"))

    async def read_head(self, interim: Interim) -> tuple[Head, StreamReader]:
        """Return the final response's head and body; give each 1xx before it to *interim*."""
        interims = 0
        while True:
            if self._head is None and self._behind:
                self._go_on()
            if self._head is None:
                await self._next()
                continue
            (head, body), self._head = self._head, None
            if head.code >= 200 or head.code == 101:
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
        """Have whoever waits for a head, now or later, get *error*."""
        self._is_last = True
        self._error = self._error or error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._error)

    def write(self, data: bytes) -> None:
        if self.transport.is_closing():
            raise ConnectionTerminated("the upstream closed the connection")
        self.transport.write(data)

    async def drain(self) -> None:
        """Wait while the upstream takes no more; raise ConnectionTerminated if it has gone."""
        try:
            await self.flow.drain()
        except ConnectionError as error:
            raise ConnectionTerminated("the upstream closed the connection") from error

    def pause_writing(self) -> None:
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        self.flow.resume_writing()

    def hand_over(self, heir: asyncio.BaseProtocol) -> bytes:
        """Leave the connection to *heir*; return what has come behind the 101.

        TLS transports may have scheduled the news of the end for us before that.
        """
        self._heir = heir
        self._deadline.cancel()
        self.flow.release()
        del self._reader  # a WebSocket may stay for hours
        return self._behind

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self._heir is None:
            for part in unread(self._tls):
                self.data_received(part)
        self._tls = None
        self.is_lost = self._is_ended = True
        self._deadline.cancel()
        self.flow.lost()
        if self._heir is not None:
            self._heir.connection_lost(exc)
        elif exc is not None:
            self._behind = b""
            self._break_off(f"connection lost: {exc}")
            self._end()
        elif not self._behind or self._state is State.SWITCHED:
            self._end()

    def _end(self) -> None:
        """Read the end of the connection, after all that came before it."""
        if self._state is State.BODY:
            self._reader.feed_eof()
        self._fail(ConnectionTerminated("the upstream closed the connection before it answered"))

    def _break_off(self, reason: str) -> None:
        """Have whoever reads the response's body get an error, unless it is whole."""
        if self._state is State.BODY:
            self._reader.break_off(reason)

    def close(self) -> None:
        """Close, though the upstream may never answer our closing alert, or take our last bytes."""
        self._state = State.CLOSED
        self._deadline.clear()
        if self.transport.get_write_buffer_size():  # of an exchange that is over
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.close()
            self._loop.call_later(CLOSING_S, self._abandon)

    def _abandon(self) -> None:
        if not self.is_lost:
            self.transport.abort()

    def break_off(self, reason: str) -> None:
        """End the connection under whoever is reading from it."""
        self._break_off(f"connection lost: {reason}")
        self._state = State.CLOSED
        if not self.transport.is_closing():
            self.transport.abort()
