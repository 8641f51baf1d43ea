"""Detect a peer that reads next to nothing of what was written to it."""

import asyncio
import socket
import struct
from array import array
from collections.abc import Callable
from contextlib import suppress

try:
    import fcntl
    import termios
except ModuleNotFoundError:  # Windows, where `doctor` uses this and the gateway does not run
    _has_queue = False
else:
    _has_queue = True

# As nginx's send_timeout. A client that reads nothing keeps two connections open.
STALL_S = 60.0
# At first the peer's kernel accepts bytes into its buffer even if the peer does not read them.
SETTLE_S = 2.0
# struct tcp_info of Linux 4.1 and newer: tcpi_bytes_acked is a number of 64 bits at this place.
_ACKED = struct.Struct("=120xQ")


def unacknowledged(transport: asyncio.Transport) -> int:
    """Return how many written bytes the peer has not acknowledged, here and in our kernel.

    Of TLS in uvloop some 100 KiB are in neither: what is encrypted and not handed to the kernel.
    """
    if not _has_queue:
        return transport.get_write_buffer_size()
    count = array("i", [0])
    with suppress(OSError, AttributeError):  # it has gone
        fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, count)
    return transport.get_write_buffer_size() + count[0]


def acknowledged(transport: asyncio.Transport) -> int:
    """Return a number that grows by each byte that the peer acknowledges, as TCP counts them.

    Where no kernel counts them (UNIX sockets), by each byte that is unacknowledged no more.
    """
    with suppress(OSError, AttributeError, struct.error):
        sock = transport.get_extra_info("socket")
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKED.size)
            return int(_ACKED.unpack(info)[0])
    return -unacknowledged(transport)


class StallWatch:
    """Checks every *stall_s* seconds that a peer acknowledges *rate_bytes_s*; else calls back once.

    Acknowledged bytes count, not when writing resumes: a slow reader may keep writing paused for
    minutes while it reads what our kernel has buffered. The callback also comes when nothing is
    left to acknowledge, which cannot happen while writing is paused.
    """

    __slots__ = (
        *("_acknowledged", "_handle", "_least_bytes", "_loop", "_stall_s", "_stalled"),
        "_transport",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        rate_bytes_s: float,
        stall_s: float,
        stalled: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._stall_s = stall_s
        self._least_bytes = rate_bytes_s * stall_s
        self._stalled = stalled
        self._acknowledged: int | None = None  # None: not checked yet
        self._transport: asyncio.Transport
        self._handle: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport, settle_s: float = SETTLE_S) -> None:
        """Check first after *settle_s* seconds; bytes acknowledged before that do not count."""
        self._transport = transport
        self._acknowledged = None
        self._look_in(min(settle_s, self._stall_s))

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look_in(self, delay_s: float) -> None:
        self._handle = self._loop.call_later(delay_s, self._look)

    def _look(self) -> None:
        before, self._acknowledged = self._acknowledged, acknowledged(self._transport)
        moves = before is None or self._acknowledged - before >= self._least_bytes
        if moves and unacknowledged(self._transport):
            self._look_in(self._stall_s)
        else:
            self._handle = None
            self._stalled()
