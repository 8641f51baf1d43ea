"""The network test's WebSocket: it sends back what it gets, for a while (RFC 6455).

It ends with a Close of ours after ECHO_S or MOST_FRAMES, when the worker stops, or as its client
wishes.
"""

import asyncio
from collections.abc import Callable

from sigproxy.exchange import Exchange, Observers, Side
from sigproxy.gateway.downstream.request import Request
from sigproxy.gateway.downstream.response_writer import ResponseWriter
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.transport import ROOM
from sigproxy.gateway.tunnel_side import lost
from sigproxy.semantics import fields as f
from sigproxy.semantics.echo import echo
from sigproxy.semantics.fields import Field
from sigproxy.semantics.frames import SERVICE_RESTART, close_frame

ECHO_S = 180.0  # the long test holds one for 120 s
MOST_FRAMES = 1000
# After our Close: how long the client may take to close, and then to read what was written.
CLOSE_HANDSHAKE_S = 5.0
FLUSH_S = 5.0

_POLICY = 1008  # RFC 6455, 7.4.1: for what has no code of its own; the reason says more


class Echo(asyncio.BufferedProtocol):
    """One such WebSocket, after its 101; ``closed`` is done when the connection is lost."""

    def __init__(self, exchange: Exchange, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._exchange = exchange
        self._transport = transport
        self._begun = b""  # of a frame that is not whole yet
        self._frames = 0
        self._is_over = False  # a Close has gone out
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._timer = self._loop.call_later(ECHO_S, self._end, _POLICY, b"%d s are over" % ECHO_S)

    def get_buffer(self, sizehint: int) -> memoryview:
        return ROOM

    def buffer_updated(self, nbytes: int) -> None:
        self.take(bytes(ROOM[:nbytes]))

    def take(self, data: bytes) -> None:
        """Answer what the client has sent."""
        self._exchange.received += len(data)
        if self._is_over:
            return
        echoed = echo(self._begun + data)
        self._begun = echoed.rest
        self._frames += echoed.frames
        self._send(echoed.answer)
        if echoed.close_code is not None:
            self._close("client", echoed.close_code)
        elif self._frames > MOST_FRAMES:
            self._end(_POLICY, b"%d frames are over" % MOST_FRAMES)

    def pause_writing(self) -> None:
        self._transport.pause_reading()  # what is not read is not answered

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        if self._exchange.closed_by is None:
            self._exchange.error, self._exchange.detail = lost("client", exc)
        self._note("client", None)
        if not self.closed.done():
            self.closed.set_result(None)

    def say_goodbye(self) -> None:
        self._end(SERVICE_RESTART, b"")

    def abort(self) -> None:
        self._timer.cancel()
        self._note("gateway", None)
        self._transport.abort()

    def _send(self, data: bytes) -> None:
        if data and not self._transport.is_closing():
            self._exchange.sent += len(data)
            self._transport.write(data)

    def _end(self, code: int, reason: bytes) -> None:
        """Send our Close."""
        if not self._is_over:
            self._send(close_frame(code, reason))
            self._is_over = True
            self._note("gateway", code)
            self._arm(CLOSE_HANDSHAKE_S, self._hang_up)

    def _close(self, side: Side, code: int) -> None:
        """Hang up: the answer to the client's Close is out, and a server closes first (7.1.1)."""
        self._is_over = True
        self._note(side, code)
        self._hang_up()

    def _hang_up(self) -> None:
        self._arm(FLUSH_S, self.abort)
        self._transport.close()

    def _arm(self, delay_s: float, callback: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(delay_s, callback)

    def _note(self, side: Side, code: int | None) -> None:
        if self._exchange.closed_by is None:
            self._exchange.closed_by, self._exchange.close_code = side, code


async def serve(
    request: Request,
    exchange: Exchange,
    writer: ResponseWriter,
    fields: list[Field],
    drain: Drain,
    observers: Observers,
) -> None:
    """Send the 101 with *fields*; return when the connection is lost."""
    transport = writer.transport
    transport.write(f.serialize(b"HTTP/1.1 101 Switching Protocols", fields))
    side = Echo(exchange, transport)
    transport.set_protocol(side)
    early = request.connection.detach(side)
    request.connection.flow.transfer_to(side)
    exchange.status = 101
    exchange.websocket = True
    observers.opened(exchange)
    if early:
        side.take(early)
    await drain.until_closed(side)
