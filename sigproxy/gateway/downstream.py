"""The client's side of a connection: one request after the other, off aiohttp's parser."""

import asyncio
from contextlib import suppress
from typing import cast

from aiohttp import http
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from sigproxy.errors import BadRequest, GatewayError, HeadTooLarge, LimitError, RequestTimeout
from sigproxy.gateway import descriptors
from sigproxy.gateway.parsing import reason_of, request_error
from sigproxy.gateway.receiver import ClientStalled, MalformedBody, Receiver, Request
from sigproxy.gateway.transport import Deadline, Flow, peer_address, reset
from sigproxy.semantics.boundaries import ChunkedEnd, HeadEnd, LengthEnd

# Beyond a limit of ours the parser goes on a little, so that the answer can carry CORS fields.
_PARSER_SLACK = 2
# Of a body: read ahead of whoever takes it. Of what comes behind a request: kept meanwhile.
_AHEAD_BYTES = 64 * 1024
# What is still to come of a refused body is read for so long: a close with bytes unread is a
# reset, which takes the answer with it (RFC 9112, 9.6).
LINGERING_S = 5.0
STALL_S = 60.0  # nginx's send_timeout; a client that reads nothing holds two connections
REFUSED_S = 1.0  # how long a connection that is one too many may take to ask, and to be told so


