"""One side of a TURN relay: what comes in, whether it takes what goes out, its end."""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Protocol, cast

from sigproxy.gateway.stall import STALL_S, StallWatch
from sigproxy.gateway.transport import ROOM, keep_alive, reset, unread
from sigproxy.gateway.write_queue import WriteQueue

# Media that waits is worth nothing: so much may be written and not taken, then the other side is
# read no more, and TCP tells its sender.
UNTAKEN_BYTES = 64 * 1024


class Carrier(Protocol):
    """What a side reports to: its relay."""

    def take(self, side: "RelaySide", data: bytes) -> None: ...

    def ended_by(self, side: "RelaySide") -> None: ...

    def stalled(self, side: "RelaySide", silence_s: float) -> None: ...


class RelaySide(asyncio.BufferedProtocol):
    """*acknowledges*: the peer waits with small messages until its last one is acknowledged.

    The two sides and their relay form a reference cycle, which only the garbage collector ends. TLS
    transports are too large to wait for that: nothing here refers to one that is lost.
    """

    __slots__ = (
        *("_acknowledges", "_has_left", "_loop", "_queue", "_rate_bytes_s", "_relay", "_socket"),
        *("_stall", "_tls", "peer", "transport"),
    )

    def __init__(
        self,
        relay: Carrier,
        loop: asyncio.AbstractEventLoop,
        rate_bytes_s: float,
        *,
        acknowledges: bool = False,
    ) -> None:
        self._relay = relay
        self._acknowledges = acknowledges
        self._loop = loop
        self._rate_bytes_s = rate_bytes_s
        self._stall: StallWatch | None = None  # while writing is paused
        self._tls: ssl.SSLObject | None = None
        self._socket: socket.socket | None = None
        self._queue: WriteQueue | None = None
        self.transport: asyncio.Transport | None = None  # while there is a connection
        self.peer: RelaySide = self  # set by Relay
        self._has_left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._queue = WriteQueue(self.transport, UNTAKEN_BYTES)
        self._tls = transport.get_extra_info("ssl_object")
        self._socket = connected = transport.get_extra_info("socket")
        with suppress(OSError):
            keep_alive(connected)
        self._acknowledge_at_once()

    def get_buffer(self, sizehint: int) -> memoryview:
        return ROOM

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(ROOM[:nbytes])
        self._acknowledge_at_once()
        self._relay.take(self, data)

    def _acknowledge_at_once(self) -> None:
        """Have the kernel acknowledge at once, where the peer waits for that.

        coturn sets no TCP_NODELAY behind PROXY headers (4.6 to 4.17), so it sends a small message
        only once the last one is acknowledged, which is 40 ms later by default. The kernel goes
        back to that with each read.
        """
        if self._acknowledges and self._socket is not None:
            with suppress(OSError, AttributeError):  # Linux alone has it
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    @property
    def is_lost(self) -> bool:
        return self._has_left

    def write(self, data: bytes) -> None:
        if self._queue is not None and not self._is_closing():
            self._queue.write(data)

    def pause_writing(self) -> None:
        self.peer.pause_reading()
        if self.transport is not None:
            self._not_stalled()
            self._stall = StallWatch(self._loop, self._rate_bytes_s, STALL_S, self._stalled)
            self._stall.start(self.transport)

    def resume_writing(self) -> None:
        if self._queue is not None:
            self._queue.resumed()
        self._not_stalled()
        self.peer.resume_reading()

    def _not_stalled(self) -> None:
        if self._stall is not None:
            self._stall.stop()
            self._stall = None

    def _stalled(self) -> None:
        self._relay.stalled(self, STALL_S)

    def pause_reading(self) -> None:
        if self.transport is not None:
            with suppress(RuntimeError):  # already closing
                self.transport.pause_reading()

    def resume_reading(self) -> None:
        if self.transport is not None:
            with suppress(RuntimeError):
                self.transport.resume_reading()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._has_left:
            return
        for part in unread(None if exc else self._tls):
            self._relay.take(self, part)
        self._not_stalled()
        self._has_left = True
        self.transport = self._tls = self._socket = self._queue = None
        self._relay.ended_by(self)

    def close(self) -> None:
        """Close once all that was written has been taken."""
        if self.transport is not None and not self._is_closing():
            self.transport.close()

    def _is_closing(self) -> bool:
        return self.transport is None or self.transport.is_closing()

    def cut(self) -> None:
        """End the connection without regard to what was not taken."""
        if self.transport is not None:
            reset(self.transport)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
