"""How far ahead of us a peer may send over TCP: little at first, more once it has sent content.

A client over TLS never gets more, unless the operator wants it so: uvloop reads 256 KiB at a time,
and its TLS would keep them twice, for as long as the connection is there.
"""

import socket
from contextlib import suppress

# What a peer may have sent and we have not read: uvloop reads 256 KB at a time, as often as there
# is more, into a buffer of each connection's that it keeps.
NARROW_BYTES = 32 * 1024
# So much content opens the window as far as the kernels see fit; else 40 ms of distance would mean
# 0.8 MB/s at the most. Framing is taken off: who sends little else never gets there.
EARNED_BYTES = 16 * 1024
_SO_BUF_LOCK = 72  # Linux 5.15; Python has no name for it
_RECEIVING = 2  # SOCK_RCVBUF_LOCK: the size is set, and not the kernel's to choose


def narrow(sock: socket.socket) -> None:
    """Let the peer send NARROW_BYTES ahead at the most, until its ``ReceiveWindow`` opens.

    A connected socket only: what is narrow before the handshake can never be widened. What the
    operator has set stays (systemd's ReceiveBuffer=), and so does all on a kernel that could not
    open the window again: Linux before 5.15.
    """
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            if not sock.getsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK) & _RECEIVING:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)


class ReceiveWindow:
    """That of the peer at the other end of *sock*; None: it stays as it is."""

    __slots__ = ("_missing", "_sock")

    def __init__(self, sock: socket.socket | None) -> None:
        self._sock = sock
        self._missing = EARNED_BYTES

    def earn(self, wasted: int, content: int) -> None:
        """Account for bytes that came; leave the window to the kernel once there is cause."""
        if self._missing <= 0 or self._sock is None:
            return
        self._missing = min(self._missing + wasted - content, EARNED_BYTES)
        if self._missing <= 0:
            # The connection may have gone, with bytes left to follow: uvloop's socket then raises
            # ValueError.
            with suppress(OSError, ValueError):
                _widen(self._sock)


def _widen(sock: socket.socket) -> None:
    """Undo ``narrow``; the kernel gives out twice what it was asked for (socket(7))."""
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 2 * NARROW_BYTES:
        locks = sock.getsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK)
        sock.setsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK, locks & ~_RECEIVING)
