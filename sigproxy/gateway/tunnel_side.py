"""One side of a WebSocket's tunnel: its reading, its back-pressure, its end."""

import asyncio
import errno
import ssl
from contextlib import suppress
from typing import Protocol, cast

from sigproxy.exchange import (
    CLIENT_GONE,
    CLIENT_RESET,
    CLIENT_VANISHED,
    UPSTREAM_GONE,
    UPSTREAM_RESET,
    UPSTREAM_VANISHED,
    Side,
)
from sigproxy.gateway.meter import Meter
from sigproxy.gateway.stall import STALL_S, StallWatch
from sigproxy.gateway.transport import ROOM, Flow, reset, unread
from sigproxy.gateway.write_queue import WriteQueue
from sigproxy.semantics.frames import FrameScanner

# What the kernel says of a peer that acknowledges nothing, or to which no way leads any more.
_VANISHED = frozenset({errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH})


class Both(Protocol):
    """The tunnel, as far as a side calls it."""

    def pass_on(self, source: "TunnelSide", data: bytes) -> bytes: ...

    def half_closed(self, side: "TunnelSide") -> bool: ...

    def ended_by(self, side: "TunnelSide", error: Exception | None) -> None: ...

    def stalled(self, side: "TunnelSide", silence_s: float) -> None: ...


def lost(name: Side, error: Exception | None) -> tuple[str, str]:
    """Return token and detail of a side's end without a Close; *error* is connection_lost's."""
    if isinstance(error, ConnectionResetError):
        token = CLIENT_RESET if name == "client" else UPSTREAM_RESET
        return token, f"the {name} reset the connection (RST)"
    if isinstance(error, OSError) and error.errno in _VANISHED:
        token = CLIENT_VANISHED if name == "client" else UPSTREAM_VANISHED
        return token, f"the {name} does not answer any more ({error.strerror})"
    token = CLIENT_GONE if name == "client" else UPSTREAM_GONE
    if isinstance(error, ssl.SSLError):
        return token, f"the connection to the {name} failed: {error}"
    return token, f"the {name} closed the connection without a Close frame"


class _Lost(asyncio.Transport):
    """Replaces a side's transport once it is lost, so that the transport is freed at once.

    The two sides and their tunnel form a reference cycle, which only the garbage collector ends.
    TLS transports are too large to wait for that.
    """

    def is_closing(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


_LOST = _Lost()
_NO_QUEUE = WriteQueue(_LOST, 0)


class TunnelSide(asyncio.BufferedProtocol):
    """One side of a tunnel."""

    __slots__ = (
        *("_behind", "_is_cut", "_is_paused", "_meter", "_rate_bytes_s", "_stall", "_tls"),
        *("_window", "is_lost", "is_over", "name", "peer", "queue", "scanner", "transport"),
        *("tunnel",),
    )

    def __init__(
        self,
        tunnel: Both,
        name: Side,
        transport: asyncio.Transport,
        flow: Flow,
        rate_bytes_s: float,
    ) -> None:
        """*rate_bytes_s*: a side that reads more slowly is cut off in the end."""
        self.tunnel = tunnel
        self.name: Side = name
        self.transport = transport
        self._tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        self.scanner = FrameScanner()
        self.is_lost = False
        self.is_over = False  # nothing of it is passed on, behind a Close of our own
        self.peer: TunnelSide = self  # set by Tunnel
        self._rate_bytes_s = rate_bytes_s
        self._stall: StallWatch | None = None  # while writing is paused
        self._meter = Meter()
        self._window = flow.window
        self.queue = cast(WriteQueue, flow.queue)
        self._behind = b""  # received bytes that wait for the next turn
        self._is_cut = False  # no more of its bytes are relayed
        self._is_paused = False  # because the other side accepts no more

    def get_buffer(self, sizehint: int) -> memoryview:
        return ROOM

    def buffer_updated(self, nbytes: int) -> None:
        self.take(bytes(ROOM[:nbytes]))

    def take(self, data: bytes) -> None:
        if self._behind:
            self._behind += data
        elif not self._is_cut and (rest := self.tunnel.pass_on(self, data)):
            self._keep(rest)

    def _keep(self, rest: bytes) -> None:
        """Read no more until *rest* has had its turn."""
        self._behind = rest
        self._pause()
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        if self.is_lost or self._is_cut:
            return
        data, self._behind = self._behind, b""
        if rest := self.tunnel.pass_on(self, data):
            self._keep(rest)
        elif not self._is_paused:
            self._resume()

    def is_wasteful(self, wasted: int, useful: int) -> bool:
        """Count bytes that were received; return whether too many of them were useless."""
        self._window.earn(wasted, useful)
        return wasted > 0 and not self._meter.spend(wasted, useful)

    def pause_writing(self) -> None:
        self.peer.pause_reading()
        loop = asyncio.get_running_loop()
        self._stall = StallWatch(loop, self._rate_bytes_s, STALL_S, self._stalled)
        self._stall.start(self.transport)

    def _stalled(self) -> None:
        self.tunnel.stalled(self, STALL_S)

    def resume_writing(self) -> None:
        self.queue.resumed()
        self._not_stalled()
        self.peer.resume_reading()

    def _not_stalled(self) -> None:
        if self._stall is not None:
            self._stall.stop()
            self._stall = None

    def pause_reading(self) -> None:
        self._is_paused = True
        self._pause()

    def resume_reading(self) -> None:
        self._is_paused = False
        if not self._behind:
            self._resume()

    def _pause(self) -> None:
        with suppress(RuntimeError):  # already closing
            self.transport.pause_reading()

    def _resume(self) -> None:
        with suppress(RuntimeError):
            self.transport.resume_reading()

    def eof_received(self) -> bool:
        return self.tunnel.half_closed(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.is_lost:
            for part in (self._behind, *unread(None if exc else self._tls)):
                self._pass_on_all(part)
            self._tls = None
            self.is_lost = True
            self._not_stalled()
            self.transport = _LOST
            self.queue = _NO_QUEUE
            self.tunnel.ended_by(self, exc)

    def _pass_on_all(self, data: bytes) -> None:
        while data and not self._is_cut:
            data = self.tunnel.pass_on(self, data)

    def cut(self) -> None:
        """Read no more, and end the connection with RST; unsent bytes are dropped."""
        self._is_cut = True
        reset(self.transport)

    def close(self) -> None:
        """Close once everything written has been sent."""
        if not self.transport.is_closing():  # asyncio before 3.11.4 fails on abort after two closes
            self.transport.close()
