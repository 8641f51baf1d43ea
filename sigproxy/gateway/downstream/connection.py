"""A client's connection: its requests are served one after the other."""

import asyncio
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, cast

from sigproxy.errors import GatewayError, LimitError, RequestError, RequestTimeout
from sigproxy.gateway.admission import descriptors
from sigproxy.gateway.downstream.closing import ClosingWatch, drop_rest
from sigproxy.gateway.downstream.request import ClientStalled, Receiver, Request
from sigproxy.gateway.downstream.request_grammar import request_grammar
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.reader import REQUEST_PART_BYTES, RESPONSE_PART_BYTES, MessageReader
from sigproxy.gateway.stall import STALL_S
from sigproxy.gateway.transport import ROOM, Deadline, Flow, peer_address, reset
from sigproxy.semantics import client_tls, stun

# The rest of a refused body is read for this long: closing with unread bytes sends a reset, which
# can destroy the response before the client reads it (RFC 9112, 9.6).
LINGERING_S = 5.0
REFUSED_S = 1.0  # a connection beyond a limit waits this long for its request, then is refused


class DownstreamProtocol(asyncio.BufferedProtocol):
    """Serves the requests of one connection; while one is served, later bytes wait."""

    __slots__ = (
        *("__weakref__", "_behind", "_close_after", "_closing", "_connections", "_deadline"),
        *("_keepalive_s", "_loop", "_may_be_stun", "_read_closed", "_reader", "_receiver"),
        *("_made_s", "_successor"),
        *("flow", "owner", "peer", "refusal", "served", "task", "transport"),
    )

    def __init__(
        self,
        receiver: Receiver,
        connections: "set[DownstreamProtocol]",
        keepalive_s: float,
        loop: asyncio.AbstractEventLoop,
        peer: str = "",
    ) -> None:
        """*peer* is the client's address from a PROXY protocol header; "": that of the socket."""
        self._receiver = receiver
        self._connections = connections
        self._keepalive_s = keepalive_s
        self._loop = loop
        self.flow = Flow(loop)
        self._deadline = Deadline(loop, self._deadline_passed)
        self._reader = MessageReader(request_grammar(receiver.limits), self.flow, loop)
        self.owner = PoolOwner()  # of the pooled connections to upstreams
        self.transport: asyncio.Transport | None = None
        self.peer = peer
        self.refusal: LimitError | None = None  # the error for every request on this connection
        self.served = 0
        self.task: asyncio.Task[None] | None = None  # serves the exchange under way
        self._may_be_stun = receiver.relays  # so far
        self._behind = b""
        self._closing = ClosingWatch(loop, receiver.limits.body_rate_bytes_s)
        self._read_closed = False  # no more HTTP can be read
        self._close_after = False  # the current exchange is the last one
        self._successor: asyncio.BaseProtocol | None = None
        self._made_s = 0.0  # on the loop's clock, after the TLS handshake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._made_s = self._loop.time()
        is_tls = transport.get_extra_info("ssl_object") is not None
        opens = self._receiver.limits.fast_uploads or not is_tls
        self.flow.made(self.transport, RESPONSE_PART_BYTES, opens=opens)
        self.peer = self.peer or peer_address(transport)
        self._connections.add(self)
        self.refusal = self._receiver.quota.connect(self.peer)
        sock = transport.get_extra_info("socket")
        if self.refusal is None and descriptors.are_scarce(sock.fileno()):
            self.refusal = descriptors.exhausted()
        header_timeout_s = self._receiver.limits.header_timeout_s
        self._deadline.set(header_timeout_s if self.refusal is None else REFUSED_S)

    def get_buffer(self, sizehint: int) -> memoryview:
        return ROOM

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(ROOM[:nbytes])
        if self._may_be_stun:
            self._may_be_stun = False
            if stun.may_begin(data):
                self._relay(data)
                return
        if self._behind or self._reader.is_whole:
            self._keep(data)
        else:
            self._read(data)

    def _relay(self, data: bytes) -> None:
        """Leave a connection that begins with STUN to the relay."""
        if self.refusal is not None:
            self._receiver.refuse_unparsed(self.peer, self.refusal, None)
            self.close()
            return
        self.task = self._loop.create_task(self._relayed(self._receiver.relay(self, data)))

    async def _relayed(self, relaying: Coroutine[Any, Any, None]) -> None:
        try:
            await relaying
        finally:
            self.task = None
            self._left()

    def _read(self, data: bytes) -> None:
        """Read *data* up to the end of a request, or until this connection's turn is over."""
        reader = self._reader
        while data and not self._read_closed:
            if reader.is_whole:
                self._keep(data)
                return
            had_begun = reader.in_head
            try:
                head, data = reader.feed(data)
            except RequestError as error:
                self._refuse(error)
                return
            if head is not None:
                self._deadline.clear()
                self.task = self._loop.create_task(self._serve(Request(head, reader.body, self)))
            elif reader.fault is not None:
                self._read_closed = self._close_after = True
            elif data and not reader.is_whole:
                self._keep(data)
                self.flow.hold()
                self._loop.call_soon(self._go_on)
                return
            elif self.served and reader.in_head and not had_begun:
                self._deadline.set(self._receiver.limits.header_timeout_s)

    def _keep(self, data: bytes) -> None:
        """Keep *data* for later; read some more, so that we notice when the client closes."""
        self._behind += data
        if len(self._behind) > REQUEST_PART_BYTES:
            self.flow.hold()

    def _go_on(self) -> None:
        """Read the kept bytes: a request has ended, or this connection has its next turn."""
        data, self._behind = self._behind, b""
        self.flow.release()
        self._read(data)

    async def _serve(self, request: Request) -> None:
        stays = False
        try:
            keeps = await self._receiver.handle(request)
            if not request.body.is_eof():
                self._close_after = True
                await drop_rest(request.body, self._is_open, LINGERING_S)
            with suppress(ConnectionError):
                await self.drain()  # else the responses to pipelined requests would pile up
                stays = keeps
        finally:
            self.task = None
            self.served += 1
            if self._successor is not None:
                self._left()
            elif stays and not self._close_after:
                self._next()
            else:
                self.close()

    def _is_open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    async def drain(self) -> None:
        """Wait until the client accepts more; raise ClientStalled, or ConnectionResetError."""
        if not self.flow.writing_paused:
            return
        try:
            await self.flow.drain_within(STALL_S, self._receiver.limits.body_rate_bytes_s)
        except TimeoutError:
            if self.transport is not None:
                reset(self.transport)
            raise ClientStalled(f"the client has taken next to nothing for {STALL_S:g} s") from None

    def _next(self) -> None:
        self._deadline.set(self._keepalive_s)
        self._reader.next()
        self._go_on()

    def _deadline_passed(self) -> None:
        if self.transport is not None and self.transport.is_closing():
            self._closing.watch(self.transport, STALL_S)
        elif self.refusal is not None and not self.served:
            self._refuse(self.refusal)
        elif self._reader.in_head:
            timeout = self._receiver.limits.header_timeout_s
            self._refuse(RequestTimeout(f"no whole request head came within {timeout:g} s"))
        else:
            self.close()

    def _refuse(self, error: GatewayError) -> None:
        if self.transport is not None and self._is_open():
            self._receiver.refuse_unparsed(self.peer, error, self.transport.write)
        self.close()

    @property
    def is_arriving(self) -> bool:
        """Whether a request may be arriving: the first one, or one whose head has begun."""
        if self.task is not None or self._read_closed:
            return False
        return not self.served or self._reader.in_head

    def finish(self) -> None:
        """Close after the current exchange, or at once if the connection is idle.

        A new connection stays open: its first request may be arriving.
        """
        self._close_after = True
        if self.task is None and not self.is_arriving:
            self.close()

    def close(self) -> None:
        """Close once everything written has been sent, or the client has stalled."""
        self._read_closed = self._close_after = True
        if self.transport is not None:
            self._deadline.set(LINGERING_S)
            if not self.transport.is_closing():
                self.transport.close()

    def detach(self, successor: asyncio.BaseProtocol) -> bytes:
        """Hand the connection to *successor*; return the bytes received after the request.

        A TLS transport may already have scheduled our connection_lost; we then pass it on.
        """
        self._successor = successor
        self._receiver.client_left(self.owner)
        self._stop_timers()
        self.flow.release()
        self.flow.resume_reading()
        del self._reader  # a WebSocket may stay for hours
        return self._behind

    def pause_writing(self) -> None:
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        self.flow.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        self._receiver.client_left(self.owner)
        self.flow.lost()
        self.flow.connected = False
        transport, self.transport = self.transport, None
        self._read_closed = True
        if self._successor is not None:
            self._successor.connection_lost(exc)
            return
        self._left()
        if self.task is not None:
            self.task.cancel()
        elif not self._close_after and transport is not None:
            self._report_early_end(transport, exc)

    def _report_early_end(self, transport: asyncio.Transport, exc: Exception | None) -> None:
        """Report a client that has closed before its request was whole, or without any."""
        is_tls = transport.get_extra_info("ssl_object") is not None
        fault = client_tls.left_early(
            str(exc) if isinstance(exc, ssl.SSLError) else None,
            is_in_head=self._reader.in_head,
            is_unused=is_tls and not self.served,
            after_s=self._loop.time() - self._made_s,
        )
        if fault is not None:
            self._receiver.connection_failed(self.peer, fault, self._made_s)

    def _stop_timers(self) -> None:
        self._deadline.cancel()
        self._closing.stop()

    def _left(self) -> None:
        self._connections.discard(self)
        self._receiver.quota.disconnect(self.peer)
