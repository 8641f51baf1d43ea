"""One WebSocket after its 101: relay bytes both ways, unchanged (RFC 6455).

Both connections get a protocol of ours without a queue: bytes read on one side are written to the
other at once. When the other side's buffer is full, reading stops. Nothing is decoded:
subprotocols, permessage-deflate, pings and close codes are between the client and its vendor.
Frame headers are read for three reasons: to send our own Close between two frames, to log the
close code, and to limit empty frames.
"""

import asyncio
import secrets
from collections.abc import Callable

from sigproxy.exchange import (
    CLIENT_STALLED,
    CUT_OFF,
    EMPTY_FRAMES,
    UPSTREAM_STALLED,
    WEBSOCKET_IDLE,
    Side,
)
from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.gateway.transport import Flow
from sigproxy.gateway.tunnel_side import TunnelSide, lost
from sigproxy.semantics.frames import GOING_AWAY, SERVICE_RESTART, close_frame

# After one side has ended: how long the other may take to read what was already written to it.
FLUSH_S = 5.0
# After a client's FIN (plain TCP only; TLS has no half-close): how long data may still come.
HALF_CLOSE_S = 1.0
# After our Close frame: how long its receiver may take to close (RFC 6455, 7.1.1).
CLOSE_HANDSHAKE_S = 5.0


Connected = tuple[asyncio.Transport, Flow]  # one side, before the tunnel


