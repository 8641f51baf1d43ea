"""The TCP receive window of a peer: small at first, larger once it has sent content.

A client over TLS keeps the small window, unless the operator sets `fast_uploads`: uvloop reads
256 KiB at a time, and its TLS keeps two such buffers as long as the connection is open.
"""

import socket
from contextlib import suppress

# How much a peer may send before we read it. uvloop reads up to 256 KB at a time into a buffer of
# the connection, and keeps the buffer.
NARROW_BYTES = 32 * 1024
# After this much content the kernel chooses the window; the small one allows at most 0.8 MB/s with
# a round trip of 40 ms. Framing is subtracted: a peer that sends mostly framing gets no more.
EARNED_BYTES = 16 * 1024
_SO_BUF_LOCK = 72  # Linux 5.15; Python has no name for it
_RECEIVING = 2  # SOCK_RCVBUF_LOCK: the size was set, and the kernel does not change it


def narrow(sock: socket.socket) -> None:
    """Limit the receive buffer to NARROW_BYTES, until the peer's ``ReceiveWindow`` opens it.

    Only for a connected socket: a window that is small in the TCP handshake can never grow. A size
    that the operator has set (systemd's ReceiveBuffer=) stays. Kernels that could not open the
    window again, Linux before 5.15, are left alone.
    """
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            if not sock.getsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK) & _RECEIVING:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)


class ReceiveWindow:
    """The receive window of *sock*; with None it never changes."""

    __slots__ = ("_missing", "_sock")

    def __init__(self, sock: socket.socket | None) -> None:
        self._sock = sock
        self._missing = EARNED_BYTES

    def earn(self, wasted: int, content: int) -> None:
        """Count bytes that were received; after EARNED_BYTES, let the kernel choose the window."""
        if self._missing <= 0 or self._sock is None:
            return
        self._missing = min(self._missing + wasted - content, EARNED_BYTES)
        if self._missing <= 0:
            # The connection may have closed while bytes were still being read: then uvloop's socket
            # raises ValueError.
            with suppress(OSError, ValueError):
                _widen(self._sock)


def _widen(sock: socket.socket) -> None:
    """Undo ``narrow``; the kernel reports twice the size that was set (socket(7))."""
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 2 * NARROW_BYTES:
        locks = sock.getsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK)
        sock.setsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK, locks & ~_RECEIVING)
