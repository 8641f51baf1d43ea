"""One connection to an upstream: a request out, its response in, off aiohttp's parser."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import cast

from aiohttp import http
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from sigproxy.errors import BadResponse, ConnectionTerminated, ResponseTimeout, UpstreamError
from sigproxy.gateway.parsing import (
    BrokenBody,
    SilentBody,
    check_response_head,
    is_between_responses,
    reason_of,
    response_error,
    response_head_too_large,
    response_parser,
)
from sigproxy.gateway.transport import Deadline, Flow, unread
from sigproxy.policies.limits import Limits
from sigproxy.semantics.authority import Authority

Head = http.RawResponseMessage
Interim = Callable[[Head], None]

CLOSING_S = 1.0  # until it is over, a connection that is closed is still a descriptor
MOST_INTERIM = 64  # 103s for one page are few; a flood would be buffered for a client that stalls
_BODILESS = frozenset({204, 304})  # RFC 9110, 6.4.1


class Connection(asyncio.Protocol):
    """Sends one request at a time and reads its response's head; the body is a StreamReader."""

    __slots__ = (
        *("_body", "_deadline", "_error", "_flow", "_head_bytes", "_heads", "_heir"),
        *("_is_answered", "_is_expecting", "_is_spent", "_is_switched", "_limits", "_loop"),
        *("_parser", "_parses_bodies", "_tail", "_timeout_s", "_tls", "_waiter"),
        *("address", "authority", "idle_since_s", "is_lost", "reused", "transport", "verified_s"),
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
        self._flow = Flow(loop)
        self._deadline = Deadline(loop, self._is_late)
        self._timeout_s = 0.0
        self._parser: HttpResponseParser | None = None
        self._parses_bodies = False
        self._is_expecting = False  # of a response
        self._limits: Limits  # of the exchange under way
        self._head_bytes = 0
        self._heads: deque[tuple[Head, StreamReader]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: UpstreamError | None = None
        self._body: StreamReader = EMPTY_PAYLOAD
        self._is_answered = False  # the final head is there
        self._is_spent = False  # it can serve no other exchange
        self._is_switched = False
        self._tail = b""  # behind a 101
        self._heir: asyncio.BaseProtocol | None = None

    @property
    def is_usable(self) -> bool:
        """False once the upstream has closed, or sent what nobody asked for."""
        return not (
            self._is_spent or self._heads or self.transport.is_closing() or not self._body.is_eof()
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, once the upstream's certificate has been verified."""
        self.verified_s = monotonic()
        self.transport = cast(asyncio.Transport, transport)
        self._flow.made(self.transport)
        self._tls = transport.get_extra_info("ssl_object")

    def expect(self, method: str, limits: Limits) -> None:
        """Prepare for the response to a request with *method*."""
        self._limits = limits
        self._head_bytes = 0
        self._body = EMPTY_PAYLOAD
        self._is_answered = False
        self._is_expecting = True
        with_body = method != "HEAD"
        if self._parser is not None and with_body == self._parses_bodies:
            return
        self._parses_bodies = with_body
        self._parser = response_parser(self._flow, self._loop, limits, with_body=with_body)

    @property
    def is_between_messages(self) -> bool:
        """False if something of a next message, or a trailer, came behind the response."""
        return self._parser is not None and is_between_responses(self._parser)

    def rest(self) -> None:
        """Expect nothing: whatever comes before the next request ends the connection."""
        self._is_expecting = False

    def data_received(self, data: bytes) -> None:
        while data and self._error is None and len(self._heads) <= MOST_INTERIM:
            if self._is_switched:
                self._tail += data
                return
            if self._parser is None or not self._is_expecting:
                return self.close()
            if self._is_answered and self._body.is_eof():
                return self.close()  # nobody asked for more
            # A head by itself: where what is behind it is wrong, the parser would keep it.
            end = len(data) if self._is_answered else _end_of_head(data)
            self._parse(self._parser, data[:end])
            data = data[end:]

    def _parse(self, parser: HttpResponseParser, data: bytes) -> None:
        try:
            messages, self._is_switched, tail = parser.feed_data(data)
        except HttpProcessingError as error:
            self._fail(response_error(error, self._limits))
            self._fail_body(reason_of(error))
            self.close()
            return
        for head, body in messages:
            if self._is_answered:  # nobody asked for more, and somebody may still read the body
                self._is_spent = True
                break
            self._body = body
            self._is_answered = head.code >= 200
            self._is_spent = self._is_spent or bool(head.should_close)
            bodiless = head.code < 200 or head.code in _BODILESS
            self._heads.append((head, EMPTY_PAYLOAD if bodiless else body))
        if self._is_switched:
            self._tail = tail
        if messages:
            self._head_bytes = 0
            self._wake()
        elif not self._is_answered:
            self._head_goes_on(len(data))

    def _head_goes_on(self, length: int) -> None:
        self._head_bytes += length
        if self._head_bytes > self._limits.response_head_bytes:
            self._fail(response_head_too_large(self._limits))
            self.close()

    def answer_within(self, timeout_s: float) -> None:
        """Have ``read_head`` raise ResponseTimeout if it has no head by then."""
        self._timeout_s = timeout_s
        self._deadline.set(timeout_s)

    async def read_part(self, timeout_s: float) -> bytes:
        """Return the next part of the response's body, b"" at its end; raise BrokenBody."""
        self.answer_within(timeout_s)
        try:
            part: bytes = await self._body.readany()
        finally:
            self._deadline.clear()
        return part

    def _is_late(self) -> None:
        if self._is_answered:
            self._body.set_exception(SilentBody(f"nothing came for {self._timeout_s:g} s"))
            return
        self._fail(ResponseTimeout(f"{self.authority} did not answer within {self._timeout_s:g} s"))

    async def read_head(self, interim: Interim) -> tuple[Head, StreamReader]:
        """Return the final response's head and body; give each 1xx before it to *interim*."""
        interims = 0
        while True:
            if not self._heads:
                await self._next()
            head, body = self._heads.popleft()
            check_response_head(head, self._limits)
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

    def _fail(self, error: UpstreamError) -> None:
        """Have whoever waits for a head, now or later, get *error*."""
        self._is_spent = True
        self._error = self._error or error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._error)

    def _fail_body(self, reason: str) -> None:
        """Have whoever reads the response's body get an error, unless it is whole."""
        if not self._body.is_eof():
            self._body.set_exception(BrokenBody(reason))

    def write(self, data: bytes) -> None:
        if self.transport.is_closing():
            raise ConnectionTerminated("the upstream closed the connection")
        self.transport.write(data)

    async def drain(self) -> None:
        """Wait while the upstream takes no more; raise ConnectionTerminated if it has gone."""
        try:
            await self._flow.drain()
        except ConnectionError as error:
            raise ConnectionTerminated("the upstream closed the connection") from error

    def pause_writing(self) -> None:
        self._flow.pause_writing()

    def resume_writing(self) -> None:
        self._flow.resume_writing()

    def hand_over(self, heir: asyncio.BaseProtocol) -> bytes:
        """Leave the connection to *heir*; return what has come behind the 101.

        TLS transports may have scheduled the news of the end for us before that.
        """
        self._heir = heir
        self._deadline.cancel()
        self._flow.bequeath(heir)
        self._parser = None
        return self._tail

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self._heir is None:
            for part in unread(self._tls):
                self.data_received(part)
        self._tls = None
        self.is_lost = True
        self._deadline.cancel()
        self._flow.lost()
        if self._heir is not None:
            self._heir.connection_lost(exc)
            return
        if exc is not None:
            self._fail_body(f"connection lost: {exc}")
        elif self._parser is not None and not self._body.is_eof():
            try:
                self._parser.feed_eof()  # the end of a body without a length
            except HttpProcessingError as error:
                self._fail_body(reason_of(error))
        self._fail(ConnectionTerminated("the upstream closed the connection before it answered"))
        self._parser = None

    def close(self) -> None:
        """Close, though the upstream may never answer our closing alert, or take our last bytes."""
        self._is_spent = True
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
        self._fail_body(f"connection lost: {reason}")
        self._is_spent = True
        if not self.transport.is_closing():
            self.transport.abort()


def _end_of_head(data: bytes) -> int:
    blank_line = data.find(b"\r\n\r\n")
    return len(data) if blank_line < 0 else blank_line + 4