class DownstreamProtocol(asyncio.Protocol):
    """Serves the requests of one connection; while one is served, what is behind it waits."""

    __slots__ = (
        "__weakref__",
        "_behind",
        "_body",
        "_body_bytes",
        "_boundary",
        "_connections",
        "_deadline",
        "_head_bytes",
        "_heir",
        "_is_deaf",
        "_is_last",
        "_is_parser_spent",
        "_keepalive_s",
        "_loop",
        "_parser",
        "_receiver",
        "flow",
        "peer",
        "refusal",
        "served",
        "task",
        "transport",
    )

    def __init__(
        self,
        receiver: Receiver,
        connections: "set[DownstreamProtocol]",
        keepalive_s: float,
        loop: asyncio.AbstractEventLoop,
        peer: str = "",
    ) -> None:
        """*peer* is for whom the connection was made, if not for whom it comes from."""
        self._receiver = receiver
        self._connections = connections
        self._keepalive_s = keepalive_s
        self._loop = loop
        self.flow = Flow(loop)
        self._deadline = Deadline(loop, self._is_late)
        self._parser = self._new_parser()
        self._boundary: HeadEnd | LengthEnd | ChunkedEnd = HeadEnd()
        self.transport: asyncio.Transport | None = None
        self.peer = peer
        self.refusal: LimitError | None = None  # of every request on this connection
        self.served = 0
        self.task: asyncio.Task[None] | None = None  # serves the exchange under way
        self._body: StreamReader = EMPTY_PAYLOAD
        self._behind = b""
        self._head_bytes = 0
        self._body_bytes = 0
        self._is_parser_spent = False  # it would not read another request as it should
        self._is_deaf = False  # nothing more can be read as HTTP
        self._is_last = False  # nothing is served behind the exchange under way
        self._heir: asyncio.BaseProtocol | None = None

    def _new_parser(self) -> HttpRequestParser:
        limits = self._receiver.limits
        return HttpRequestParser(
            cast(BaseProtocol, self.flow),  # as far as StreamReader uses one
            self._loop,
            _AHEAD_BYTES,
            max_line_size=limits.request_target_bytes * _PARSER_SLACK,
            max_field_size=limits.request_field_bytes * _PARSER_SLACK,
            max_headers=limits.field_lines,
            payload_exception=MalformedBody,
            auto_decompress=False,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.flow.made(self.transport)
        self.peer = self.peer or peer_address(transport)
        self._connections.add(self)
        self.refusal = self._receiver.quota.connect(self.peer)
        sock = transport.get_extra_info("socket")
        if self.refusal is None and descriptors.are_scarce(sock.fileno()):
            self.refusal = descriptors.exhausted()
        header_timeout_s = self._receiver.limits.header_timeout_s
        self._deadline.set(header_timeout_s if self.refusal is None else REFUSED_S)

    def data_received(self, data: bytes) -> None:
        while data and not self._is_deaf:
            if self.task is not None and self._body.is_eof():
                self._behind += data
                if len(self._behind) > _AHEAD_BYTES:
                    self.flow.pause_reading()
                return
            end = self._boundary.find(data)
            self._parse(data[:end], ends=end is not None)
            data = b"" if end is None else data[end:]

    def _parse(self, data: bytes, *, ends: bool) -> None:
        """Give the parser *data*, with which a head or a body *ends*: it must see no other end."""
        try:
            messages, _, _ = self._parser.feed_data(data)
        except (HttpProcessingError, IndexError, ValueError) as error:  # the latter are yarl's
            self._is_deaf = True
            if self.task is None:
                self._refuse(request_error(error))
            else:
                self._break_body(reason_of(error))
            return
        if self.task is not None:
            if messages or ends != self._body.is_eof():
                self._break_body("where it ends is in doubt")
            else:
                self._body_goes_on(len(data))
        elif not messages:
            self._head_goes_on(len(data))
        elif ends:
            self._begin(*messages[0])
        else:
            self._refuse(BadRequest("where the request's head ends is in doubt"))

    def _begin(self, head: http.RawRequestMessage, body: StreamReader) -> None:
        self._deadline.clear()
        self._head_bytes = self._body_bytes = 0
        self._body = body
        self._is_parser_spent = bool(head.chunked or head.upgrade)
        if head.chunked:
            self._boundary = ChunkedEnd()
        elif not body.is_eof():
            self._boundary = LengthEnd.of(head.headers.get("Content-Length", ""))
        self.task = self._loop.create_task(self._serve(Request(head, body, self)))

    def _head_goes_on(self, length: int) -> None:
        limits = self._receiver.limits
        if not self._head_bytes and self.served:
            self._deadline.set(limits.header_timeout_s)
        self._head_bytes += length
        if self._head_bytes > limits.request_head_bytes * _PARSER_SLACK:
            self._refuse(HeadTooLarge("the request's head is too large"))

    def _body_goes_on(self, length: int) -> None:
        """Count the body as it comes: what is counted elsewhere is its content.

        Chunks of one byte, each with an extension of many KiB, would be a small body for ever.
        """
        self._body_bytes += length
        most = self._receiver.limits.request_body_bytes * _PARSER_SLACK
        if self._body_bytes > most and not self._body.is_eof():
            self._break_body("it has more framing than content")

    def _break_body(self, reason: str) -> None:
        self._is_deaf = self._is_last = True
        self._body.set_exception(MalformedBody(reason))

    async def _serve(self, request: Request) -> None:
        stays = False
        try:
            keeps = await self._receiver.handle(request)
            if not request.body.is_eof():
                await self._discard(request.body)
            with suppress(ConnectionError):
                await self.taken()  # or a pipeline's answers would pile up
                stays = keeps
        finally:
            self.task = None
            self.served += 1
            if self._heir is not None:
                self._left()
            elif stays and not self._is_last:
                self._next()
            else:
                self.close()

    async def taken(self) -> None:
        """Wait while the client takes no more; raise ClientStalled, or ConnectionResetError."""
        if not self.flow.writing_paused:
            return
        try:
            await self.flow.taken(STALL_S)
        except TimeoutError:
            if self.transport is not None:
                reset(self.transport)
            raise ClientStalled(f"the client has taken next to nothing for {STALL_S:g} s") from None

    async def _discard(self, body: StreamReader) -> None:
        """Read what is still to come of the request; whether it ends or not, it is the last."""
        self._is_last = True
        with suppress(TimeoutError, RuntimeError, ConnectionError, MalformedBody):
            async with asyncio.timeout(LINGERING_S):
                while self.transport is not None and not self.transport.is_closing():
                    if not await body.readany():
                        break

    def _next(self) -> None:
        self._deadline.set(self._keepalive_s)
        self._body = EMPTY_PAYLOAD
        self._boundary = HeadEnd()
        if self._is_parser_spent:
            self._is_parser_spent = False
            self._parser = self._new_parser()
        data, self._behind = self._behind, b""
        self.flow.resume_reading()
        self.data_received(data)

    def _is_late(self) -> None:
        if self.transport is not None and self.transport.is_closing():
            if self.flow.progress.is_made(self.transport):
                self._deadline.set(STALL_S)
            else:
                reset(self.transport)  # it takes nothing of what was written
        elif self.refusal is not None and not self.served:
            self._refuse(self.refusal)
        elif self._head_bytes:
            timeout = self._receiver.limits.header_timeout_s
            self._refuse(RequestTimeout(f"no whole request head came within {timeout:g} s"))
        else:
            self.close()

    def _refuse(self, error: GatewayError) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._receiver.refuse_unparsed(self.peer, error, self.transport.write)
        self.close()

    @property
    def is_arriving(self) -> bool:
        """Whether it is in its TLS handshake still, or its first request has yet to come."""
        return not self.served and self.task is None and not self._is_deaf

    def finish(self) -> None:
        """Close once the exchange under way has ended; at once, if the connection is idle.

        One that is new may have its first request on its way.
        """
        self._is_last = True
        if self.task is None and self.served:
            self.close()

    def close(self) -> None:
        """Close once all that was written has been sent, or the client has stalled."""
        self._is_deaf = self._is_last = True
        if self.transport is not None:
            self._deadline.set(STALL_S)
            self.flow.progress.begin(self.transport)
            if not self.transport.is_closing():
                self.transport.close()

    def hand_over(self, heir: asyncio.BaseProtocol) -> bytes:
        """Leave the connection to *heir*; return what has come behind the request.

        TLS transports may have scheduled the news of the end for us before that.
        """
        self._heir = heir
        self._deadline.cancel()
        self.flow.resume_reading()
        self.flow.bequeath(heir)
        del self._parser  # a WebSocket may stay for hours
        return self._behind

    def pause_writing(self) -> None:
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        self.flow.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self.flow.lost()
        self.transport = None
        self._is_deaf = True
        if self._heir is not None:
            self._heir.connection_lost(exc)
            return
        self._left()
        if self.task is not None:
            self.task.cancel()

    def _left(self) -> None:
        self._connections.discard(self)
        self._receiver.quota.disconnect(self.peer)
