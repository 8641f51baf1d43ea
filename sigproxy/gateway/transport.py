"""What the protocols of both sides share: back-pressure, deadlines, and the peer's address."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import IPv6Address

from sigproxy.gateway.receive_window import ReceiveWindow
from sigproxy.gateway.stall import StallWatch, unacknowledged
from sigproxy.gateway.write_queue import WriteQueue

# A dead peer is detected in about two minutes. If nothing is being sent, keep-alive probes detect
# it. If bytes are unacknowledged, there are no probes, and the user timeout (RFC 5482) detects it;
# Linux's default for that is a quarter of an hour.
KEEPALIVE = (
    *((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4)),
    (socket.TCP_USER_TIMEOUT, 120_000),
)
_TLS_READ = 64 * 1024
# How much a TLS transport may read while its protocol has paused reading: one record. The default
# is 256 KiB, in a buffer that never shrinks.
TLS_AHEAD_BYTES = 16 * 1024
# The buffer that transports read into. Each read is processed before the next one, so all
# connections share it. Without it uvloop reads 256 KiB at a time, and keeps them in memory for a
# body that nobody reads.
ROOM = memoryview(bytearray(32 * 1024))
_AT_ONCE = struct.pack("ii", 1, 0)  # linger for 0 s: close() sends RST, not FIN


class Flow:
    """Back-pressure: pauses reading and writing for aiohttp's StreamReader and our own writers."""

    __slots__ = (
        *("_drained", "_is_full", "_is_held", "_is_paused", "_loop", "_transport"),
        *("connected", "queue", "window", "writing_paused"),
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._is_full = False  # the StreamReader has enough unread bytes of a body
        self._is_held = False  # received bytes must be processed first
        self._is_paused = False
        self._drained: asyncio.Future[None] | None = None
        self.writing_paused = False
        self.connected = True  # read by StreamReader: more bytes may come
        self.window = ReceiveWindow(None)
        self.queue: WriteQueue | None = None

    def made(self, transport: asyncio.Transport, limit_bytes: int, *, opens: bool = True) -> None:
        """Begin with *transport*; *opens*: received content opens the receive window.

        A writer waits if more than *limit_bytes* are written and not yet sent.
        """
        self._transport = transport
        self.window = ReceiveWindow(transport.get_extra_info("socket") if opens else None)
        if hasattr(transport, "set_read_buffer_limits"):
            transport.set_read_buffer_limits(TLS_AHEAD_BYTES)
        self.queue = WriteQueue(transport, limit_bytes)

    def lost(self) -> None:
        self._transport = self.queue = None
        self._fail(ConnectionResetError("the connection is lost"))

    def _fail(self, error: Exception) -> None:
        """Raise *error* in ``drain``; drop the future, whose error refers back to us (a cycle)."""
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_exception(error)
            drained.exception()  # mark as retrieved: the waiter may be gone

    def pause_reading(self) -> None:
        """StreamReader calls this when it has enough unread bytes."""
        self._is_full = True
        self._read_on()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """StreamReader calls this after each read."""
        if self._is_full:
            self._is_full = False
            self._read_on()

    def hold(self) -> None:
        """Read nothing until ``release``, even if StreamReader resumes reading."""
        self._is_held = True
        self._read_on()

    def release(self) -> None:
        if self._is_held:
            self._is_held = False
            self._read_on()

    def _read_on(self) -> None:
        """Pause or resume the transport's reading."""
        pauses = self._is_full or self._is_held
        if self._transport is None or pauses == self._is_paused:
            return
        self._is_paused = pauses
        with suppress(RuntimeError):  # already closing
            if pauses:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def pause_writing(self) -> None:
        self.writing_paused = True

    def write(self, data: bytes) -> None:
        """Write *data*; the connection must not be lost."""
        assert self.queue is not None
        self.queue.write(data)

    def resume_writing(self) -> None:
        self.writing_paused = False
        if self.queue is not None:
            self.queue.resumed()
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def transfer_to(self, successor: asyncio.BaseProtocol) -> None:
        """Pass a pause of writing on to *successor*, since the transport does not repeat it."""
        if self.writing_paused:
            self.resume_writing()
            successor.pause_writing()

    async def drain(self) -> None:
        """Wait until the peer accepts more; raise ConnectionResetError if it has gone."""
        if self._transport is None:
            raise ConnectionResetError("the connection is lost")
        if self.writing_paused:
            if self._drained is None or self._drained.done():
                self._drained = self._loop.create_future()
            await self._drained

    async def drain_within(self, stall_s: float, rate_bytes_s: float) -> None:
        """Like ``drain``; raise TimeoutError if the peer reads too slowly: see ``StallWatch``."""
        watch = StallWatch(self._loop, rate_bytes_s, stall_s, lambda: self._fail(TimeoutError()))
        if self._transport is not None:
            watch.start(self._transport)
        try:
            await self.drain()
        finally:
            watch.stop()


def _nothing() -> None: ...


class Deadline:
    """A timer that is moved with each message and rarely fires.

    Moving it is cheap: it makes no new loop timer; the existing one checks again when it fires.
    """

    __slots__ = ("_at", "_callback", "_handle", "_handle_at", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._at: float | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._handle_at = 0.0

    def set(self, delay_s: float) -> None:
        """Call back in *delay_s* seconds, unless it is set again or cleared before."""
        self._at = self._loop.time() + delay_s
        if self._handle is not None and self._handle_at > self._at:
            self._handle.cancel()
            self._handle = None
        if self._handle is None:
            self._arm(self._at)

    def clear(self) -> None:
        self._at = None

    def cancel(self) -> None:
        """Clear it for good and drop the callback, so that its owner is freed without gc."""
        self._at = None
        self._callback = _nothing
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self, at: float) -> None:
        self._handle = self._loop.call_at(at, self._check)
        self._handle_at = at

    def _check(self) -> None:
        self._handle = None
        if self._at is None:
            return
        if self._at > self._loop.time():
            self._arm(self._at)
        else:
            self._at = None
            self._callback()


def keep_alive(sock: socket.socket) -> None:
    """Let the kernel detect a peer that vanished without FIN or RST (TCP only).

    Sockets accepted from a listener inherit these options, and TCP_NODELAY. asyncio sets that only
    on sockets whose ``proto`` is set, and gunicorn's listeners have none.
    """
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def reset(transport: asyncio.Transport) -> None:
    """End a connection with RST and drop what was written and not yet read.

    After any other close the kernel keeps that, up to 4 MiB per connection, as long as the peer
    acknowledges. Clients that read a byte now and then could fill the kernel's memory.
    """
    with suppress(OSError):  # it has gone already
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def end_closing(transport: asyncio.Transport) -> None:
    """End a closing connection whose peer has stalled or has read everything."""
    if unacknowledged(transport):
        reset(transport)  # the peer does not read what was written
    else:
        transport.abort()  # TLS would wait for the peer's close_notify alert


def unread(tls: ssl.SSLObject | None) -> Iterator[bytes]:
    """Yield what a peer sent, before it closed, while reading was paused; nothing without TLS.

    asyncio calls connection_lost only after these bytes were read. uvloop 0.23 drops them; but
    *tls*, the transport's ``ssl_object``, still has them.
    """
    with suppress(ssl.SSLError):
        while tls is not None and (part := tls.read(_TLS_READ)):
            yield part


def peer_address(transport: asyncio.BaseTransport | None) -> str:
    """Return the peer's IP address (IPv4 without an IPv6 mapping); "" for a UNIX socket."""
    peer = transport.get_extra_info("peername") if transport is not None else None
    if not isinstance(peer, tuple) or not peer:
        return ""
    return shown_address(str(peer[0]))


def shown_address(text: str) -> str:
    """Return an IP address without its zone; an IPv4-mapped IPv6 address as IPv4."""
    text = text.partition("%")[0]
    if text.startswith("::ffff:"):
        mapped = IPv6Address(text).ipv4_mapped
        return str(mapped) if mapped is not None else text
    return text