class Tunnel:
    """The two sides of a WebSocket. ``closed`` is done when both connections are lost."""

    __slots__ = (
        *("_exchange", "_goodbye_sent", "_idle_s", "_last_s", "_leaving", "_loop", "_timer"),
        *("client", "closed", "upstream"),
    )

    def __init__(self, context: ForwardContext, client: Connected, upstream: Connected) -> None:
        self._loop = asyncio.get_running_loop()
        self._exchange = context.exchange
        self._idle_s = context.limits.websocket_idle_s
        rate_bytes_s = context.limits.body_rate_bytes_s
        self.client = TunnelSide(self, "client", *client, rate_bytes_s)
        self.upstream = TunnelSide(self, "upstream", *upstream, rate_bytes_s)
        self.client.peer, self.upstream.peer = self.upstream, self.client
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._last_s = self._loop.time()
        self._leaving = False
        self._goodbye_sent = False

    def start(self, early_client: bytes, early_upstream: bytes) -> None:
        """Begin, with the bytes that each side has already sent."""
        self.client.transport.set_protocol(self.client)
        self.upstream.transport.set_protocol(self.upstream)
        self._timer = self._loop.call_later(self._idle_s, self._check_idle)
        if early_upstream:
            self.upstream.take(early_upstream)
        if early_client:
            self.client.take(early_client)

    def pass_on(self, source: TunnelSide, data: bytes) -> bytes:
        """Write *data* to the other side; return the rest that is left for the next turn."""
        self._last_s = self._loop.time()
        if source.is_over:
            return self._read_answer(source, data)
        is_upstream = source.name == "upstream"
        scanner = source.scanner
        headers = scanner.header_bytes
        taken = scanner.feed(data, to_boundary=is_upstream and self._leaving)
        headers = scanner.header_bytes - headers
        if source.is_wasteful(headers, taken - headers):
            self._flooded(source)
            return b""
        part = data[:taken]  # usually all of it, which costs no copy
        if is_upstream:
            self._exchange.sent += taken
        else:
            self._exchange.received += taken
        if not source.peer.transport.is_closing():
            source.peer.queue.write(part)
        if scanner.close_code is not None:
            self._note_close(source.name, scanner.close_code)
        if is_upstream and self._leaving:
            self._send_goodbye()
        return data[taken:]

    def _read_answer(self, source: TunnelSide, data: bytes) -> bytes:
        """Read what came behind our Close, of which nothing may be passed on (RFC 6455, 5.5.1)."""
        if source is self.client:
            source.scanner.feed(data)
            if source.scanner.close_code is not None:
                source.close()  # a server closes first (7.1.1)
        return b""

    def _flooded(self, side: TunnelSide) -> None:
        """Cut off a side that floods the tunnel with nearly empty frames."""
        self._note_error(EMPTY_FRAMES, f"the {side.name} floods the WebSocket with empty frames")
        self._note_close("gateway", None)
        side.cut()

    def half_closed(self, side: TunnelSide) -> bool:
        """Return True to keep *side* open for writing after its peer's FIN."""
        if side.name == "upstream" or side.transport.get_extra_info("ssl_object") is not None:
            return False
        self._note_lost(side, None)
        self._arm(HALF_CLOSE_S, self._end)
        return True

    def ended_by(self, side: TunnelSide, error: Exception | None) -> None:
        """One side's connection is lost: flush the other and close it."""
        self._note_lost(side, error)
        if side.peer.is_lost:
            self._finish()
        elif not side.is_over or not side.peer.is_over:  # else each answers its own Close
            side.peer.close()
            self._arm(FLUSH_S, self.abort)

    def stalled(self, side: TunnelSide, silence_s: float) -> None:
        """One side does not read: cut it, since reading of the other side is paused meanwhile."""
        token = CLIENT_STALLED if side.name == "client" else UPSTREAM_STALLED
        self._note_error(token, f"the {side.name} has taken next to nothing for {silence_s:g} s")
        self._note_close("gateway", None)
        side.cut()

    def abort(self) -> None:
        self._note_close("gateway", None)
        for side in (self.client, self.upstream):
            if not side.is_lost:
                side.transport.abort()
        self._finish()

    def say_goodbye(self) -> None:
        """Send Close 1012 at the next frame boundary; after CLOSE_HANDSHAKE_S close anyway."""
        if not self._leaving and not self.closed.done():
            self._leaving = True
            self._arm(CLOSE_HANDSHAKE_S, self._give_up)
            self._send_goodbye()

    def _send_goodbye(self) -> None:
        if self._goodbye_sent or not self.upstream.scanner.at_boundary:
            return
        self._goodbye_sent = self.upstream.is_over = True
        if self.upstream.scanner.close_code is None and not self.client.transport.is_closing():
            self.client.transport.write(close_frame(SERVICE_RESTART))
            self._note_close("gateway", SERVICE_RESTART)

    def _note_error(self, error: str, detail: str) -> None:
        if self._exchange.error is None:
            self._exchange.error, self._exchange.detail = error, detail

    def _note_lost(self, side: TunnelSide, error: Exception | None) -> None:
        """Record the end of *side*; if nothing has announced it, it is an error."""
        if self._exchange.closed_by is None:
            token, detail = lost(side.name, error)
            silent_s = self._loop.time() - self._last_s
            self._note_error(token, f"{detail}, {silent_s:.1f} s after the last byte")
        self._note_close(side.name, None)

    def _note_close(self, side: Side, code: int | None) -> None:
        """Record which side closed first, and the code if that was a Close frame."""
        if self._exchange.closed_by is None:
            self._exchange.closed_by = side
            self._exchange.close_code = code

    def _check_idle(self) -> None:
        left = self._last_s + self._idle_s - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._check_idle)
        else:
            self._end_idle()

    def _end_idle(self) -> None:
        """Send Close 1001 to each side that is between two frames, and give it time to answer."""
        self._note_error(WEBSOCKET_IDLE, f"no byte either way for {self._idle_s:g} s")
        self._leaving = self._goodbye_sent = True  # there is no other Close behind this one
        told = [self._tell_idle(side) for side in (self.client, self.upstream)]
        self._note_close("gateway", GOING_AWAY if any(told) else None)
        self._arm(CLOSE_HANDSHAKE_S if any(told) else 0.0, self._end_both)

    def _tell_idle(self, side: TunnelSide) -> bool:
        other = side.peer
        other.is_over = True
        if not other.scanner.at_boundary or other.scanner.close_code is not None:
            return False
        mask = secrets.token_bytes(4) if side is self.upstream else b""
        side.transport.write(close_frame(GOING_AWAY, b"no byte for %g s" % self._idle_s, mask))
        return True

    def _give_up(self) -> None:
        """End a WebSocket whose client has not answered Close 1012, or could not be sent it."""
        if not self._goodbye_sent:
            self._note_error(CUT_OFF, "the gateway stopped; no Close could be sent within a frame")
        self._note_close("gateway", None)
        self._end()

    def _end(self) -> None:
        self.client.close()
        self._arm(FLUSH_S, self.abort)

    def _end_both(self) -> None:
        self.upstream.close()
        self._end()

    def _arm(self, delay_s: float, callback: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay_s, callback)

    def _finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self.closed.done():
            self.closed.set_result(None)
