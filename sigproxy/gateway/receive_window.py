"""How far ahead of us a peer may send over TCP: little at first, more once it has sent content."""

import socket
from contextlib import suppress

# What a peer may have sent and we have not read: uvloop reads 256 KB at a time, as often as there
# is more, into a buffer of each connection's that it keeps.
NARROW_BYTES = 32 * 1024
# So much content opens the window as far as the kernels see fit; else 40 ms of distance would mean
# 1.6 MB/s at the most. Framing is taken off: who sends little else never gets there.
EARNED_BYTES = 16 * 1024
_SO_BUF_LOCK = 72  # Linux 5.15; Python has no name for it


def narrow(sock: socket.socket) -> None:
    """Let the peer send NARROW_BYTES ahead at the most, until its ``ReceiveWindow`` opens.

    A connected socket only: what is narrow before the handshake can never be widened. A kernel
    that could not open it again leaves it open: Linux before 5.15.
    """
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            sock.getsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)


class ReceiveWindow:
    """That of the peer at the other end of *sock*."""

    __slots__ = ("_missing", "_sock")

    def __init__(self, sock: socket.socket | None) -> None:
        self._sock = sock
        self._missing = EARNED_BYTES

    def earn(self, wasted: int, content: int) -> None:
        """Account for bytes that came; leave the window to the kernel once there is cause."""
        if self._missing <= 0 or self._sock is None:
            return
        self._missing += wasted - content
        if self._missing <= 0:
            with suppress(OSError):  # the connection has gone
                self._sock.setsockopt(socket.SOL_SOCKET, _SO_BUF_LOCK, 0)
